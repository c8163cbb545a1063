//! Whether the store could be asked lately.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For how long after a failure nobody else is let in to try.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// Remembers that the store could not be asked: while it is away, new clients are better turned away before they have a
/// connection than after it.
pub(crate) struct Outage {
    begun: Instant,
    /// Until when, in milliseconds after that.
    until: AtomicU64,
}

impl Outage {
    /// The store has not failed yet.
    pub(crate) fn none() -> Self {
        Self { begun: Instant::now(), until: AtomicU64::new(0) }
    }

    /// It has failed just now.
    pub(crate) fn note(&self) {
        self.until
            .store(self.now() + u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether it failed a moment ago.
    pub(crate) fn is_on(&self) -> bool {
        self.now() < self.until.load(Ordering::Relaxed)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
