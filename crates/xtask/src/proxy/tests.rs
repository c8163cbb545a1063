use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// What plain HTTP is answered with.
fn redirected(proxy: &Proxy) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.plain_port())).unwrap();
    stream.write_all(b"GET /rooms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_is_shipped_starts_and_sends_plain_http_to_https() {
    let (certificate, key) = certificate();
    let node = TcpListener::bind("127.0.0.1:0").unwrap();
    let nodes = [node.local_addr().unwrap(); 3];
    for kind in [ProxyKind::Nginx, ProxyKind::HaProxy] {
        for count in 1..=3 {
            let proxy = Proxy::start(kind, &nodes[..count], &certificate, &key).unwrap();
            let answer = redirected(&proxy);
            assert!(answer.starts_with("HTTP/1.1 308"), "{kind:?}: {answer}");
            assert!(
                answer.to_lowercase().contains("location: https://localhost/rooms"),
                "{kind:?}: {answer}"
            );
            let folder = proxy.folder.clone();
            drop(proxy);
            assert!(!folder.exists());
        }
    }
}

#[test]
fn a_configuration_that_cannot_be_is_told() {
    let nodes = [SocketAddr::from(([127, 0, 0, 1], 1))];
    let error = Proxy::start(ProxyKind::Nginx, &nodes, "no certificate", "no key").unwrap_err();
    assert!(error.contains("nginx ended at once") && error.contains("chain.pem"), "{error}");
    let many = [nodes[0]; 4];
    let error = shipped::configuration(ProxyKind::HaProxy, &many, (1, 2), Path::new("/")).unwrap_err();
    assert!(error.contains("3 nodes"), "{error}");
}
