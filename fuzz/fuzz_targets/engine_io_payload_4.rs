//! Polling payloads of protocol 4: what is read is written and read again as the same.
#![no_main]

use bytes::Bytes;
use chinwag_socketio::engine_io::{Packet, decode_payload, encode_payload, message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Ok(payload) = decode_payload(Bytes::copy_from_slice(body)) else { return };
    let mut read = 0;
    let mut messages = Vec::new();
    let mut failed = false;
    for packet in payload {
        assert!(!failed, "something after an error");
        read += 1;
        match packet {
            Ok(Packet::Message(message)) => messages.push(message),
            Ok(_) => {}
            Err(_) => failed = true,
        }
    }
    assert!(read >= 1 && read <= body.len() + 1);
    if messages.is_empty() {
        return;
    }
    let written = encode_payload(messages.iter().map(message));
    let again: Result<Vec<_>, _> = decode_payload(written.into()).expect("UTF-8").collect();
    assert_eq!(again.expect("packets"), messages.into_iter().map(Packet::Message).collect::<Vec<_>>());
});
