//! What did not reach the node: found by the revisions, or by comparing heads, and read from the store.

use std::time::Duration;

use chinwag_model::StreamId;
use tokio::time::Instant;

use super::encode::envelope;
use super::node::Node;

/// A hole is filled from the store if it is still there after this.
const HOLE: Duration = Duration::from_millis(100);
/// The heads of all streams are compared with the store this often.
pub(super) const COMPARE_HEADS: Duration = Duration::from_secs(5);
/// Most streams that one question to the store asks about.
const HEADS_AT_ONCE: usize = 5_000;

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
                    self.behind.insert(id, Instant::now() + COMPARE_HEADS);
                    return;
                }
            }
        }
    }

    /// Finds streams of which something was lost without a trace.
    pub(super) async fn compare_heads(&mut self) {
        let ids: Vec<StreamId> = self.streams.keys().copied().collect();
        for ids in ids.chunks(HEADS_AT_ONCE) {
            let heads = match self.store.heads(ids.to_vec()).await {
                Ok(heads) => heads,
                Err(error) => {
                    tracing::warn!(%error, "heads could not be compared; it is tried again");
                    return;
                }
            };
            for (id, head) in ids.iter().zip(heads) {
                if self.streams.get(id).is_some_and(|stream| head > stream.rev) {
                    // What is on its way arrives within the time after which a hole is filled.
                    self.behind.entry(*id).or_insert_with(Instant::now);
                }
            }
        }
    }
}
