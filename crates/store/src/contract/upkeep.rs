//! Upkeep: what the store is to do to itself, a little at once, for as long as somebody asks it to. Jobs do that, so that it is
//! done by whoever has time, and where it goes wrong an operator sees it.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::{Rev, RoomId, UserId};

use crate::Result;

/// A step of removing what rooms do not keep any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// What it has removed, if something was to go.
    pub removed: Option<Removed>,
    /// How long to wait before the next step, so that nobody's commands wait for it; nothing if that was all for now.
    pub pause: Option<Duration>,
}

/// What a step has removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Of which room.
    pub room: RoomId,
    /// How many messages.
    pub messages: u64,
    /// Up to which revision: the room's changes up to there are gone as well.
    pub floor: Rev,
}

/// Upkeep.
#[async_trait]
pub trait Upkeep {
    /// Takes away a few messages of those whose messages are to go. Answers how long to wait before the next step, so that
    /// nobody's commands wait for it, or nothing if that was all.
    async fn purge_messages(&self) -> Result<Option<Duration>>;

    /// Removes a few messages that their rooms do not keep any longer. If that was all for now, and some room has a rule, a job
    /// is asked for at the time when there is more to do.
    async fn remove_old_messages(&self) -> Result<Swept>;

    /// A picture of which there is no small form yet: whose, its version, and the PNG.
    async fn picture_without_thumbnail(&self) -> Result<Option<(UserId, u32, Vec<u8>)>>;

    /// Keeps the small form of this version of somebody's picture, a PNG, or that there can be none: nothing.
    async fn keep_thumbnail(&self, user: UserId, version: u32, png: Vec<u8>) -> Result<()>;
}
