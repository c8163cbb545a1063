//! Payloads to clients, in the form that their packets need.

use bytes::Bytes;

use super::{binary, text};
use crate::websocket::{Frames, Opcode};

/// The body of the answer to a poll.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::{Payload, encode_payload};
///
/// assert_eq!(encode_payload([]), Payload::Text(b"0:".to_vec()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Of the type `text/plain; charset=UTF-8`.
    Text(Vec<u8>),
    /// Of the type `application/octet-stream`.
    Binary(Vec<u8>),
}

/// Writes the body of the answer to a poll from WebSocket frames of protocol 3 ([`super::binary_frames`],
/// [`super::base64_frames`]): as bytes if there are bytes among them, as text otherwise. Control frames are left
/// out, since they carry no packets.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::{Payload, encode_payload};
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// let text = frame(Opcode::Text, "4ü".as_bytes());
/// assert_eq!(encode_payload([text.clone()]), Payload::Text("2:4ü".into()));
/// let payload = encode_payload([text, frame(Opcode::Binary, &[4, 7])]);
/// assert_eq!(payload, Payload::Binary(vec![0, 3, 255, b'4', 0xc3, 0xbc, 1, 2, 255, 4, 7]));
/// ```
pub fn encode_payload(frames: impl IntoIterator<Item = Bytes>) -> Payload {
    let packets: Vec<(Opcode, Bytes)> =
        frames.into_iter().flat_map(Frames::new).filter(|(opcode, _)| !opcode.is_control()).collect();
    let mut out = Vec::new();
    if packets.iter().any(|(opcode, _)| *opcode == Opcode::Binary) {
        for (opcode, packet) in &packets {
            binary::write(&mut out, *opcode == Opcode::Binary, packet);
        }
        return Payload::Binary(out);
    }
    for (_, packet) in &packets {
        text::write(&mut out, packet);
    }
    if packets.is_empty() {
        // A body without packets has one that is empty.
        text::write(&mut out, b"");
    }
    Payload::Text(out)
}
