//! Packets that are written already, changed a little.
//!
//! They are what [`encode`](super::encode) writes, so that there is nothing that could be wrong with them.

use bytes::Bytes;

use super::arguments::Arguments;
use super::assembler::{Assembler, Incoming};
use super::decode::{Body, Limits};
use crate::websocket::{FrameBuilder, Frames, Opcode};

/// Anything that we have written ourselves.
const NO_LIMITS: Limits = Limits { depth: u32::MAX, attachments: usize::MAX, attachment_bytes: usize::MAX };

/// The frames with the text of the first changed.
fn change(frames: &Bytes, more: usize, change: impl FnOnce(&[u8], &mut Vec<u8>)) -> Bytes {
    let mut all = Frames::new(frames.clone());
    let Some((opcode, text)) = all.next() else { return frames.clone() };
    let mut frame = FrameBuilder::with_capacity(text.len() + more);
    change(&text, frame.payload());
    let attachments: Vec<Bytes> = all.map(|(_, attachment)| attachment).collect();
    frame.finish(opcode, &attachments)
}

/// An event with one more argument, which is JSON.
pub(crate) fn with_argument(frames: &Bytes, json: &str) -> Bytes {
    change(frames, json.len() + 1, |text, out| {
        out.extend_from_slice(text.strip_suffix(b"]").unwrap_or(text));
        out.push(b',');
        out.extend_from_slice(json.as_bytes());
        out.push(b']');
    })
}

/// An event that asks for an acknowledgement with this number.
pub(crate) fn with_id(frames: &Bytes, id: u64) -> Bytes {
    let id = id.to_string();
    change(frames, id.len(), |text, out| {
        let (head, list) = text.split_at_checked(list(text)).unwrap_or((text, b""));
        out.extend_from_slice(head);
        out.extend_from_slice(id.as_bytes());
        out.extend_from_slice(list);
    })
}

/// Where the list of an event begins: after its type, the number of its attachments and its namespace.
pub(super) fn list(text: &[u8]) -> usize {
    // The first two characters are the types of Engine.IO and Socket.IO.
    let mut at = 2;
    let rest = |at| text.get(at..).unwrap_or_default();
    if let Some(b'5' | b'6') = text.get(1) {
        at += memchr::memchr(b'-', rest(at)).map_or(0, |end| end + 1);
    }
    if text.get(at) == Some(&b'/') {
        at += memchr::memchr(b',', rest(at)).map_or(0, |end| end + 1);
    }
    at
}

/// Name and arguments of an event; `None` if it is none, or has a name of the protocol's own.
pub(crate) fn parts(frames: &Bytes) -> Option<(String, Arguments)> {
    let mut assembler = Assembler::default();
    for (opcode, payload) in Frames::new(frames.clone()) {
        let incoming = match opcode {
            Opcode::Binary => assembler.binary(payload, &NO_LIMITS),
            // Without Engine.IO's "message".
            _ => assembler.text(&payload.slice(payload.len().min(1)..), &NO_LIMITS),
        };
        match incoming.ok()? {
            Incoming::Partial => {}
            Incoming::Packet(packet) => {
                let Body::Event { name, arguments } = packet.body else { return None };
                return Some((String::from_utf8(name.to_vec()).ok()?, arguments));
            }
        }
    }
    None
}
