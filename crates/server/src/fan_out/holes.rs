//! What did not reach the node: found by the revisions, or by comparing heads, and read from the store.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chinwag_model::{Rev, StreamId};
use tokio::time::Instant;

use super::encode::envelope;
use super::node::Node;

/// A hole is filled from the store if it is still there after this.
const HOLE: Duration = Duration::from_millis(100);
/// The heads of all streams are compared with the store this often, in case something was lost.
const COMPARE_HEADS: Duration = Duration::from_secs(5);
/// The same where that is how a node hears of what other nodes have done: within a second.
const COMPARE_SHARED_HEADS: Duration = Duration::from_millis(600);
/// What could not be read is read again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// Most streams that one question to the store asks about.
const HEADS_AT_ONCE: usize = 5_000;

/// The heads of streams, once the store has answered.
pub(super) type Heads = Pin<Box<dyn Future<Output = Vec<(StreamId, Rev)>> + Send>>;

impl Node {
    /// When the next hole is to be filled, if there is one.
    pub(super) fn next_repair(&self) -> Option<Instant> {
        self.behind.values().min().map(|since| *since + HOLE)
    }

    /// Reads from the store what has been missing for too long, once for everybody here.
    pub(super) async fn repair(&mut self) {
        let now = Instant::now();
        let late = self.behind.iter().filter(|(_, since)| **since + HOLE <= now);
        let late: Vec<StreamId> = late.map(|(id, _)| *id).collect();
        for id in late {
            self.fill(id).await;
        }
    }

    async fn fill(&mut self, id: StreamId) {
        loop {
            let Some(stream) = self.streams.get(&id) else { return };
            let from = stream.rev;
            match self.store.changes(id, from).await {
                Ok(Some(page)) if page.through > from => {
                    self.metrics.holes_filled.inc();
                    match envelope(self.store.epoch(), id, from, page.through, &page.changes) {
                        Ok(envelope) => self.changes(&envelope).await,
                        Err(error) => {
                            tracing::error!(%error, stream = %id, "changes could not be encoded");
                            return;
                        }
                    }
                    if page.through == page.head {
                        return;
                    }
                }
                Ok(_) => {
                    self.behind.remove(&id);
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "missing changes could not be read; it is tried again");
                    self.behind.insert(id, Instant::now() + AGAIN);
                    return;
                }
            }
        }
    }

    /// How often heads are to be compared.
    pub(super) fn compare_every(&self) -> Duration {
        if self.store.is_shared() { COMPARE_SHARED_HEADS } else { COMPARE_HEADS }
    }

    /// Asks the store for the heads of all streams. Deliveries and requests go on meanwhile.
    pub(super) fn ask_for_heads(&self) -> Heads {
        let store = Arc::clone(&self.store);
        let ids: Vec<StreamId> = self.streams.keys().copied().collect();
        Box::pin(async move {
            let mut known = Vec::with_capacity(ids.len());
            for ids in ids.chunks(HEADS_AT_ONCE) {
                match store.heads(ids.to_vec()).await {
                    Ok(heads) => known.extend(ids.iter().copied().zip(heads)),
                    Err(error) => {
                        tracing::warn!(%error, "heads could not be compared; it is tried again");
                        break;
                    }
                }
            }
            known
        })
    }

    /// Finds streams of which something was lost without a trace, or has come from another node.
    pub(super) fn compare_heads(&mut self, heads: Vec<(StreamId, Rev)>) {
        for (id, head) in heads {
            if self.streams.get(&id).is_some_and(|stream| head > stream.rev) {
                // What is on its way arrives within the time after which a hole is filled.
                self.behind.entry(id).or_insert_with(Instant::now);
            }
        }
    }
}
