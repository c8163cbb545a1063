use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::engine_io::{InvalidPacket, Message, Packet, message};
use crate::websocket::{self, Opcode};

type Read = Vec<Result<Packet, InvalidPacket>>;

fn read_text(body: impl AsRef<[u8]>) -> Read {
    decode_text_payload(Bytes::copy_from_slice(body.as_ref()))
        .map(Iterator::collect)
        .unwrap_or_else(|error| vec![Err(error)])
}

fn read_binary(body: impl AsRef<[u8]>) -> Read {
    decode_binary_payload(Bytes::copy_from_slice(body.as_ref()))
        .map(Iterator::collect)
        .unwrap_or_else(|error| vec![Err(error)])
}

fn text(text: &str) -> Packet {
    Packet::Message(Message::Text(Bytes::copy_from_slice(text.as_bytes())))
}

fn bytes(bytes: &[u8]) -> Packet {
    Packet::Message(Message::Binary(Bytes::copy_from_slice(bytes)))
}

/// What the test suite of the protocol sends and expects, with a client that takes bytes.
const SUITE_BINARY: [u8; 17] = [0, 6, 255, 52, 104, 101, 108, 108, 111, 1, 5, 255, 4, 1, 2, 3, 4];

#[test]
fn payloads_of_the_test_suite_are_read() {
    assert_eq!(read_text("6:4hello"), [Ok(text("hello"))]);
    assert_eq!(
        read_text("6:4test16:4test26:4test3"),
        [Ok(text("test1")), Ok(text("test2")), Ok(text("test3"))]
    );
    assert_eq!(read_text("6:4hello10:b4AQIDBA=="), [Ok(text("hello")), Ok(bytes(&[1, 2, 3, 4]))]);
    assert_eq!(read_text("1:21:1"), [Ok(Packet::Ping(Bytes::new())), Ok(Packet::Close)]);
    assert_eq!(read_binary(SUITE_BINARY), [Ok(text("hello")), Ok(bytes(&[1, 2, 3, 4]))]);
}

#[test]
fn payloads_of_the_test_suite_are_written() {
    let text = |text: &'static str| message(&Message::Text(Bytes::from_static(text.as_bytes())));
    let binary = message(&Message::Binary(Bytes::from_static(&[1, 2, 3, 4])));
    assert_eq!(encode_payload([text("hello")]), Payload::Text(b"6:4hello".into()));
    assert_eq!(
        encode_payload([text("test1"), text("test2"), text("test3")]),
        Payload::Text(b"6:4test16:4test26:4test3".into())
    );
    assert_eq!(
        encode_payload([text("hello"), binary_frames(&binary)]),
        Payload::Binary(SUITE_BINARY.to_vec())
    );
    assert_eq!(
        encode_payload([text("hello"), base64_frames(&binary)]),
        Payload::Text(b"6:4hello10:b4AQIDBA==".into())
    );
    assert_eq!(encode_payload([]), Payload::Text(b"0:".into()));
    assert_eq!(encode_payload([websocket::close(1000, "")]), Payload::Text(b"0:".into()));
}

#[test]
fn lengths_of_text_count_utf_16_code_units() {
    assert_eq!(
        read_text("2:4ü3:4€x3:4😀2:4ü"),
        [Ok(text("ü")), Ok(text("€x")), Ok(text("😀")), Ok(text("ü"))]
    );
    assert_eq!(read_text("5:4😀😀"), [Ok(text("😀😀"))]);
    // In the middle of a pair.
    assert_eq!(read_text("2:4😀"), [Err(InvalidPacket)]);
    assert_eq!(read_text("4:4😀😀"), [Err(InvalidPacket)]);
    // As many as there are bytes.
    assert_eq!(read_text("3:4ü"), [Err(InvalidPacket)]);
    let frames = websocket::frame(Opcode::Text, "4aü€😀".as_bytes());
    assert_eq!(encode_payload([frames.clone()]), Payload::Text("6:4aü€😀".into()));
    // Among bytes it is bytes that count.
    let binary = binary_frames(&websocket::frame(Opcode::Binary, b""));
    let body = [&[0, 1, 1, 255][..], "4aü€😀".as_bytes(), &[1, 1, 255, 4]].concat();
    assert_eq!(encode_payload([frames, binary]), Payload::Binary(body));
}

#[test]
fn what_is_no_payload_of_text_ends_the_reading() {
    for body in [
        "",
        ":",
        "1",
        "12",
        "1:",
        "2:4",
        ":4",
        "x",
        "abc",
        "-1:4",
        "+1:4",
        " 1:4",
        "1 :4",
        "1e1:4",
        "0x1:4",
        "99999999999:4",
        "4294967297:4",
        "18446744073709551617:4",
        "1:7",
        "1:b",
        "2:b4x",
        "3:b4*",
        "3:b2A",
        "5:bAQID",
    ] {
        assert_eq!(read_text(body).last(), Some(&Err(InvalidPacket)), "{body}");
    }
    assert_eq!(read_text("2:4a1:x2:4b"), [Ok(text("a")), Err(InvalidPacket)]);
    assert_eq!(read_text("2:4a3"), [Ok(text("a")), Err(InvalidPacket)]);
    assert_eq!(read_text(b"2:4\xff"), [Err(InvalidPacket)]);
    // Nothing to say is no error.
    assert_eq!(read_text("0:"), []);
    assert_eq!(read_text("0:2:4a0:"), [Ok(text("a"))]);
    assert_eq!(read_text("0000000002:4a"), [Ok(text("a"))]);
}

#[test]
fn what_is_no_payload_of_bytes_ends_the_reading() {
    let bodies: [&[u8]; 14] = [
        b"",
        &[0],
        &[0, 1],
        &[0, 1, 255],
        &[0, 255, b'4'],
        &[1, 0, 255],
        &[0, 0, 255],
        &[2, 1, 255, b'4'],
        &[0, b'1', 255, b'4'],
        &[0, 2, 255, b'4'],
        &[0, 2, 255, b'4', 0xff],
        &[1, 1, 255, b'4'],
        &[1, 1, 255, 2],
        &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255, 4],
    ];
    for body in bodies {
        assert_eq!(read_binary(body), [Err(InvalidPacket)], "{body:?}");
    }
    let absurd = [vec![1], vec![9; 100_000], vec![255, 4]].concat();
    assert_eq!(read_binary(absurd), [Err(InvalidPacket)]);
    assert_eq!(read_binary([1, 1, 255, 4, 1, 1, 254, 4]), [Ok(bytes(b"")), Err(InvalidPacket)]);
    // Text may carry bytes in base64 here, too.
    assert_eq!(read_binary([0, 6, 255, b'b', b'4', b'A', b'Q', b'I', b'D']), [Ok(bytes(&[1, 2, 3]))]);
}

#[test]
fn packets_of_a_websocket_are_read() {
    let read = |text: &'static str| decode_text(&Bytes::from_static(text.as_bytes()));
    assert_eq!(read("4hello"), Ok(text("hello")));
    assert_eq!(read("2probe"), Ok(Packet::Ping("probe".into())));
    assert_eq!(read("5"), Ok(Packet::Upgrade));
    assert_eq!(read("b4AQIDBA=="), Ok(bytes(&[1, 2, 3, 4])));
    assert_eq!(read("b4"), Ok(bytes(&[])));
    for text in ["", "b", "b5", "b2AQID", "b4AQI*", "7", "abc"] {
        assert_eq!(read(text), Err(InvalidPacket), "{text}");
    }
    let read = |bytes: &'static [u8]| decode_binary(&Bytes::from_static(bytes));
    assert_eq!(read(&[4, 1, 2, 3, 4]), Ok(bytes(&[1, 2, 3, 4])));
    assert_eq!(read(&[4]), Ok(bytes(&[])));
    for bytes in [&b""[..], b"4", &[2, 1], &[0], &[255]] {
        assert_eq!(read(bytes), Err(InvalidPacket), "{bytes:?}");
    }
    assert_eq!(pong(b"probe"), websocket::frame(Opcode::Text, b"3probe"));
}

#[test]
fn frames_without_bytes_are_not_copied() {
    let frames = [message(&Message::Text("a".into())), websocket::close(1000, "bye")].concat();
    let frames = Bytes::from(frames);
    for rewritten in [binary_frames(&frames), base64_frames(&frames)] {
        assert_eq!(rewritten.as_ptr(), frames.as_ptr());
        assert_eq!(rewritten, frames);
    }
}

#[test]
fn only_binary_frames_are_rewritten() {
    let text = websocket::frame(Opcode::Text, b"451-[{\"_placeholder\":true,\"num\":0}]");
    let close = websocket::close(1000, "bye");
    let frames = Bytes::from([&text[..], &websocket::frame(Opcode::Binary, &[9, 8]), &close].concat());
    let binary = [&text[..], &websocket::frame(Opcode::Binary, &[4, 9, 8]), &close].concat();
    assert_eq!(binary_frames(&frames), binary);
    let base64 = [&text[..], &websocket::frame(Opcode::Text, b"b4CQg="), &close].concat();
    assert_eq!(base64_frames(&frames), base64);
}

fn any_message() -> impl Strategy<Value = Message> {
    prop_oneof![
        ".{0,60}".prop_map(|text| Message::Text(text.into())),
        "[a😀€ü:0-9]{0,20}".prop_map(|text| Message::Text(text.into())),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Message::Binary(bytes.into())),
    ]
}

proptest! {
    #[test]
    fn payloads_read_back_what_they_write(
        messages in proptest::collection::vec(any_message(), 1..8),
        base64: bool,
    ) {
        let frames = messages.iter().map(message).map(|frames| {
            if base64 { base64_frames(&frames) } else { binary_frames(&frames) }
        });
        let has_binary = messages.iter().any(|message| matches!(message, Message::Binary(_)));
        let read = match encode_payload(frames) {
            Payload::Text(body) => {
                prop_assert!(base64 || !has_binary);
                read_text(body)
            }
            Payload::Binary(body) => {
                prop_assert!(!base64 && has_binary);
                read_binary(body)
            }
        };
        let written: Read = messages.into_iter().map(|message| Ok(Packet::Message(message))).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn anything_is_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for read in [read_text(&body), read_binary(&body)] {
            prop_assert!(read.len() <= body.len() + 1);
            prop_assert!(read.iter().rev().skip(1).all(Result::is_ok));
        }
    }

    #[test]
    fn what_nearly_is_a_payload_is_read_without_panic(
        text in "([0-9]{1,2}:[0-9b][a😀€ü]{0,8}){0,5}",
        bytes in proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), 0_u8..12, Just(255), any::<u8>()], 0..40),
    ) {
        for read in [read_text(&text), read_binary(&bytes)] {
            let carried: usize = read.iter().flatten().map(|packet| match packet {
                Packet::Message(message) => message.len(),
                Packet::Ping(data) | Packet::Pong(data) => data.len(),
                _ => 0,
            }).sum();
            prop_assert!(carried <= text.len().max(bytes.len()));
        }
    }
}
