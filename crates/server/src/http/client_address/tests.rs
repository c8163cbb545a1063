use http::HeaderValue;

use super::*;

fn address(peer: &str, trusted: &[&str], forwarded: &[&str]) -> String {
    let settings = Settings {
        trusted_proxies: trusted.iter().map(|network| network.parse().unwrap()).collect(),
        ..Settings::default()
    };
    let mut extensions = Extensions::new();
    extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 1)));
    let mut headers = HeaderMap::new();
    for value in forwarded {
        headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
    }
    client_address(&settings, &extensions, &headers).to_string()
}

#[test]
fn only_trusted_proxies_are_believed() {
    assert_eq!(address("203.0.113.9", &[], &["198.51.100.1"]), "203.0.113.9");
    assert_eq!(address("203.0.113.9", &["10.0.0.0/8"], &["198.51.100.1"]), "203.0.113.9");
    assert_eq!(address("10.0.0.1", &["10.0.0.0/8"], &["198.51.100.1"]), "198.51.100.1");
    assert_eq!(address("::ffff:10.0.0.1", &["10.0.0.0/8"], &["198.51.100.1"]), "198.51.100.1");
}

#[test]
fn what_a_client_made_up_is_passed_over() {
    let trusted = ["10.0.0.0/8"];
    assert_eq!(address("10.0.0.1", &trusted, &["1.1.1.1, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
    assert_eq!(address("10.0.0.1", &trusted, &["1.1.1.1", "198.51.100.1"]), "198.51.100.1");
    assert_eq!(address("10.0.0.1", &trusted, &["198.51.100.1, rubbish"]), "10.0.0.1");
    assert_eq!(address("10.0.0.1", &trusted, &[]), "10.0.0.1");
    assert_eq!(address("10.0.0.1", &trusted, &["[2001:db8::1]:443"]), "2001:db8::1");
}
