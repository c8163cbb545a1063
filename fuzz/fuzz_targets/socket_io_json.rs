//! Packets in JSON, put together from messages. Input: messages, each after its kind and its length.
#![no_main]

use bytes::Bytes;
use chinwag_socketio::Binary;
use chinwag_socketio::socket_io::{Assembler, Body, Incoming, Limits};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const LIMITS: Limits = Limits { depth: 20, attachments: 3, attachment_bytes: 100 };

fuzz_target!(|input: &[u8]| {
    let mut assembler = Assembler::default();
    let mut rest = input;
    while let [head, after @ ..] = rest {
        // Mostly one message that takes all there is.
        let length =
            if head & 0x80 == 0 { after.len() } else { usize::from(head >> 1 & 0x3f).min(after.len()) };
        let (message, after) = after.split_at(length);
        rest = after;
        let message = Bytes::copy_from_slice(message);
        let incoming = if head & 1 == 0 {
            if std::str::from_utf8(&message).is_err() {
                return;
            }
            assembler.text(&message, &LIMITS)
        } else {
            assembler.binary(message, &LIMITS)
        };
        match incoming {
            Ok(Incoming::Packet(packet)) => {
                assert!(packet.namespace.starts_with(b"/"));
                if let Body::Event { arguments, .. } | Body::Ack(arguments) = packet.body {
                    assert!(arguments.attachments().len() <= LIMITS.attachments);
                    assert!(arguments.to_json().len() <= input.len() + 2);
                    let _ = arguments.first::<Binary>();
                    let _ = arguments.all::<Vec<Value>>();
                }
            }
            Ok(Incoming::Partial) => {}
            Err(_) => return,
        }
    }
});
