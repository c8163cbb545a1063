//! How far it is, in rows, told in bytes of the database that they come from: what rows weigh there nobody knows one by
//! one, and how many there are says little.

use crate::progress::{Part, Progress};

/// Tells how far it is.
pub(super) struct Gauge {
    progress: Progress,
    part: Part,
    bytes: u64,
    all: u64,
    done: u64,
}

impl Gauge {
    /// Of so many rows, which have so many bytes, nothing is done yet.
    pub(super) fn new(progress: &Progress, part: Part, bytes: u64, all: u64) -> Self {
        let gauge = Self { progress: progress.clone(), part, bytes, all, done: 0 };
        gauge.tell();
        gauge
    }

    /// It is done for some more.
    pub(super) fn add(&mut self, rows: u64) {
        self.done += rows;
        self.tell();
    }

    fn tell(&self) {
        let share = u128::from(self.bytes) * u128::from(self.done) / u128::from(self.all.max(1));
        self.progress.is_at(self.part, u64::try_from(share).unwrap_or(u64::MAX), self.bytes);
    }
}
