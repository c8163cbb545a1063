use super::*;

fn address(url: &str) -> Address {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

#[test]
fn a_password_is_never_shown() {
    let address = address("postgres://ada:hush%40hush@db.example.org:5433/chat?sslmode=require");
    assert_eq!(address.shown(), "postgres://ada@db.example.org:5433/chat");
    assert!(!format!("{address:?}").contains("hush"));
    let refused = "postgres://ada:hush@db.example.org/chat?sslmode=perhaps".parse::<Address>().unwrap_err();
    assert!(!refused.contains("hush"), "{refused}");
}

#[test]
fn over_a_network_it_is_known_who_answers() {
    let trust = |url: &str| address(url).trust;
    assert!(matches!(trust("postgres://db.example.org/chat"), Trust::Authorities(None)));
    assert!(matches!(trust("postgres://db.example.org/chat?sslmode=require"), Trust::Anybody));
    assert!(matches!(trust("postgres://db.example.org/chat?sslmode=disable"), Trust::Nobody));
    assert!(matches!(trust("postgres://localhost/chat"), Trust::Nobody));
    assert!(matches!(trust("postgres://127.0.0.1:5433/chat"), Trust::Nobody));
    assert!(matches!(trust("postgres://%2Frun%2Fpostgresql/chat"), Trust::Nobody));
    let file = trust("postgres://db.example.org/chat?sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-full");
    assert!(matches!(file, Trust::Authorities(Some(file)) if file == "/etc/ca.pem"));
    assert!(address("postgres://db.example.org/chat?sslmode=require").can_be_tapped());
    assert!(!address("postgres://db.example.org/chat").can_be_tapped());
    assert!(!address("postgres://localhost/chat").can_be_tapped());
}

#[test]
fn whatever_a_password_looks_like_it_is_not_shown() {
    for (url, shown) in [
        (
            "postgres://ada:hu?sh@db.example.org/chat?sslmode=require",
            "postgres://ada@db.example.org:5432/chat",
        ),
        ("postgres://ada:hush@[::1]:5433/chat", "postgres://ada@[::1]:5433/chat"),
        ("postgres://ada@one,two:5433/chat?password=hush", "postgres://ada@one:5432,two:5433/chat"),
        ("postgres://ada:hush@%2Frun%2Fpostgresql/chat", "postgres://ada@/run/postgresql:5432/chat"),
        ("postgres://db.example.org?user=ada&password=hush", "postgres://ada@db.example.org:5432"),
    ] {
        let address = address(url);
        assert_eq!(address.shown(), shown, "{url}");
        assert!(address.has_password());
        assert!(!format!("{address:?}").contains("hu"), "{address:?}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (url, reason) in [
        ("mysql://db/chat", "postgres://"),
        ("postgres://", "host"),
        ("postgres://db/chat?sslmode=verify-ca", "sslmode"),
        ("postgres://db/chat?target_session_attrs=any", "target_session_attrs"),
        ("postgres://db/chat?colour=blue", "colour"),
        ("postgres://db:port/chat", "port"),
    ] {
        let refused = url.parse::<Address>().unwrap_err();
        assert!(refused.contains(reason), "{url}: {refused}");
    }
}

#[test]
fn a_schema_has_a_plain_name() {
    for name in ["chinwag", "a", "team_2"] {
        assert_eq!(name.parse::<Schema>().unwrap().as_str(), name);
    }
    for name in ["", "Chinwag", "2nd", "pg_mine", "a\"b", "ä", "a b", &"a".repeat(41)] {
        assert!(name.parse::<Schema>().is_err(), "{name}");
    }
}
