//! The stream of what happens: requests, failed sign-ins, errors, each an object of JSON under a topic, for whoever listens
//! at the broker. Saying something costs next to nothing and never waits: what nobody takes in time is counted and lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use tokio::sync::mpsc;

use crate::clock::now;

#[cfg(test)]
mod tests;

/// Most entries that wait in this process.
pub const WAITING: usize = 2_048;
/// Most bytes of an entry. What is longer is lost.
pub const ENTRY_BYTES: usize = 8 * 1_024;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// What happens all the time, for who looks for a reason.
    Debug,
    /// What should not have happened.
    Error,
}

impl Topic {
    /// The routing key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Debug => "debug.log",
            Self::Error => "error.log",
        }
    }
}

/// An entry as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) topic: Topic,
    /// An object of JSON.
    pub(crate) body: Vec<u8>,
}

/// Where what happens is said. Clones say it to the same; [`LogStream::default`] says it to nobody.
#[derive(Clone, Debug, Default)]
pub struct LogStream(Option<Sender>);

#[derive(Clone, Debug)]
struct Sender {
    entries: mpsc::Sender<Entry>,
    lost: Arc<AtomicU64>,
}

/// The other end: what was said, and how much of it was lost.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) waiting: mpsc::Receiver<Entry>,
    lost: Arc<AtomicU64>,
}

/// What is said, and when, in milliseconds since 1970: by then it may have waited for a while.
#[derive(Serialize)]
struct Said<'a, T> {
    #[serde(flatten)]
    what: &'a T,
    ts: i64,
}

impl LogStream {
    /// A stream, and what takes its entries.
    pub(crate) fn new() -> (Self, Entries) {
        let (entries, waiting) = mpsc::channel(WAITING);
        let lost = Arc::default();
        (Self(Some(Sender { entries, lost: Arc::clone(&lost) })), Entries { waiting, lost })
    }

    /// Whether anybody is told. That stays as it is.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Says something: an object of JSON in at most [`ENTRY_BYTES`], to which the time is added as `ts`.
    pub fn say(&self, topic: Topic, what: &impl Serialize) {
        let Some(Sender { entries, lost }) = &self.0 else { return };
        let said = || {
            let body = serde_json::to_vec(&Said { what, ts: now().0 }).ok()?;
            let body = Some(body).filter(|body| body.len() <= ENTRY_BYTES)?;
            entries.try_send(Entry { topic, body }).ok()
        };
        if said().is_none() {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Entries {
    /// How many were lost since this was asked last.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}
