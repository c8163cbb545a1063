use super::*;

fn parsed(url: &str) -> Address {
    url.parse().unwrap()
}

#[test]
fn every_part_of_a_url_is_found() {
    let plain = parsed("redis://localhost");
    assert_eq!((plain.cluster, plain.tls, plain.database), (false, false, 0));
    assert_eq!(plain.servers, [Server { host: "localhost".into(), port: 6_379 }]);
    assert!(!plain.has_password() && !plain.can_be_tapped());

    let full = parsed("rediss://ann:p%40ss%2Fw:rd@redis.example:7000/3?cacert=/etc/my%20ca.pem");
    assert_eq!((full.user.as_deref(), full.password.as_deref()), (Some("ann"), Some("p@ss/w:rd")));
    assert_eq!((full.tls, full.database, full.authorities.as_deref()), (true, 3, Some("/etc/my ca.pem")));
    assert!(!full.can_be_tapped());

    let cluster = parsed("redis-cluster://:secret@10.0.0.1:7000,[::1],b:7001");
    let shown: Vec<_> = cluster.servers.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["10.0.0.1:7000", "[::1]:6379", "b:7001"]);
    assert!(cluster.cluster && cluster.can_be_tapped());
    assert_eq!((cluster.user, cluster.password.as_deref()), (None, Some("secret")));
    assert!(parsed("rediss-cluster://a").tls);
}

#[test]
fn the_password_is_never_shown() {
    for url in ["redis://ann:secret@a/1", "redis://:secret@a/1", "rediss-cluster://x:se%63ret@a,b"] {
        let address = parsed(url);
        for shown in
            [address.shown().to_owned(), format!("{address:?}"), format!("{:?}", Options::new(address))]
        {
            assert!(!shown.contains("secret") && !shown.contains("se%63ret"), "{shown}");
        }
    }
    assert_eq!(parsed("redis://ann:secret@a/1").shown(), "redis://ann@a/1");
    assert_eq!(parsed("redis://:secret@a:7").shown(), "redis://a:7");
}

#[test]
fn what_is_wrong_is_said_without_the_password() {
    let wrong = [
        ("", "begins with none"),
        ("postgres://a", "begins with none"),
        ("redis://", "no host"),
        ("redis://:secret@", "no host"),
        ("redis://u:secret@a:port", "port"),
        ("redis://u:secret@a:70000", "port"),
        ("redis://u:secret@a/first", "number"),
        ("redis://u:secret@a,b", "several hosts"),
        ("redis-cluster://u:secret@a/1", "databases"),
        ("redis://u:secret@a?cacert=/x", "rediss"),
        ("rediss://u:secret@a?secret=/x", "cacert="),
        ("redis://u:%ff@a", "password"),
    ];
    for (url, expected) in wrong {
        let said = url.parse::<Address>().unwrap_err();
        assert!(said.contains(expected) && !said.contains("secret"), "{url}: {said}");
    }
}

#[test]
fn names_of_instances_need_no_escaping_anywhere() {
    assert_eq!(Instance::default().as_str(), "chinwag");
    for name in ["a", "team-2", "my_chat", &"x".repeat(40)] {
        assert_eq!(name.parse::<Instance>().unwrap().as_str(), name);
    }
    for name in ["", "A", "a b", "a:b", "{a}", "ü", &"x".repeat(41)] {
        assert!(name.parse::<Instance>().is_err(), "{name}");
    }
}
