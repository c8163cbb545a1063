use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::DisconnectReason;
use crate::websocket::{self, Opcode};

const TIMING: Timing =
    Timing { ping_interval: 300, ping_timeout: 200, connect_timeout: Some(1000), grace: 100 };

fn payload(body: &[u8]) -> Vec<Result<Packet, InvalidPacket>> {
    decode_payload(Bytes::copy_from_slice(body))
        .map(Iterator::collect)
        .unwrap_or_else(|error| vec![Err(error)])
}

fn text(text: &str) -> Packet {
    Packet::Message(Message::Text(Bytes::copy_from_slice(text.as_bytes())))
}

#[test]
fn payloads_of_the_specification() {
    let body = b"4hello\x1e2\x1e4world";
    assert_eq!(payload(body), [Ok(text("hello")), Ok(Packet::Ping(Bytes::new())), Ok(text("world"))]);
    assert_eq!(
        payload("4€\x1ebAQIDBA==".as_bytes()),
        [Ok(text("€")), Ok(Packet::Message(Message::Binary(Bytes::from_static(&[1, 2, 3, 4]))))]
    );
    // Padding may be missing.
    assert_eq!(payload(b"bAQIDBA"), payload(b"bAQIDBA=="));
}

#[test]
fn after_what_is_no_packet_nothing_is_read() {
    assert_eq!(payload(b"4a\x1eabc\x1e4b"), [Ok(text("a")), Err(InvalidPacket)]);
    assert_eq!(payload(b""), [Err(InvalidPacket)]);
    assert_eq!(payload(b"4a\x1e"), [Ok(text("a")), Err(InvalidPacket)]);
    assert_eq!(payload(b"b*"), [Err(InvalidPacket)]);
    assert_eq!(payload(b"4\xff"), [Err(InvalidPacket)]);
}

#[test]
fn constant_packets_are_what_they_say() {
    for (constant, text) in [(PING, "2"), (NOOP, "6"), (PONG_PROBE, "3probe")] {
        assert_eq!(constant, websocket::frame(Opcode::Text, text.as_bytes()));
    }
}

#[test]
fn the_handshake_is_as_clients_read_it() {
    let frame = open("abc", &["websocket"], 300, 200, 1_000_000);
    assert_eq!(
        encode_payload([frame]),
        br#"0{"sid":"abc","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#
    );
}

#[test]
fn a_session_pings_after_the_interval_and_waits_for_the_answer() {
    let mut session = Session::new(Protocol::V4, Transport::WebSocket, 0, &TIMING);
    session.joined();
    assert_eq!(session.timer(299, &TIMING), Due { ping: false, close: None, next: 300 });
    assert_eq!(session.timer(303, &TIMING), Due { ping: true, close: None, next: 500 });
    assert_eq!(session.receive(&Packet::Pong(Bytes::new()), 400, &TIMING), Received::Ignore);
    assert_eq!(session.timer(500, &TIMING), Due { ping: false, close: None, next: 700 });
    // A pong that nobody asked for puts nothing off.
    assert_eq!(session.receive(&Packet::Pong(Bytes::new()), 600, &TIMING), Received::Ignore);
    assert!(session.timer(700, &TIMING).ping);
    assert_eq!(session.timer(900, &TIMING).close, Some(DisconnectReason::PingTimeout));
}

#[test]
fn who_is_not_read_from_cannot_miss_a_ping() {
    let mut session = Session::new(Protocol::V4, Transport::WebSocket, 0, &TIMING);
    session.joined();
    assert!(session.timer(300, &TIMING).ping);
    session.pause();
    assert_eq!(session.timer(5000, &TIMING).close, None);
    session.resume(6000, &TIMING);
    assert_eq!(session.timer(6199, &TIMING).close, None);
    assert_eq!(session.timer(6200, &TIMING).close, Some(DisconnectReason::PingTimeout));
}

#[test]
fn an_old_client_pings_by_itself() {
    let mut session = Session::new(Protocol::V3, Transport::Polling, 0, &TIMING);
    session.joined();
    assert_eq!(session.timer(300, &TIMING), Due { ping: false, close: None, next: 500 });
    assert_eq!(session.receive(&Packet::Ping(Bytes::new()), 400, &TIMING), Received::Answer);
    assert_eq!(session.timer(500, &TIMING), Due { ping: false, close: None, next: 900 });
    // Other packets are no ping.
    assert_eq!(session.receive(&text("hello"), 800, &TIMING), Received::Deliver);
    assert_eq!(session.timer(900, &TIMING).close, Some(DisconnectReason::PingTimeout));
    // Nor is an answer that nobody asked for.
    let pong = session.receive(&Packet::Pong(Bytes::new()), 850, &TIMING);
    assert_eq!(pong, Received::Close(DisconnectReason::TransportError));
}

#[test]
fn an_old_client_that_is_not_read_from_cannot_be_late() {
    let mut session = Session::new(Protocol::V3, Transport::WebSocket, 0, &TIMING);
    session.joined();
    session.pause();
    assert_eq!(session.timer(5000, &TIMING).close, None);
    session.resume(6000, &TIMING);
    assert_eq!(session.timer(6199, &TIMING).close, None);
    assert_eq!(session.timer(6200, &TIMING).close, Some(DisconnectReason::PingTimeout));
}

#[test]
fn who_joins_nothing_is_closed() {
    let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &TIMING);
    assert!(session.timer(300, &TIMING).ping);
    assert_eq!(session.timer(1000, &TIMING).close, Some(DisconnectReason::ConnectTimeout));
}

#[test]
fn an_end_has_its_time() {
    let mut session = Session::new(Protocol::V4, Transport::WebSocket, 0, &TIMING);
    assert_eq!(session.end(DisconnectReason::Slow, 50, &TIMING), Some(150));
    assert_eq!(session.end(DisconnectReason::Draining, 60, &TIMING), None);
    assert_eq!(session.receive(&text("late"), 70, &TIMING), Received::Ignore);
    assert_eq!(session.timer(149, &TIMING), Due { ping: false, close: None, next: 150 });
    assert_eq!(session.timer(150, &TIMING).close, Some(DisconnectReason::Slow));
    assert!(session.close(DisconnectReason::TransportError));
    assert_eq!(session.phase(), Phase::Closed(DisconnectReason::Slow));
    assert!(!session.close(DisconnectReason::TransportClose));
}

proptest! {
    #[test]
    fn payloads_read_back_what_they_write(
        messages in proptest::collection::vec(
            prop_oneof![
                "[^\u{1e}]{0,50}".prop_map(|text| Message::Text(text.into())),
                proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Message::Binary(bytes.into())),
            ],
            1..8,
        ),
    ) {
        let body = encode_payload(messages.iter().map(message));
        let read: Result<Vec<Packet>, _> = decode_payload(body.into()).unwrap().collect();
        prop_assert_eq!(read.unwrap(), messages.into_iter().map(Packet::Message).collect::<Vec<_>>());
    }

    #[test]
    fn anything_is_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let read = payload(&body);
        prop_assert!(!read.is_empty() && read.len() <= body.len() + 1);
    }
}
