//! What waits to be published.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::budget::{Budget, Held};
use crate::totals::{Counters, count};
use crate::wire::MAX_MESSAGE;

/// How many messages wait at most. Redis takes this many within a second.
const MESSAGES: usize = 100_000;

/// How many bytes wait at most.
const BYTES: usize = 64 * 1024 * 1024;

/// A message to be published.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) channel: String,
    pub(crate) payload: Vec<u8>,
    /// If others are to answer it: they are counted then.
    pub(crate) asking: Option<Asking>,
    held: Held,
}

/// A request that is to be answered.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) id: String,
    pub(crate) namespace: String,
}

impl Outgoing {
    pub(crate) fn bytes(&self) -> usize {
        self.held.bytes()
    }
}

/// The end that is sent into. It never waits: what does not fit is dropped, and counted.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    budget: Arc<Budget>,
    counters: Arc<Counters>,
}

impl Outbox {
    pub(crate) fn new(counters: Arc<Counters>) -> (Self, mpsc::Receiver<Outgoing>) {
        let (queue, receiver) = mpsc::channel(MESSAGES);
        (Self { queue, budget: Budget::new(BYTES), counters }, receiver)
    }

    /// Queues a message. `false`: there is no room for it.
    pub(crate) fn send(&self, channel: String, payload: Vec<u8>, asking: Option<Asking>) -> bool {
        // Others would not read what is longer, and Redis might close the connection over it.
        let fits = payload.len() <= MAX_MESSAGE;
        let sent = fits
            && self
                .budget
                .hold(channel.len() + payload.len())
                .is_some_and(|held| self.queue.try_send(Outgoing { channel, payload, asking, held }).is_ok());
        if !sent {
            self.drop_one();
        }
        sent
    }

    /// Counts a message that the others do not get.
    pub(crate) fn drop_one(&self) {
        if count(&self.counters.unsent) {
            let unsent = self.counters.totals().unsent;
            tracing::warn!(unsent, "other servers miss messages: Redis is away or too slow");
        }
    }
}
