//! What an adapter counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was counted since the adapter was made, for metrics.
///
/// ```no_run
/// # fn f(adapter: &chinwag_socketio_redis::RedisAdapter) {
/// println!("socketio_redis_unsent_total {}", adapter.totals().unsent);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Messages that Redis took.
    pub published: u64,
    /// Messages that came from others, those of this server itself not counted.
    pub received: u64,
    /// Messages that the others do not get: there was no room for them while Redis was away or slow, they were volatile, or
    /// Redis was lost or refused while they were being sent.
    pub unsent: u64,
    /// Messages that came and were dropped, because too many others waited.
    pub overrun: u64,
    /// Messages that were not understood.
    pub malformed: u64,
    /// How often Redis was found, for the first time or again.
    pub connected: u64,
}

/// The counters themselves.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) published: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) unsent: AtomicU64,
    pub(crate) overrun: AtomicU64,
    pub(crate) malformed: AtomicU64,
    pub(crate) connected: AtomicU64,
}

/// One more. Returns whether this is a power of two: often enough to tell of something that may happen very often.
pub(crate) fn count(counter: &AtomicU64) -> bool {
    (counter.fetch_add(1, Ordering::Relaxed) + 1).is_power_of_two()
}

impl Counters {
    pub(crate) fn totals(&self) -> Totals {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Totals {
            published: read(&self.published),
            received: read(&self.received),
            unsent: read(&self.unsent),
            overrun: read(&self.overrun),
            malformed: read(&self.malformed),
            connected: read(&self.connected),
        }
    }
}
