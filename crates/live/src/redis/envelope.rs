//! What nodes tell each other, as bytes. `docs/redis.md` has the layout.
//!
//! An envelope is a small binary header and the payload as it is, so that what clients are sent is copied once and never
//! looked into. Each begins with its version. A node reads its own and the one before, and ignores what it cannot read:
//! an envelope is a hint, and heads are compared.

mod fields;
mod read;
mod write;

use std::sync::Arc;

use bytes::Bytes;
use chinwag_model::{Person, SessionKey, StreamId, UserId};

use super::node::NodeId;
use super::options::Envelopes;
use crate::Envelope;

#[cfg(test)]
mod tests;

/// The version of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    /// The header has no length, so nothing can be added to it.
    One = 1,
    /// The header has a length: what a reader does not know at its end it passes over.
    Two = 2,
}

impl Version {
    /// What is written once all nodes read it.
    const CURRENT: Self = Self::Two;
    /// The version before, which all nodes read.
    pub(super) const PREVIOUS: Self = Self::One;

    /// The newest that such a node reads.
    pub(super) fn newest(envelopes: Envelopes) -> Self {
        match envelopes {
            Envelopes::Current => Self::CURRENT,
            Envelopes::Previous => Self::PREVIOUS,
        }
    }

    /// What all of several nodes read that read this and, each, that number. A node that is older than the version before
    /// is not considered: it was to be replaced an upgrade ago.
    pub(super) fn common(self, others: impl Iterator<Item = u8>) -> Self {
        if self == Self::CURRENT && others.into_iter().all(|other| other >= Self::CURRENT as u8) {
            Self::CURRENT
        } else {
            Self::PREVIOUS
        }
    }
}

/// What one node tells others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// Something that lasts has changed.
    Changes(Arc<Envelope>),
    /// Something that does not last.
    Passing { stream: StreamId, event: String, except: UserId, payload: Bytes },
    /// Sessions have ended.
    SessionsEnded(Vec<SessionKey>),
    /// Sessions go on, but what is remembered of them is not so any more.
    SessionsStale(Vec<SessionKey>),
    /// Who came to the sender in a place, and who went.
    PlaceChanged { place: StreamId, from: u64, to: u64, came: Vec<Person>, went: Vec<UserId> },
    /// What the sender's people in a place are at, for who has missed something.
    PlaceStands { place: StreamId, at: u64 },
    /// The sender has ended, and all its people went.
    Gone,
    /// The sender could not tell everything.
    Lost,
}

/// The number by which a kind of message is known. It never changes.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Changes = 1,
    Passing = 2,
    SessionsEnded = 3,
    SessionsStale = 4,
    PlaceChanged = 5,
    PlaceStands = 6,
    Gone = 7,
    Lost = 8,
}

impl Kind {
    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Changes,
            2 => Self::Passing,
            3 => Self::SessionsEnded,
            4 => Self::SessionsStale,
            5 => Self::PlaceChanged,
            6 => Self::PlaceStands,
            7 => Self::Gone,
            8 => Self::Lost,
            _ => return None,
        })
    }
}

/// Why an envelope was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unread {
    /// It is of a version that this node does not read.
    #[error("it has version {0}")]
    Version(u8),
    /// It is of a kind that this node does not know.
    #[error("it is of kind {0}")]
    Kind(u8),
    /// It is not what its version says.
    #[error("it is malformed")]
    Malformed,
}

/// The bytes of a message of this node.
pub(super) fn encode(version: Version, sender: NodeId, message: &Message) -> Vec<u8> {
    write::envelope(version, sender, message)
}

/// Who told what, as far as a node reads that reads versions up to `newest`.
pub(super) fn decode(newest: Version, bytes: Bytes) -> Result<(NodeId, Message), Unread> {
    read::envelope(newest, bytes)
}
