//! Where words stand: the history of a room in chunks, and the places within one.
//!
//! A chunk is so many revisions of a room's stream, whatever they were. For each word in it the search index has one row,
//! with the places of the messages that have the word. So what one chunk has to be looked at for does not grow with the
//! history, and to look into many is to look up one row in each.

use std::collections::BTreeSet;

use chinwag_model::Rev;

#[cfg(test)]
mod tests;

/// Revisions in a chunk. What is stored depends on it.
pub(crate) const CHUNK: u64 = 1_024;

/// The chunk that a message is in.
pub(crate) fn chunk(seq: Rev) -> u64 {
    seq.0 / CHUNK
}

/// The first revision of a chunk.
pub(crate) fn first(chunk: u64) -> Rev {
    Rev(chunk.saturating_mul(CHUNK))
}

/// Whether a stream whose head moves from one revision to another fills a chunk: nothing new comes into that.
pub(crate) fn fills_chunk(from: Rev, to: Rev) -> bool {
    chunk(to.next()) > chunk(from.next())
}

/// Places within a chunk, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places(BTreeSet<u16>);

impl Places {
    /// As they are stored: two bytes each, the higher one first, in ascending order.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|place| place.to_be_bytes()).collect()
    }

    /// From what is stored.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (places, _) = bytes.as_chunks::<2>();
        Self(places.iter().map(|place| u16::from_be_bytes(*place)).collect())
    }

    /// Adds a message's.
    pub(crate) fn add(&mut self, seq: Rev) {
        self.0.insert(place(seq));
    }

    /// Takes a message's away.
    pub(crate) fn remove(&mut self, seq: Rev) {
        self.0.remove(&place(seq));
    }

    /// Adds others.
    pub(crate) fn add_all(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Leaves only those that others have as well.
    pub(crate) fn keep(&mut self, others: &Self) {
        self.0.retain(|place| others.0.contains(place));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The messages in a chunk that stand there, the newest first.
    pub(crate) fn newest_first(&self, chunk: u64) -> impl Iterator<Item = Rev> {
        self.0.iter().rev().map(move |place| Rev(first(chunk).0 + u64::from(*place)))
    }
}

fn place(seq: Rev) -> u16 {
    u16::try_from(seq.0 % CHUNK).unwrap_or_default()
}
