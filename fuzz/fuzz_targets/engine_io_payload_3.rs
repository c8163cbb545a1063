//! Polling payloads of protocol 3, as text, as bytes and in a form: what is read is written and read again as the
//! same.
#![no_main]

use bytes::Bytes;
use chinwag_socketio::engine_io::protocol_3::{
    self, base64_frames, binary_frames, decode_binary_payload, decode_text_payload, encode_payload,
};
use chinwag_socketio::engine_io::{InvalidPacket, Message, Packet, jsonp, message};
use libfuzzer_sys::fuzz_target;

type Read = Result<Packet, InvalidPacket>;

fuzz_target!(|input: &[u8]| {
    let Some((form, body)) = input.split_first() else { return };
    let body = Bytes::copy_from_slice(body);
    match form % 3 {
        0 => text(body),
        1 => {
            if let Ok(payload) = decode_binary_payload(body.clone()) {
                check(payload.collect(), body.len());
            }
        }
        _ => {
            if let Ok(payload) = jsonp::form(&body) {
                // What is not UTF-8 is replaced, by three bytes.
                assert!(payload.len() <= 3 * body.len());
                let script = jsonp::Callback::parse("7").expect("a number").script(&payload);
                assert!(script.len() <= 6 * payload.len() + 40);
                let string = &script[b"___eio[7](".len()..script.len() - 2];
                assert_eq!(serde_json::from_slice::<String>(string).expect("a string").as_bytes(), payload);
                text(payload);
            }
        }
    }
});

fn text(body: Bytes) {
    if let Ok(payload) = decode_text_payload(body.clone()) {
        check(payload.collect(), body.len());
    }
}

fn check(read: Vec<Read>, length: usize) {
    assert!(read.len() <= length);
    assert!(read.iter().rev().skip(1).all(Result::is_ok), "something after an error");
    let messages: Vec<Message> = read
        .into_iter()
        .filter_map(|packet| match packet {
            Ok(Packet::Message(message)) => Some(message),
            _ => None,
        })
        .collect();
    assert!(messages.iter().map(Message::len).sum::<usize>() <= length);
    let frames: Vec<Bytes> = messages.iter().map(message).collect();
    let written: Vec<Read> = messages.into_iter().map(|message| Ok(Packet::Message(message))).collect();
    for rewrite in [binary_frames, base64_frames] {
        let again: Vec<Read> = match encode_payload(frames.iter().map(rewrite)) {
            protocol_3::Payload::Text(body) => decode_text_payload(body.into()).expect("text").collect(),
            protocol_3::Payload::Binary(body) => decode_binary_payload(body.into()).expect("bytes").collect(),
        };
        assert_eq!(again, written);
    }
}
