use super::{Config, address, fault, reached_at};
use crate::config::listen::parse_optional;

fn config(listen: &str, address: &str) -> Config {
    let mut config = Config::unset();
    config.cluster_listen = parse_optional(listen).unwrap();
    config.cluster_address = super::address(address).unwrap();
    config
}

#[test]
fn an_address_is_a_host_with_a_port() {
    for good in ["10.0.0.1:7000", "[2001:db8::1]:7000", "node-1.chat.example:7000", " localhost:1 "] {
        assert_eq!(address(good), Ok(Some(good.trim().to_owned())));
    }
    assert_eq!(address(""), Ok(None));
    let long = format!("{}:7000", "a".repeat(260));
    for bad in [
        "10.0.0.1",
        "10.0.0.1:0",
        "0.0.0.0:7000",
        "[::]:7000",
        "a@b:7000",
        "http://a:7000",
        ":7000",
        "a b:1",
        &long,
    ] {
        assert_eq!(address(bad), Err(bad.to_owned()));
    }
}

#[test]
fn where_others_reach_it_has_to_be_said_if_it_cannot_be_seen() {
    for listen in ["0.0.0.0:7000", "[::]:7000"] {
        assert!(fault(&config(listen, "")).unwrap().contains("cluster.address"));
        assert_eq!(fault(&config(listen, "10.0.0.1:7000")), None);
    }
    for listen in ["", "10.0.0.1:7000", "localhost:7000"] {
        assert_eq!(fault(&config(listen, "")), None);
    }
}

#[test]
fn it_is_reached_where_it_listens_unless_something_else_is_said() {
    let listening = ["10.0.0.1:7001".parse().unwrap()];
    assert_eq!(reached_at(&config("10.0.0.1:0", ""), &listening).as_deref(), Some("10.0.0.1:7001"));
    let other = config("10.0.0.1:0", "node-1:9");
    assert_eq!(reached_at(&other, &listening).as_deref(), Some("node-1:9"));
    assert_eq!(reached_at(&other, &[]), None);
}
