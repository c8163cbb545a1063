//! How long to wait before Redis is tried again.

use std::time::Duration;

/// The longest first wait.
const FIRST: Duration = Duration::from_millis(100);

/// The longest wait of all. Redis that is back is found within this.
const LONGEST: Duration = Duration::from_secs(5);

/// Waits that grow, and of which each is anywhere between half and all of its length, so that the servers of a cluster
/// do not all come back in the same moment.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: FIRST }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let longest = self.next;
        self.next = (longest * 2).min(LONGEST);
        // Without randomness it is the middle.
        let random = getrandom::u32().unwrap_or(u32::MAX / 2);
        longest / 2 + (longest / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
