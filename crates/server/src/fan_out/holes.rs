//! What did not reach the node: found by the revisions, or by comparing heads, and read from the store.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chinwag_model::{Epoch, Rev, StreamId};
use chinwag_store::{ChangePages, SYNC_STREAMS};
use tokio::time::Instant;

use super::early::Early;
use super::encode::envelope;
use super::node::Node;
use super::stream_room;

/// A hole is filled from the store if it is still there after this.
const HOLE: Duration = Duration::from_millis(100);
/// The heads of all streams are compared with the store this often, in case something was lost.
const COMPARE_HEADS: Duration = Duration::from_secs(5);
/// The same while that is how a node hears of what other nodes have done: within a second.
const COMPARE_SHARED_HEADS: Duration = Duration::from_millis(600);
/// What could not be read is read again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// Most streams that one question to the store asks about.
const HEADS_AT_ONCE: usize = 5_000;

/// A question to the store, if one was asked, whose answer comes while the node goes on.
pub(super) type Asked<T> = Option<Pin<Box<dyn Future<Output = T> + Send>>>;

/// What is missing of a stream.
pub(super) struct Behind {
    /// When it is to be read.
    due: Instant,
    /// Up to where there is something, as far as is known.
    until: Rev,
}

/// The heads of streams in an epoch.
pub(super) struct Heads {
    epoch: Epoch,
    heads: Vec<(StreamId, Rev)>,
    /// Of all that were asked for.
    complete: bool,
}

/// How far heads were compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    All,
    /// Another epoch has begun, and the heads of some streams are not known: the store was away again, or they are followed
    /// since the heads were asked for.
    InPart,
}

/// When heads are compared again after that: sooner than otherwise, and not as fast as a store that is away can say so.
pub(super) const IN_PART_AGAIN: Duration = Duration::from_millis(500);

/// What was asked for of streams of which something is missing, each after a revision.
pub(super) struct Missing {
    after: Vec<(StreamId, Rev)>,
    /// What was found, and the epoch of that; `None` if the store could not be asked.
    found: Option<(Epoch, ChangePages)>,
}

impl Node {
    /// Something is missing of a stream, in which there is something up to `until`.
    pub(super) fn misses(&mut self, id: StreamId, until: Rev) {
        let behind = self.behind.entry(id);
        let behind = behind.or_insert_with(|| Behind { due: Instant::now() + HOLE, until });
        behind.until = behind.until.max(until);
    }

    /// A stream is delivered up to `rev`.
    pub(super) fn has_up_to(&mut self, id: StreamId, rev: Rev) {
        if self.behind.get(&id).is_some_and(|behind| behind.until <= rev) {
            self.behind.remove(&id);
        }
    }

    /// When the next hole is to be filled, if there is one.
    pub(super) fn next_repair(&self) -> Option<Instant> {
        self.behind.values().map(|behind| behind.due).min()
    }

    /// Asks the store for what has been missing for too long, once for everybody here. Deliveries and requests go on
    /// meanwhile.
    pub(super) fn ask_for_missing(&self) -> Asked<Missing> {
        let now = Instant::now();
        let mut late: Vec<_> = self.behind.iter().filter(|(_, behind)| behind.due <= now).collect();
        // There may not be room for all of them, and each has its turn.
        late.sort_unstable_by_key(|(_, behind)| behind.due);
        let after = late.into_iter().filter_map(|(id, _)| Some((*id, self.streams.get(id)?.rev)));
        let after: Vec<(StreamId, Rev)> = after.take(SYNC_STREAMS).collect();
        let store = Arc::clone(&self.store);
        Some(Box::pin(async move {
            let found = store.changes(after.clone()).await.inspect_err(|error| {
                tracing::warn!(%error, "missing changes could not be read; it is tried again");
            });
            Missing { after, found: found.ok() }
        }))
    }

    /// Delivers what was found. What there was no room for is still due.
    pub(super) async fn fill(&mut self, missing: Missing) {
        let Missing { after, found } = missing;
        // What is known here and what was found must be of one epoch.
        let Some((epoch, found)) = found.filter(|(epoch, _)| *epoch == self.epoch) else {
            for (id, _) in after {
                self.look_again(id, AGAIN);
            }
            return;
        };
        for (id, page) in found {
            let Some(page) = page else {
                self.look_again(id, AGAIN);
                continue;
            };
            if page.through > page.from {
                match envelope(epoch, id, page.from, page.through, &page.changes) {
                    Ok(envelope) => {
                        self.metrics.holes_filled.inc();
                        self.changes(Arc::new(envelope)).await;
                    }
                    Err(error) => {
                        tracing::error!(%error, stream = %id, "changes could not be encoded");
                        self.look_again(id, AGAIN);
                        continue;
                    }
                }
            }
            if page.through < page.head && self.streams.contains_key(&id) {
                self.misses(id, page.head);
                self.look_again(id, Duration::ZERO);
            } else {
                // Something later may have come while this was read.
                self.look_again(id, HOLE);
            }
        }
    }

    /// If something is still missing of a stream, it is read after that time.
    fn look_again(&mut self, id: StreamId, after: Duration) {
        let known = self.streams.get(&id).map(|stream| stream.rev);
        if let Some(known) = known {
            self.has_up_to(id, known);
        }
        if let Some(behind) = self.behind.get_mut(&id) {
            behind.due = Instant::now() + after;
        }
    }

    /// How often heads are to be compared.
    pub(super) fn compare_every(&self) -> Duration {
        let others = self.store.is_shared() && *self.suspect.borrow();
        if others { COMPARE_SHARED_HEADS } else { COMPARE_HEADS }
    }

    /// Asks the store for the heads of all streams. Deliveries and requests go on meanwhile.
    pub(super) fn ask_for_heads(&self) -> Asked<Heads> {
        let store = Arc::clone(&self.store);
        let ids: Vec<StreamId> = self.streams.keys().copied().collect();
        Some(Box::pin(async move {
            let (mut epoch, mut complete) = (None, true);
            let mut heads = Vec::with_capacity(ids.len());
            for ids in ids.chunks(HEADS_AT_ONCE) {
                match store.heads(ids.to_vec()).await {
                    Ok((of, found)) if epoch.is_none_or(|epoch| epoch == of) => {
                        epoch = Some(of);
                        heads.extend(ids.iter().copied().zip(found));
                    }
                    // The rest is asked for with the next.
                    Ok(_) => {
                        complete = false;
                        break;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "heads could not be compared; it is tried again");
                        complete = false;
                        break;
                    }
                }
            }
            Heads { epoch: epoch.unwrap_or_else(|| store.epoch()), heads, complete }
        }))
    }

    /// Finds streams of which something was lost without a trace, or has come from another node.
    pub(super) fn compare_heads(&mut self, known: Heads) -> Compared {
        let Heads { epoch, heads, complete } = known;
        if epoch != self.store.epoch() {
            return Compared::All;
        }
        // A new epoch begins with the heads of all.
        if epoch != self.epoch && !complete {
            return Compared::InPart;
        }
        let compared = if epoch == self.epoch { Compared::All } else { self.begin_anew(epoch, &heads) };
        for (id, head) in heads {
            if self.streams.get(&id).is_some_and(|stream| head > stream.rev) {
                // What is on its way arrives within the time after which a hole is filled.
                self.misses(id, head);
            }
        }
        compared
    }

    /// Another epoch has begun: revisions that were known may be of something else now. Whoever is here already, having
    /// come in the meantime, is told where each stream stands, and asks for what they missed.
    fn begin_anew(&mut self, epoch: Epoch, heads: &[(StreamId, Rev)]) -> Compared {
        for (id, head) in heads {
            if let Some(stream) = self.streams.get_mut(id) {
                stream.rev = *head;
                self.behind.remove(id);
                self.mark(*id, stream_room(*id));
            }
        }
        // What is early is of the epoch before.
        self.early = Early::default();
        // Those that are not among them were asked for too late, and are at the next time.
        let asked: HashSet<StreamId> = heads.iter().map(|(id, _)| *id).collect();
        if self.streams.keys().all(|id| asked.contains(id)) {
            self.epoch = epoch;
            Compared::All
        } else {
            Compared::InPart
        }
    }
}
