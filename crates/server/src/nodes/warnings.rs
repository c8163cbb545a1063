//! Warnings that strangers can cause as often as they like, written now and then.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often at most one of a kind is written.
const EVERY: Duration = Duration::from_secs(60);

/// When a warning of one kind was last written.
#[derive(Default)]
pub(super) struct Warnings(Mutex<Option<Instant>>);

impl Warnings {
    /// Whether one may be written now. The next one may be in a minute.
    pub(super) fn is_due(&self) -> bool {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = written.is_none_or(|written| written.elapsed() >= EVERY);
        if due {
            *written = Some(Instant::now());
        }
        due
    }
}
