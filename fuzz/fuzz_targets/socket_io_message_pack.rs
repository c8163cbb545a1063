//! Packets in MessagePack: what is read is written and read again as the same. And what is queued, however wrong, is
//! translated without panic.
#![no_main]

use bytes::Bytes;
use chinwag_socketio::socket_io::message_pack::{decode, encode};
use chinwag_socketio::socket_io::{Arguments, Body, Limits};
use chinwag_socketio::websocket::{Frames, Opcode, frame, write_frame};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { depth: 100, attachments: 200, attachment_bytes: 1_000 };

fuzz_target!(|input: &[u8]| {
    let Some((direction, bytes)) = input.split_first() else { return };
    let bytes = Bytes::copy_from_slice(bytes);
    if direction % 2 == 1 {
        let mut frames = frame(Opcode::Text, &bytes).to_vec();
        write_frame(&mut frames, Opcode::Binary, b"attachment");
        let _ = encode(&frames.into());
        let _ = encode(&bytes);
        return;
    }
    let Ok(packet) = decode(&bytes, &LIMITS) else { return };
    assert!(packet.namespace.starts_with(b"/"));
    let (name, arguments) = match &packet.body {
        Body::Event { name, arguments } => (Some(name), arguments),
        Body::Ack(arguments) => (None, arguments),
        _ => return,
    };
    assert!(arguments.size() <= 20 * bytes.len());
    let queued = queue(&packet.namespace, packet.id, name, arguments);
    let mut frames = Frames::new(encode(&queued));
    let (Some((Opcode::Binary, written)), None) = (frames.next(), frames.next()) else {
        panic!("not one binary frame")
    };
    let again = decode(&written, &LIMITS).expect("a packet");
    assert_eq!((&again.namespace, again.id), (&packet.namespace, packet.id));
    let (name_again, arguments_again) = match &again.body {
        Body::Event { name, arguments } => (Some(name), arguments),
        Body::Ack(arguments) => (None, arguments),
        body => panic!("{body:?}"),
    };
    assert_eq!(name_again, name);
    assert_eq!(arguments_again.to_json(), arguments.to_json());
    assert_eq!(arguments_again.attachments(), arguments.attachments());
});

/// As the packet would be queued if it were passed on.
fn queue(namespace: &[u8], id: Option<u64>, name: Option<&Bytes>, arguments: &Arguments) -> Bytes {
    let attachments = arguments.attachments();
    let kind = match (name, attachments.len()) {
        (Some(_), 0) => "2".to_owned(),
        (Some(_), count) => format!("5{count}-"),
        (None, 0) => "3".to_owned(),
        (None, count) => format!("6{count}-"),
    };
    let namespace = std::str::from_utf8(namespace).expect("UTF-8");
    let mut text = format!("4{kind}{namespace},{}", id.map(|id| id.to_string()).unwrap_or_default());
    let rest = arguments.to_json();
    let rest = rest.strip_prefix('[').expect("a list");
    text.push('[');
    if let Some(name) = name {
        text.push_str(&serde_json::to_string(std::str::from_utf8(name).expect("UTF-8")).expect("JSON"));
        if rest != "]" {
            text.push(',');
        }
    }
    text.push_str(rest);
    let mut frames = frame(Opcode::Text, text.as_bytes()).to_vec();
    attachments.iter().for_each(|attachment| write_frame(&mut frames, Opcode::Binary, attachment));
    frames.into()
}
