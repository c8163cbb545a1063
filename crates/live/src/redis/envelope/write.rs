//! Writing envelopes.

use super::fields::Writer;
use super::{Kind, Message, Version};
use crate::EVENT_BYTES;
use crate::redis::node::NodeId;

/// Version, kind, sender; the header, in version 2 after its length in four bytes; the payload.
pub(super) fn envelope(version: Version, sender: NodeId, message: &Message) -> Vec<u8> {
    let (kind, payload) = kind_and_payload(message);
    let mut writer = Writer(Vec::with_capacity(128 + payload.len()));
    writer.u8(version as u8);
    writer.u8(kind as u8);
    writer.uuid(&sender.0.to_be_bytes());
    let length_at = writer.0.len();
    if version >= Version::Two {
        writer.0.extend_from_slice(&[0; 4]);
    }
    let header_at = writer.0.len();
    header(&mut writer, version, message);
    if version >= Version::Two {
        let length = u32::try_from(writer.0.len() - header_at).unwrap_or(u32::MAX).to_be_bytes();
        if let Some(place) = writer.0.get_mut(length_at..header_at) {
            place.copy_from_slice(&length);
        }
    }
    writer.0.extend_from_slice(&payload);
    writer.0
}

fn kind_and_payload(message: &Message) -> (Kind, std::borrow::Cow<'_, [u8]>) {
    match message {
        Message::Changes(envelope) => (Kind::Changes, envelope.payload.as_ref().into()),
        Message::Passing { payload, .. } => (Kind::Passing, payload.as_ref().into()),
        Message::SessionsEnded(_) => (Kind::SessionsEnded, [].as_slice().into()),
        Message::SessionsStale(_) => (Kind::SessionsStale, [].as_slice().into()),
        // People are JSON, as clients know them, so that they may get more properties. Strings and numbers never fail.
        Message::PlaceChanged { came, .. } => {
            (Kind::PlaceChanged, serde_json::to_vec(came).unwrap_or_default().into())
        }
        Message::PlaceStands { .. } => (Kind::PlaceStands, [].as_slice().into()),
        Message::Gone => (Kind::Gone, [].as_slice().into()),
        Message::Lost => (Kind::Lost, [].as_slice().into()),
    }
}

fn header(writer: &mut Writer, version: Version, message: &Message) {
    match message {
        Message::Changes(envelope) => {
            writer.uuid(envelope.stream.as_bytes());
            writer.u64(envelope.from.0);
            writer.u64(envelope.through.0);
            writer.u8(envelope.moved.into());
            writer.list(&envelope.left, |writer, (rev, user)| {
                writer.u64(rev.0);
                writer.uuid(user.as_bytes());
            });
            if let Some(epoch) = envelope.epoch.filter(|_| version >= Version::Two) {
                writer.u64(epoch.0);
            }
        }
        Message::Passing { stream, event, except, .. } => {
            writer.uuid(stream.as_bytes());
            writer.uuid(except.as_bytes());
            let name = event.as_bytes().get(..EVENT_BYTES).unwrap_or(event.as_bytes());
            writer.u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
            writer.0.extend_from_slice(name);
        }
        Message::SessionsEnded(keys) | Message::SessionsStale(keys) => writer.list(keys, Writer::session),
        Message::PlaceChanged { place, from, to, went, .. } => {
            writer.uuid(place.as_bytes());
            writer.u64(*from);
            writer.u64(*to);
            writer.list(went, |writer, user| writer.uuid(user.as_bytes()));
        }
        Message::PlaceStands { place, at } => {
            writer.uuid(place.as_bytes());
            writer.u64(*at);
        }
        Message::Gone | Message::Lost => {}
    }
}
