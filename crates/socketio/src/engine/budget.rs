//! What all outboxes of a server may hold together.
//!
//! What is counted is memory: a broadcast that waits at ten thousand connections counts once, since they refer to the
//! same bytes. Small things are counted roughly, so that queueing a packet seldom touches a number that all share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, Weak};

use bytes::Bytes;
use tokio::sync::Notify;

use super::Engine;
use super::conn::Conn;
use super::counts::{Count, Counts};

/// How many bytes of its own an outbox may hold or give back before that is counted.
pub(super) const UNIT: usize = 1024;

/// Of those who are behind, how many are ended before it is looked again whether that was enough: one in so many.
const SHARE: usize = 16;

/// Bytes that wait to be sent.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    used: AtomicUsize,
    counts: Arc<Counts>,
    over: Notify,
}

/// Bytes that several outboxes refer to.
struct Counted {
    bytes: Bytes,
    budget: Arc<Budget>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes.len());
    }
}

impl Budget {
    pub(super) fn new(limit: usize, counts: Arc<Counts>) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0), counts, over: Notify::new() })
    }

    pub(super) fn take(&self, bytes: usize) {
        if self.used.fetch_add(bytes, Ordering::Relaxed) + bytes > self.limit {
            self.over.notify_one();
        }
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts these bytes until nobody refers to them any more.
    pub(crate) fn count(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        self.take(bytes.len());
        Bytes::from_owner(Counted { bytes, budget: self.clone() })
    }

    /// So many bytes have been written to a client.
    pub(super) fn sent(&self, bytes: usize) {
        self.counts.add(Count::BytesOut, bytes as u64);
    }

    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// So much more is used than there should be that not even what is queued next can wait until somebody was ended.
    pub(super) fn is_exhausted(&self) -> bool {
        self.used() > self.limit.saturating_add(self.limit / 4)
    }

    /// From here on down nobody is ended any more.
    fn enough(&self) -> usize {
        self.limit - self.limit / 8
    }

    pub(super) fn wake(&self) {
        self.over.notify_one();
    }
}

/// Ends those who are furthest behind whenever all together are over the limit, until the engine is gone.
pub(super) async fn run(engine: Weak<Engine>, budget: Arc<Budget>) {
    loop {
        budget.over.notified().await;
        let Some(engine) = engine.upgrade() else { return };
        while budget.used() > budget.enough() {
            let all = engine.registry.lock().unwrap_or_else(PoisonError::into_inner).all();
            // Who has been ended holds what was begun until it is written. There is no more time for that.
            if all.iter().filter(|conn| conn.cut()).count() > 0 {
                continue;
            }
            let mut behind = behind(all);
            if behind.is_empty() {
                break;
            }
            // The largest first, without sorting all.
            let some = behind.len().div_ceil(SHARE);
            behind.select_nth_unstable_by(some - 1, |(one, _), (other, _)| other.cmp(one));
            for (_, conn) in behind.into_iter().take(some) {
                conn.end_slow();
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Those at whom something waits, with how much.
fn behind(all: Vec<Arc<Conn>>) -> Vec<(usize, Arc<Conn>)> {
    all.into_iter().map(|conn| (conn.waiting(), conn)).filter(|(waiting, _)| *waiting > 0).collect()
}
