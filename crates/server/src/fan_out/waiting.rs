//! What has reached the node and is not to go out yet.
//!
//! It waits for more of the same stream, as long as that rests (`pace.rs`), or for what is before it. Two nodes that post to
//! one room commit one after the other, but each tells by itself, so the second may be heard before the first, which mostly
//! is on its way. Thrown away it would have to be read from the store, and so would all that comes until then: everybody
//! would hear of it only when holes are filled.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chinwag_live::Envelope;
use chinwag_model::{Rev, StreamId};

#[cfg(test)]
mod tests;

/// Most bytes of all that waits. What comes after a hole and does not fit is read from the store.
const BYTES: usize = 4 * 1024 * 1024;
/// What an envelope takes beside its payload, about.
const ENVELOPE: usize = 256;

/// What waits, for each stream by where it begins.
#[derive(Default)]
pub(super) struct Waiting {
    streams: HashMap<StreamId, BTreeMap<Rev, Arc<Envelope>>>,
    bytes: usize,
}

impl Waiting {
    /// Keeps an envelope. `false`: there is no room.
    pub(super) fn keep(&mut self, envelope: &Arc<Envelope>) -> bool {
        let more = size(envelope);
        if self.bytes + more > BYTES {
            return false;
        }
        let stream = self.streams.entry(envelope.stream).or_default();
        if stream.get(&envelope.from).is_some_and(|kept| kept.through >= envelope.through) {
            return true;
        }
        self.bytes += more;
        if let Some(shorter) = stream.insert(envelope.from, Arc::clone(envelope)) {
            self.bytes -= size(&shorter);
        }
        true
    }

    /// Takes what a stream goes on with after `rev`. It may begin before that, and even end there.
    pub(super) fn next(&mut self, id: StreamId, rev: Rev) -> Option<Arc<Envelope>> {
        let stream = self.streams.get_mut(&id)?;
        let first = stream.first_entry().filter(|first| *first.key() <= rev)?.remove();
        self.bytes -= size(&first);
        if stream.is_empty() {
            self.streams.remove(&id);
        }
        Some(first)
    }

    /// Up to where something of a stream waits.
    pub(super) fn until(&self, id: StreamId) -> Option<Rev> {
        self.streams.get(&id)?.last_key_value().map(|(_, envelope)| envelope.through)
    }

    /// What waits for a stream is not wanted any more.
    pub(super) fn forget(&mut self, id: StreamId) {
        let gone = self.streams.remove(&id).into_iter().flatten();
        self.bytes -= gone.map(|(_, envelope)| size(&envelope)).sum::<usize>();
    }
}

fn size(envelope: &Envelope) -> usize {
    // Who left stands in a list, and in the bytes that the payload was cut from.
    ENVELOPE + envelope.payload.len() + 2 * size_of_val(envelope.left.as_slice())
}
