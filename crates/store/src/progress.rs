//! How far a long piece of work is, and asking it to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Pages are copied from a snapshot of the database, or from a backup; or rows to another database.
    #[default]
    Copying,
    /// SQLite checks the copy, how far that is it does not tell; or what another database has is compared.
    Checking,
    /// The digest of the copy is made; or what was copied is finished.
    Sealing,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// What is being done.
    pub part: Part,
    /// Bytes for which that is done. Where rows are copied, they stand for their share of the whole.
    pub done: u64,
    /// Bytes for which it is to be done; 0 if that is not known.
    pub all: u64,
}

/// Shared by whoever works and whoever looks on. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    at: Mutex<At>,
    stop: AtomicBool,
}

impl Progress {
    /// How far it is now.
    #[must_use]
    pub fn at(&self) -> At {
        *self.0.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the work to stop soon, leaving nothing behind.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it is to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }

    /// Tells how far it is.
    pub(crate) fn is_at(&self, part: Part, done: u64, all: u64) {
        *self.0.at.lock().unwrap_or_else(PoisonError::into_inner) = At { part, done, all };
    }
}
