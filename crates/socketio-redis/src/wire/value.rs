//! The outermost layer: JSON as it is, or MessagePack turned into JSON with attachments.

use bytes::Bytes;
use chinwag_socketio::socket_io::{Limits, message_pack};
use serde::{Deserialize, Deserializer};

use super::{MAX_MESSAGE, Malformed};

/// What servers may send each other: deeper than what clients may send, since nothing is refused that Node passes on,
/// but not without end.
pub(super) const LIMITS: Limits = Limits { depth: 127, attachments: 1_000, attachment_bytes: MAX_MESSAGE };

/// JSON and the attachments that its placeholders refer to.
pub(super) struct Value {
    pub(super) json: Bytes,
    pub(super) attachments: Vec<Bytes>,
}

/// Reads JSON or MessagePack, told apart as Node's adapter does: by a brace at the beginning.
pub(super) fn read(bytes: &Bytes) -> Result<Value, Malformed> {
    if bytes.first() == Some(&b'{') {
        if bytes.len() > MAX_MESSAGE {
            return Err(Malformed("a message that is too long"));
        }
        return Ok(Value { json: bytes.clone(), attachments: Vec::new() });
    }
    read_message_pack(bytes)
}

pub(super) fn read_message_pack(bytes: &Bytes) -> Result<Value, Malformed> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Malformed("a message that is too long"));
    }
    let (json, attachments) =
        message_pack::to_json(bytes, &LIMITS).map_err(|_| Malformed("neither JSON nor MessagePack"))?;
    Ok(Value { json, attachments })
}

/// Writes MessagePack. What is given is JSON that this crate has put together.
pub(super) fn write_message_pack(json: &[u8], attachments: &[Bytes]) -> Vec<u8> {
    message_pack::from_json(json, attachments).unwrap_or_default()
}

/// A room as it is written: a text, or a number where somebody on Node has put sockets into `7`.
#[derive(Debug)]
pub(super) struct Room(pub(super) String);

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Number(serde_json::Number),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Number(number) => number.to_string(),
        }))
    }
}

/// Rooms that may be missing, which is the same as none.
pub(super) fn rooms(rooms: Option<Vec<Room>>) -> Vec<String> {
    rooms.unwrap_or_default().into_iter().map(|Room(name)| name).collect()
}
