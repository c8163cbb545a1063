//! Packets (Engine.IO protocol 3, "Encoding", "Packet").

use base64::Engine as _;
use bytes::Bytes;

use crate::engine_io::packet::{InvalidPacket, Message, Packet, decode};
use crate::engine_io::payload::BASE64;
use crate::websocket::{self, Frames, Opcode, write_frame};

/// The type of a message among bytes, where it is a number and no digit.
const MESSAGE: u8 = 4;

/// Reads a packet from text, which must be UTF-8: as in protocol 4, and `b4` before bytes in base64, with padding or
/// without.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::decode_text;
/// use chinwag_socketio::engine_io::{Message, Packet};
///
/// assert_eq!(decode_text(&"b4AAH/".into()), Ok(Packet::Message(Message::Binary(vec![0, 1, 255].into()))));
/// assert_eq!(decode_text(&"2".into()), Ok(Packet::Ping("".into())));
/// ```
///
/// # Errors
/// Its type is none of `0` to `6`, bytes are of another type than message, or what should be base64 is not.
pub fn decode_text(text: &Bytes) -> Result<Packet, InvalidPacket> {
    match text.strip_prefix(b"b") {
        Some(bytes) => {
            let bytes = bytes.strip_prefix(b"4").ok_or(InvalidPacket)?;
            let bytes = BASE64.decode(bytes).map_err(|_| InvalidPacket)?;
            Ok(Packet::Message(Message::Binary(bytes.into())))
        }
        None => decode(text),
    }
}

/// Reads a packet from bytes: its type, then what it carries.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::decode_binary;
/// use chinwag_socketio::engine_io::{Message, Packet};
///
/// assert_eq!(decode_binary(&vec![4, 0, 1].into()), Ok(Packet::Message(Message::Binary(vec![0, 1].into()))));
/// assert!(decode_binary(&vec![2].into()).is_err());
/// ```
///
/// # Errors
/// It is no message. Clients write no other packets as bytes, and what those carry would have to be text.
pub fn decode_binary(bytes: &Bytes) -> Result<Packet, InvalidPacket> {
    match bytes.split_first() {
        Some((&MESSAGE, rest)) => Ok(Packet::Message(Message::Binary(bytes.slice_ref(rest)))),
        _ => Err(InvalidPacket),
    }
}

/// The answer to a ping, framed. It carries what the ping carried, which must be UTF-8.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::pong;
///
/// assert_eq!(pong(b""), &b"\x81\x013"[..]);
/// ```
pub fn pong(data: &[u8]) -> Bytes {
    websocket::frame(Opcode::Text, &[b"3", data].concat())
}

/// Writes frames of protocol 4 as those of protocol 3: bytes get the type of a message in front. Frames without
/// bytes among them are returned as they are and not copied.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::binary_frames;
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(binary_frames(&frame(Opcode::Binary, &[7])), frame(Opcode::Binary, &[4, 7]));
/// assert_eq!(binary_frames(&frame(Opcode::Text, b"4hi")), frame(Opcode::Text, b"4hi"));
/// ```
pub fn binary_frames(frames: &Bytes) -> Bytes {
    rewrite(frames, |out, bytes| {
        let mut packet = Vec::with_capacity(1 + bytes.len());
        packet.push(MESSAGE);
        packet.extend_from_slice(bytes);
        write_frame(out, Opcode::Binary, &packet);
    })
}

/// Writes frames of protocol 4 as those of protocol 3 for a client that takes no bytes: they become text. Frames
/// without bytes among them are returned as they are and not copied.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::base64_frames;
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(base64_frames(&frame(Opcode::Binary, &[0, 1, 255])), frame(Opcode::Text, b"b4AAH/"));
/// ```
pub fn base64_frames(frames: &Bytes) -> Bytes {
    rewrite(frames, |out, bytes| {
        let mut packet = String::with_capacity(2 + bytes.len().div_ceil(3) * 4);
        packet.push_str("b4");
        BASE64.encode_string(bytes, &mut packet);
        write_frame(out, Opcode::Text, packet.as_bytes());
    })
}

fn rewrite(frames: &Bytes, write_binary: impl Fn(&mut Vec<u8>, &[u8])) -> Bytes {
    if !Frames::new(frames.clone()).any(|(opcode, _)| opcode == Opcode::Binary) {
        return frames.clone();
    }
    let mut out = Vec::with_capacity(frames.len() + 16);
    for (opcode, payload) in Frames::new(frames.clone()) {
        match opcode {
            Opcode::Binary => write_binary(&mut out, &payload),
            _ => write_frame(&mut out, opcode, &payload),
        }
    }
    out.into()
}
