//! The feed: what was committed, for whoever tells the clients.
//!
//! It is split by stream into shards, so that several publishers can work side by side while each stream keeps its
//! order. A shard whose reader does not keep up loses changes; readers find the hole by the revisions.

use chinwag_model::{Change, Epoch, Rev, StreamId};
use tokio::sync::mpsc;

/// The changes that one commit made in one stream: all of `from < rev <= through`, in order.
#[derive(Clone, Debug)]
pub struct StreamChanges {
    /// Whose changes.
    pub stream: StreamId,
    /// The epoch in which they were committed.
    pub epoch: Epoch,
    /// The head before them.
    pub from: Rev,
    /// Each change, with the state in which it left its target.
    pub changes: Vec<Change>,
}

impl StreamChanges {
    /// The head after them.
    pub fn through(&self) -> Rev {
        self.changes.last().map_or(self.from, |change| change.rev)
    }
}

/// One shard of the feed.
pub type FeedReceiver = mpsc::Receiver<StreamChanges>;

/// How many commits' worth of one stream may wait in a shard.
const SHARD_CAPACITY: usize = 4_096;

/// The writing end.
pub(crate) struct Feed {
    shards: Vec<mpsc::Sender<StreamChanges>>,
}

impl Feed {
    /// A feed of `shards` shards, at least one.
    pub(crate) fn new(shards: usize) -> (Self, Vec<FeedReceiver>) {
        let (senders, receivers) = (0..shards.max(1)).map(|_| mpsc::channel(SHARD_CAPACITY)).unzip();
        (Self { shards: senders }, receivers)
    }

    /// Hands on what was committed. Never waits.
    pub(crate) fn announce(&self, changes: StreamChanges) {
        // The last bytes of a UUID of version 7 are random, the first are the time.
        let key = changes.stream.0.as_u128() as usize;
        if let Some(shard) = self.shards.get(key % self.shards.len())
            && let Err(mpsc::error::TrySendError::Full(lost)) = shard.try_send(changes)
        {
            tracing::warn!(stream = %lost.stream, "the feed is full; readers will catch up from the store");
        }
    }
}
