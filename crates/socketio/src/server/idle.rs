//! Connections that have no request in hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Connections without a request in hand, which are closed when there are too many.
pub(super) struct Idle {
    limit: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    /// The one that has been idle longest is the first. Never more than the limit.
    by_age: BTreeMap<u64, Arc<Notify>>,
}

/// The place of one connection among them.
pub(super) struct Seat {
    idle: Arc<Idle>,
    close: Arc<Notify>,
    /// Its number while it is idle.
    number: Mutex<Option<u64>>,
}

/// A request in hand.
pub(super) struct Busy(Arc<Seat>);

impl Idle {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, waiting: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connection that has been idle longest.
    fn close_oldest(&self) {
        if let Some((_, oldest)) = self.lock().by_age.pop_first() {
            oldest.notify_one();
        }
    }

    fn enter(&self, close: &Arc<Notify>) -> u64 {
        let mut waiting = self.lock();
        let number = waiting.next;
        waiting.next += 1;
        waiting.by_age.insert(number, close.clone());
        let full = waiting.by_age.len() > self.limit;
        drop(waiting);
        if full {
            self.close_oldest();
        }
        number
    }

    fn leave(&self, number: u64) {
        self.lock().by_age.remove(&number);
    }
}

impl Seat {
    /// For a connection that has sent nothing yet.
    pub(super) fn new(idle: &Arc<Idle>) -> Arc<Self> {
        let close = Arc::new(Notify::new());
        let number = Mutex::new(Some(idle.enter(&close)));
        Arc::new(Self { idle: idle.clone(), close, number })
    }

    /// A request has come: the connection is not idle until this is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.leave();
        Busy(self.clone())
    }

    /// Waits until the connection has to make room.
    pub(super) async fn closed(&self) {
        self.close.notified().await;
    }

    fn leave(&self) {
        if let Some(number) = self.number.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.idle.leave(number);
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let number = self.0.idle.enter(&self.0.close);
        *self.0.number.lock().unwrap_or_else(PoisonError::into_inner) = Some(number);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}
