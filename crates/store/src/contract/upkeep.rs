//! Upkeep: what the store is to do to itself, a little at once, for as long as somebody asks it to. Jobs do that, so that it is
//! done by whoever has time, and where it goes wrong an operator sees it.

use std::time::Duration;

use async_trait::async_trait;

use crate::Result;

/// Upkeep.
#[async_trait]
pub trait Upkeep {
    /// Takes away a few messages of those whose messages are to go. Answers how long to wait before the next step, so that
    /// nobody's commands wait for it, or nothing if that was all.
    async fn purge_messages(&self) -> Result<Option<Duration>>;

    /// Removes a few messages that their rooms do not keep any longer. Answers how long to wait before the next step, likewise.
    /// If that was all for now, and some room has a rule, a job is asked for at the time when there is more to do.
    async fn remove_old_messages(&self) -> Result<Option<Duration>>;
}
