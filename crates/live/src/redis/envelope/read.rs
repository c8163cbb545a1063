//! Reading envelopes, whatever is in them.

use std::sync::Arc;

use bytes::Bytes;

use super::fields::Reader;
use super::{Kind, Message, Unread, Version};
use crate::Envelope;
use crate::redis::node::NodeId;

pub(super) fn envelope(newest: Version, bytes: Bytes) -> Result<(NodeId, Message), Unread> {
    let mut reader = Reader(bytes);
    let version = match reader.u8()? {
        1 => Version::One,
        2 if newest >= Version::Two => Version::Two,
        other => return Err(Unread::Version(other)),
    };
    let kind = reader.u8()?;
    let kind = Kind::from_number(kind).ok_or(Unread::Kind(kind))?;
    let sender = NodeId(reader.u128()?);
    if version == Version::One {
        // The header ends where its fields do.
        let fields = header(kind, version, &mut reader)?;
        return Ok((sender, with_payload(fields, reader.0)?));
    }
    let length = reader.u32()? as usize;
    let mut fields = Reader(reader.bytes(length)?);
    // A newer node may have added fields.
    let fields = header(kind, version, &mut fields)?;
    Ok((sender, with_payload(fields, reader.0)?))
}

/// A message as its header has it, without the payload.
fn header(kind: Kind, version: Version, reader: &mut Reader) -> Result<Message, Unread> {
    Ok(match kind {
        Kind::Changes => Message::Changes(Arc::new(Envelope {
            stream: reader.stream()?,
            from: reader.rev()?,
            through: reader.rev()?,
            moved: reader.u8()? != 0,
            left: reader.list(|reader| Ok((reader.rev()?, reader.user()?)))?,
            epoch: if version >= Version::Two { reader.epoch_if_any()? } else { None },
            payload: Bytes::new(),
        })),
        Kind::Passing => {
            let (stream, except) = (reader.stream()?, reader.user()?);
            let length = reader.u8()?;
            let event = reader.bytes(length.into())?;
            let event = std::str::from_utf8(&event).map_err(|_| Unread::Malformed)?.to_owned();
            Message::Passing { stream, event, except, payload: Bytes::new() }
        }
        Kind::SessionsEnded => Message::SessionsEnded(reader.list(Reader::session)?),
        Kind::SessionsStale => Message::SessionsStale(reader.list(Reader::session)?),
        Kind::PlaceChanged => Message::PlaceChanged {
            place: reader.stream()?,
            from: reader.u64()?,
            to: reader.u64()?,
            went: reader.list(Reader::user)?,
            came: Vec::new(),
        },
        Kind::PlaceStands => Message::PlaceStands { place: reader.stream()?, at: reader.u64()? },
        Kind::Gone => Message::Gone,
        Kind::Lost => Message::Lost,
    })
}

fn with_payload(message: Message, bytes: Bytes) -> Result<Message, Unread> {
    Ok(match message {
        Message::Changes(envelope) => {
            let mut envelope = Arc::unwrap_or_clone(envelope);
            envelope.payload = bytes;
            Message::Changes(Arc::new(envelope))
        }
        Message::Passing { stream, event, except, .. } => {
            Message::Passing { stream, event, except, payload: bytes }
        }
        Message::PlaceChanged { place, from, to, went, .. } => {
            let came = serde_json::from_slice(&bytes).map_err(|_| Unread::Malformed)?;
            Message::PlaceChanged { place, from, to, came, went }
        }
        other => other,
    })
}
