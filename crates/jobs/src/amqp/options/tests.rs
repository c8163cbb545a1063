use super::*;

#[test]
fn urls_are_read_and_shown_without_the_password() {
    for (url, shown) in [
        ("amqp://localhost", "amqp://guest@localhost:5672/"),
        ("amqp://localhost/", "amqp://guest@localhost:5672/"),
        ("amqp://ada:secret@broker.example.org:5673/chat", "amqp://ada@broker.example.org:5673/chat"),
        ("amqps://ada:secret@10.0.0.7", "amqps://ada@10.0.0.7:5671/"),
    ] {
        let address = Address::parse(url).unwrap();
        assert_eq!(address.shown(), shown);
        assert_eq!(address.uri.query.heartbeat, Some(10));
        assert!(!address.uri.vhost.is_empty());
        assert!(!format!("{address:?}").contains("secret"));
    }
}

#[test]
fn what_is_none_is_said_to_be() {
    for (url, said) in [
        ("", "no URL"),
        ("redis://localhost", "no URL"),
        ("amqp://[::1]:5672", "IPv6"),
        ("amqp://localhost?heartbeat=5", "only cacert"),
        ("amqp://localhost?cacert=/etc/hostname", "amqps://"),
        ("amqps://localhost?cacert=/nowhere/ca.pem", "/nowhere/ca.pem cannot be read"),
    ] {
        let refused = Address::parse(url).unwrap_err().to_string();
        assert!(refused.contains(said), "{url}: {refused}");
    }
}
