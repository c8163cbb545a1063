//! Frames of clients, with compression and without, in pieces: what comes out does not depend on the pieces.
#![no_main]

use bytes::Bytes;
use chinwag_socketio::websocket::{Decoder, Error, Message, Opcode, deflate, frame};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

const MAX_PAYLOAD: usize = 1_000;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    deflate: bool,
    pieces: [u8; 4],
    bytes: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let decoder = || {
        if input.deflate { Decoder::with_deflate(MAX_PAYLOAD) } else { Decoder::new(MAX_PAYLOAD) }
    };
    let whole = read(decoder(), input.bytes, &[255]);
    assert_eq!(whole, read(decoder(), input.bytes, &input.pieces));
    for message in &whole.0 {
        match message {
            Message::Text(text) => assert!(text.len() <= MAX_PAYLOAD && std::str::from_utf8(text).is_ok()),
            Message::Binary(bytes) => assert!(bytes.len() <= MAX_PAYLOAD),
            Message::Ping(bytes) | Message::Pong(bytes) => assert!(bytes.len() <= 125),
            Message::Close(_) => {}
        }
    }
    // It takes a hundred times as long as the rest.
    if input.pieces[0] == 0 {
        compress(input.bytes);
    }
});

/// All messages, and how it ended.
fn read(mut decoder: Decoder, mut bytes: &[u8], pieces: &[u8]) -> (Vec<Message>, Option<Error>) {
    let mut messages = Vec::new();
    let mut pieces = pieces.iter().cycle();
    while !bytes.is_empty() {
        let size = usize::from(*pieces.next().unwrap_or(&1)).clamp(1, bytes.len());
        let (mut piece, rest) = bytes.split_at(size);
        bytes = rest;
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
        assert!(piece.is_empty());
    }
    (messages, None)
}

/// What is compressed is read back.
fn compress(payload: &[u8]) {
    let frames = deflate::compress(&frame(Opcode::Binary, payload), 0);
    let header = match frames.get(1) {
        Some(126) => 4,
        Some(127) => 10,
        _ => 2,
    };
    let mut masked = frames[..header].to_vec();
    masked[1] |= 0x80;
    masked.extend([0; 4]);
    masked.extend(&frames[header..]);
    let read = read(Decoder::with_deflate(payload.len()), &masked, &[255]);
    assert_eq!(read, (vec![Message::Binary(Bytes::copy_from_slice(payload))], None));
}
