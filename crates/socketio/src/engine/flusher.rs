//! Writes what waits at many connections.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use super::Engine;
use super::conn::Conn;

/// How many connections are written to before others get their turn.
const SLICE: usize = 128;

/// Connections that something waits at, and the task that writes it.
#[derive(Default)]
pub(crate) struct Flusher {
    dirty: Mutex<Vec<Arc<Conn>>>,
    some: Notify,
}

impl Flusher {
    pub(super) fn add(&self, mut conns: Vec<Arc<Conn>>) {
        let mut dirty = self.dirty.lock().unwrap_or_else(PoisonError::into_inner);
        if dirty.is_empty() {
            *dirty = conns;
            drop(dirty);
            self.wake();
        } else {
            // It has been woken.
            dirty.append(&mut conns);
        }
    }

    pub(super) fn add_one(&self, conn: Arc<Conn>) {
        let mut dirty = self.dirty.lock().unwrap_or_else(PoisonError::into_inner);
        let first = dirty.is_empty();
        dirty.push(conn);
        drop(dirty);
        if first {
            self.wake();
        }
    }

    pub(super) fn wake(&self) {
        self.some.notify_one();
    }

    /// Ends with the engine.
    pub(super) async fn run(self: Arc<Self>, engine: Weak<Engine>) {
        loop {
            self.some.notified().await;
            // All tasks that are ready run first, and may add to what is written below: so a message that is alone
            // is written at once, and many that come together are written together.
            tokio::task::yield_now().await;
            let dirty = std::mem::take(&mut *self.dirty.lock().unwrap_or_else(PoisonError::into_inner));
            if dirty.is_empty() && engine.strong_count() == 0 {
                return;
            }
            for (number, conn) in dirty.into_iter().enumerate() {
                if number % SLICE == SLICE - 1 {
                    tokio::task::yield_now().await;
                }
                conn.flush();
            }
        }
    }
}
