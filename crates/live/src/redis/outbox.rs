//! What is to be published through one server.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

#[cfg(test)]
mod tests;

/// Most envelopes that wait …
const ENVELOPES: usize = 16_384;
/// … and most bytes in them.
const BYTES: usize = 16 * 1024 * 1024;

/// A channel and the envelope for it.
pub(super) type Published = (String, Vec<u8>);

/// A queue with a bound: whoever publishes never waits.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    more: Notify,
    idle: Notify,
}

#[derive(Default)]
struct Waiting {
    envelopes: VecDeque<Published>,
    bytes: usize,
    /// Whether some of it has been taken and has not come to its end.
    is_taken: bool,
}

impl Outbox {
    /// Queues an envelope. Says whether there was room.
    pub(super) fn put(&self, published: Published) -> bool {
        let mut waiting = self.lock();
        let bytes = waiting.bytes + published.1.len();
        if waiting.envelopes.len() >= ENVELOPES || bytes > BYTES {
            return false;
        }
        waiting.bytes = bytes;
        waiting.envelopes.push_back(published);
        drop(waiting);
        self.more.notify_one();
        true
    }

    /// Waits until there is something and takes all of it, but at most `most`.
    pub(super) async fn take(&self, most: usize) -> Vec<Published> {
        loop {
            let taken = self.take_now(most);
            if !taken.is_empty() {
                self.lock().is_taken = true;
                return taken;
            }
            self.more.notified().await;
        }
    }

    /// What was taken last has come to its end.
    pub(super) fn taken_is_done(&self) {
        let mut waiting = self.lock();
        waiting.is_taken = false;
        if waiting.envelopes.is_empty() {
            self.idle.notify_one();
        }
    }

    /// Waits until all has come to its end.
    pub(super) async fn empty(&self) {
        loop {
            {
                let waiting = self.lock();
                if waiting.envelopes.is_empty() && !waiting.is_taken {
                    return;
                }
            }
            self.idle.notified().await;
        }
    }

    /// Empties it, since nobody carries on what was taken either. Says whether there was anything.
    pub(super) fn clear(&self) -> bool {
        let waits = !self.take_now(usize::MAX).is_empty();
        let was_taken = self.lock().is_taken;
        self.taken_is_done();
        waits || was_taken
    }

    fn take_now(&self, most: usize) -> Vec<Published> {
        let mut waiting = self.lock();
        let count = waiting.envelopes.len().min(most);
        let taken: Vec<_> = waiting.envelopes.drain(..count).collect();
        waiting.bytes = waiting.bytes.saturating_sub(taken.iter().map(|(_, envelope)| envelope.len()).sum());
        taken
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
