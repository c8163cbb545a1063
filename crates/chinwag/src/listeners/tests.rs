use std::net::{Ipv4Addr, TcpListener as StdListener};

use super::{Bound, bind_all, listen_on_all};
use crate::config::listen::Listen;
use crate::failure::Failure;

fn refused(place: Listen) -> String {
    match bind_all(&[place], "--listen") {
        Err(Failure::Run(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn localhost_is_one_port_on_every_address_that_it_has() {
    let addresses: Vec<_> =
        bind_all(&[Listen::Localhost(0)], "--listen").unwrap().iter().map(Bound::address).collect();
    assert_eq!(addresses[0].ip(), Ipv4Addr::LOCALHOST);
    assert!(
        addresses.iter().all(|it| it.ip().is_loopback() && it.port() == addresses[0].port()),
        "{addresses:?}"
    );
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = StdListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for place in [Listen::At(address), Listen::Localhost(address.port())] {
        let sentence = refused(place);
        assert!(
            sentence.starts_with(&format!("Port {} on 127.0.0.1 is in use", address.port())),
            "{sentence}"
        );
        assert!(sentence.contains("--listen"), "{sentence}");
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    // For documentation only (RFC 5737), so no machine has it.
    let sentence = refused(Listen::At("192.0.2.1:0".parse().unwrap()));
    assert!(sentence.contains("no address 192.0.2.1"), "{sentence}");
}

#[tokio::test]
async fn who_comes_before_the_server_is_ready_is_refused_at_once() {
    let bound = bind_all(&[Listen::At("127.0.0.1:0".parse().unwrap())], "--listen").unwrap();
    let address = bound[0].address();
    let refused = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let listeners = listen_on_all(bound, "--listen").unwrap();
    assert_eq!(listeners[0].local_addr().unwrap(), address);
    std::net::TcpStream::connect(address).unwrap();
}
