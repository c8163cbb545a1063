use super::*;

#[test]
fn an_origin_is_ours_if_it_is_the_host_or_the_public_url() {
    let public: Uri = "https://chat.example.org".parse().unwrap();
    for (origin, host, ours) in [
        ("http://localhost:3000", Some("localhost:3000"), true),
        ("http://localhost:3000", Some("localhost:3001"), false),
        ("https://chat.example.org", Some("internal:3000"), true),
        ("http://chat.example.org", Some("internal:3000"), false),
        ("https://evil.example", Some("chat.example.org"), false),
        ("https://chat.example.org.evil.example", Some("chat.example.org"), false),
        ("null", Some("null"), false),
        ("file://", Some("chat.example.org"), false),
        ("https://chat.example.org", None, true),
    ] {
        assert_eq!(is_ours(origin, Some(&public), host), ours, "{origin} to {host:?}");
    }
}
