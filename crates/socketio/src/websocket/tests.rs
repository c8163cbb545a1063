use bytes::Bytes;
use proptest::prelude::*;

use super::*;

#[path = "../../tests/shared/masked.rs"]
mod shared;

/// A client's frame.
pub(super) fn masked(fin: bool, opcode: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    shared::masked(u8::from(fin) << 7 | opcode, payload, mask)
}

/// Everything that comes out, with the bytes given in pieces of these sizes.
pub(super) fn decode(
    decoder: &mut Decoder,
    mut bytes: &[u8],
    pieces: &[usize],
) -> Result<Vec<Message>, Error> {
    let mut messages = Vec::new();
    let mut pieces = pieces.iter().copied().chain(std::iter::repeat(usize::MAX));
    while !bytes.is_empty() {
        let (mut piece, rest) = bytes.split_at(pieces.next().unwrap().clamp(1, bytes.len()));
        bytes = rest;
        while let Some(message) = decoder.decode(&mut piece)? {
            messages.push(message);
        }
        assert!(piece.is_empty());
    }
    Ok(messages)
}

#[test]
fn the_key_of_the_specification() {
    // RFC 6455, section 1.3.
    assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn the_frames_of_the_specification() {
    // RFC 6455, section 5.7.
    let mut decoder = Decoder::new(1000);
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(decode(&mut decoder, &hello, &[]), Ok(vec![Message::Text("Hello".into())]));
    assert_eq!(frame(Opcode::Text, b"Hello"), &[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f][..]);
    assert_eq!(frame(Opcode::Binary, &[0; 256])[..4], [0x82, 0x7e, 0x01, 0x00]);
    assert_eq!(frame(Opcode::Binary, &[0; 65536])[..10], [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
}

#[test]
fn close_frames_are_cut_between_characters() {
    assert_eq!(close(1000, "bye"), &b"\x88\x05\x03\xe8bye"[..]);
    let long = close(1000, &"€".repeat(100));
    assert_eq!(long.len(), 2 + 2 + 123);
    let longer = close(1000, &format!("x{}", "€".repeat(100)));
    assert_eq!(longer.len(), 2 + 2 + 121);
}

#[test]
fn walking_ends_before_what_is_no_frame() {
    let huge = [&[0x82, 127][..], &[0xff; 8], &[0; 20]].concat();
    for bytes in [&b"\x81"[..], b"\x81\x05Hell", b"\x81\x7e\x00", b"\xc1\x01a", b"\x83\x01a", &huge] {
        let frames = Bytes::from([&frame(Opcode::Text, b"a"), bytes].concat());
        assert_eq!(Frames::new(frames).count(), 1, "{bytes:x?}");
    }
}

#[test]
fn nothing_is_allocated_for_what_is_only_announced() {
    let mut decoder = Decoder::new(1 << 40);
    let frame = masked(true, 2, &[], [0; 4]);
    let mut announced = vec![frame[0], 0xff];
    announced.extend((1_u64 << 39).to_be_bytes());
    announced.extend([0; 4]);
    announced.extend([7; 100]);
    assert_eq!(decode(&mut decoder, &announced, &[]), Ok(vec![]));
}

/// Mostly short, but of every length of header.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => proptest::collection::vec(any::<u8>(), 0..300),
        1 => (65_500_usize..70_000, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        ".{0,200}".prop_map(|text| Message::Text(text.into())),
        payload().prop_map(|bytes| Message::Binary(bytes.into())),
        proptest::collection::vec(any::<u8>(), 0..126).prop_map(|bytes| Message::Ping(bytes.into())),
        proptest::collection::vec(any::<u8>(), 0..126).prop_map(|bytes| Message::Pong(bytes.into())),
    ]
}

proptest! {
    #[test]
    fn what_clients_write_is_read_in_whatever_pieces_it_comes(
        messages in proptest::collection::vec((message(), any::<[u8; 4]>(), proptest::collection::vec(0_usize..300, 0..4)), 0..6),
        pieces in proptest::collection::vec(1_usize..5000, 0..40),
    ) {
        let mut bytes = Vec::new();
        for (message, mask, cuts) in &messages {
            let (opcode, payload) = match message {
                Message::Text(payload) => (1, payload),
                Message::Binary(payload) => (2, payload),
                Message::Ping(payload) => (9, payload),
                Message::Pong(payload) => (10, payload),
                Message::Close(_) => unreachable!(),
            };
            let mut rest = &payload[..];
            let mut opcode = opcode;
            if opcode < 8 {
                for cut in cuts {
                    let (part, after) = rest.split_at((*cut).min(rest.len()));
                    bytes.extend(masked(false, opcode, part, *mask));
                    // Control frames may come between the parts.
                    bytes.extend(masked(true, 10, b"between", *mask));
                    (rest, opcode) = (after, 0);
                }
            }
            bytes.extend(masked(true, opcode, rest, *mask));
        }
        let mut decoder = Decoder::new(70_000);
        let mut read = decode(&mut decoder, &bytes, &pieces).unwrap();
        read.retain(|message| *message != Message::Pong("between".into()));
        let written: Vec<Message> = messages.into_iter().map(|(message, ..)| message).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn anything_is_read_without_panic_and_within_the_limit(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        pieces in proptest::collection::vec(1_usize..50, 0..20),
    ) {
        let mut decoder = Decoder::new(64);
        if let Ok(messages) = decode(&mut decoder, &bytes, &pieces) {
            for message in messages {
                if let Message::Text(payload) | Message::Binary(payload) = message {
                    prop_assert!(payload.len() <= 64);
                }
            }
        }
    }

    #[test]
    fn frames_that_we_write_are_walked_over(
        payloads in proptest::collection::vec((any::<bool>(), payload()), 0..5),
    ) {
        let mut bytes = Vec::new();
        let mut written = Vec::new();
        for (text, payload) in payloads {
            let opcode = if text { Opcode::Text } else { Opcode::Binary };
            write_frame(&mut bytes, opcode, &payload);
            written.push((opcode, Bytes::from(payload)));
        }
        prop_assert_eq!(Frames::new(bytes.into()).collect::<Vec<_>>(), written);
    }

    #[test]
    fn a_frame_built_in_place_is_the_same(
        payload in payload(),
        attachment in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut builder = FrameBuilder::with_capacity(10);
        builder.payload().extend_from_slice(&payload);
        let mut expected = frame(Opcode::Text, &payload).to_vec();
        write_frame(&mut expected, Opcode::Binary, &attachment);
        prop_assert_eq!(builder.finish(Opcode::Text, &[attachment.into()]), expected);
    }
}
