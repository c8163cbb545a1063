//! Writing packets, with the fields in the order in which the original's server has them.

use bytes::Bytes;

use super::from_json::{from_json, map, text, unsigned};
use crate::socket_io::decode::{Parts, split};
use crate::websocket::{FrameBuilder, Frames, Opcode};

/// Translates one packet, as the frames in which this crate queues it for JSON clients (a text frame and one binary
/// frame for each attachment), into the frame of the one binary message that it is in MessagePack.
///
/// Frames that are no such packet, such as a ping's, are returned as they are.
///
/// ```
/// use chinwag_socketio::socket_io::{disconnect, message_pack};
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(message_pack::encode(&disconnect("/")), frame(Opcode::Binary, b"\x82\xa4type\x01\xa3nsp\xa1/"));
/// ```
pub fn encode(frames: &Bytes) -> Bytes {
    translate(frames).unwrap_or_else(|| frames.clone())
}

fn translate(frames: &Bytes) -> Option<Bytes> {
    let mut walk = Frames::new(frames.clone());
    let Some((Opcode::Text, message)) = walk.next() else { return None };
    let mut packet = message.slice_ref(message.strip_prefix(b"4")?);
    let attachments: Vec<Bytes> =
        walk.map(|(opcode, bytes)| (opcode == Opcode::Binary).then_some(bytes)).collect::<Option<_>>()?;
    let Parts { kind, namespace, id, payload, .. } = split(&packet).ok()?;
    let kind = match kind {
        b'0'..=b'4' => kind - b'0',
        b'5' => 2,
        b'6' => 3,
        _ => return None,
    };
    packet.clear();
    let mut frame = FrameBuilder::with_capacity(frames.len() + 32);
    let out = frame.payload();
    map(out, 2 + usize::from(id.is_some()) + usize::from(!payload.is_empty()));
    let number = |out: &mut Vec<u8>| {
        if let Some(id) = id {
            text(out, b"id");
            unsigned(out, id);
        }
    };
    let acknowledgement = kind == 3;
    if acknowledgement {
        number(out);
    }
    text(out, b"type");
    unsigned(out, kind.into());
    if !payload.is_empty() {
        text(out, b"data");
        from_json(out, &payload, &attachments)?;
    }
    if !acknowledgement {
        number(out);
    }
    text(out, b"nsp");
    text(out, &namespace);
    Some(frame.finish(Opcode::Binary, &[]))
}
