//! What has come from Redis and waits to be looked at.

use std::sync::Arc;

use bytes::Bytes;
use redis::{PushInfo, PushKind, Value};
use tokio::sync::mpsc;

use crate::budget::{Budget, Held};
use crate::totals::{Counters, count};

/// How many messages wait at most.
const MESSAGES: usize = 100_000;

/// How many bytes wait at most, answers that nobody has taken yet included.
const BYTES: usize = 64 * 1024 * 1024;

/// A message that came.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// The channel or pattern by which it was subscribed to.
    pub(crate) by: Vec<u8>,
    pub(crate) channel: Vec<u8>,
    pub(crate) payload: Bytes,
    pub(crate) held: Held,
}

/// The end that the connection puts messages into. It never waits, because that would hold up what is published:
/// what does not fit is dropped, and counted.
#[derive(Debug, Clone)]
pub(crate) struct Inbox {
    queue: mpsc::Sender<Incoming>,
    budget: Arc<Budget>,
    counters: Arc<Counters>,
}

impl Inbox {
    pub(crate) fn new(counters: Arc<Counters>) -> (Self, mpsc::Receiver<Incoming>) {
        let (queue, receiver) = mpsc::channel(MESSAGES);
        (Self { queue, budget: Budget::new(BYTES), counters }, receiver)
    }

    /// Takes a message. Confirmations of subscriptions and what else Redis says are none.
    pub(crate) fn take(&self, info: PushInfo) {
        let text = |value| match value {
            Value::BulkString(bytes) => Some(bytes),
            _ => None,
        };
        let mut parts = info.data.into_iter().map(text);
        let mut next = || parts.next().flatten();
        let (by, channel, payload) = match info.kind {
            PushKind::Message => {
                let channel = next();
                (channel.clone(), channel, next())
            }
            PushKind::PMessage => (next(), next(), next()),
            _ => return,
        };
        let (Some(by), Some(channel), Some(payload)) = (by, channel, payload) else { return };
        let taken = self.budget.hold(by.len() + channel.len() + payload.len()).is_some_and(|held| {
            self.queue.try_send(Incoming { by, channel, payload: payload.into(), held }).is_ok()
        });
        if !taken && count(&self.counters.overrun) {
            let overrun = self.counters.totals().overrun;
            tracing::warn!(overrun, "messages of other servers are dropped: more come than can be handled");
        }
    }
}
