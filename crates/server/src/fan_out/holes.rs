//! What did not reach the node: found by the revisions, or by comparing heads, and read from the store.

use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chinwag_model::{Epoch, Rev, StreamId};
use chinwag_store::{ChangePages, SYNC_STREAMS, Store};
use tokio::time::Instant;

use super::encode::envelope;
use super::node::{Head, Node};
use super::{AGAIN, stream_room};

/// A hole is filled from the store if it is still there after this.
const HOLE: Duration = Duration::from_millis(100);
/// The heads of all streams are compared with the store this often, in case something was lost.
const COMPARE_HEADS: Duration = Duration::from_secs(5);
/// The same while that is how a node hears of what other nodes have done: within a second.
const COMPARE_SHARED_HEADS: Duration = Duration::from_millis(600);
/// Heads are not compared again sooner than this, however much asks for it.
pub(super) const COMPARE_AGAIN: Duration = Duration::from_millis(500);
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

/// A stream's head, and what was known of it when the store was asked.
pub(super) struct Compared {
    head: Head,
    known: Rev,
}

/// What was asked for of streams of which something is missing.
pub(super) struct Missing {
    asked: Vec<AskedFor>,
    /// What was found, and the epoch of that; `None` if the store could not be asked.
    found: Option<(Epoch, ChangePages)>,
    /// The heads of streams of which nothing was found: what was asked for is not there any more, or never was.
    heads: Vec<Head>,
}

/// A stream of which something was asked for.
struct AskedFor {
    id: StreamId,
    after: Rev,
    /// Up to where there was something, as far as was known.
    until: Rev,
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
        if let Entry::Occupied(mut behind) = self.behind.entry(id) {
            if behind.get().until <= rev {
                behind.remove();
            } else {
                // What is missing now is another hole, and may be on its way as well.
                behind.get_mut().due = Instant::now() + HOLE;
            }
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
        let asked = late.into_iter().filter_map(|(id, behind)| {
            Some(AskedFor { id: *id, after: self.streams.get(id)?.rev, until: behind.until })
        });
        let asked: Vec<AskedFor> = asked.take(SYNC_STREAMS).collect();
        let store = Arc::clone(&self.store);
        Some(Box::pin(async move {
            let after = asked.iter().map(|asked| (asked.id, asked.after)).collect();
            let found = store.changes(after).await.inspect_err(|error| {
                tracing::warn!(%error, "missing changes could not be read; it is tried again");
            });
            let found = found.ok();
            let heads = match &found {
                Some((_, pages)) => heads_of_others(&*store, pages).await,
                None => Vec::new(),
            };
            Missing { asked, found, heads }
        }))
    }

    /// Delivers what was found. What there was no room for is still due.
    pub(super) async fn fill(&mut self, missing: Missing) {
        let Missing { asked, found, heads } = missing;
        let Some((epoch, found)) = found else {
            for AskedFor { id, .. } in asked {
                self.look_again(id, AGAIN);
            }
            return;
        };
        for (AskedFor { id, until, .. }, (_, page)) in asked.into_iter().zip(found) {
            // What is known here and what was found must be of one epoch.
            let of = self.streams.get(&id).map(|stream| stream.epoch);
            let Some(page) = page.filter(|_| of == Some(epoch)) else {
                self.passes_over(id, &heads);
                self.look_again(id, AGAIN);
                continue;
            };
            let moves = page.through > page.from;
            if moves {
                match envelope(epoch, id, page.from, page.through, &page.changes) {
                    Ok(envelope) => {
                        self.metrics.holes_filled.inc();
                        self.flush(id, Some(Arc::new(envelope))).await;
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
                self.look_again(id, if moves { Duration::ZERO } else { AGAIN });
            } else if until > page.head {
                // What is told was committed before, so somebody told what never was.
                tracing::warn!(stream = %id, %until, head = %page.head, "changes that there are not are passed over");
                self.waiting.forget(id);
                self.behind.remove(&id);
            } else {
                // Something later may have come while this was read.
                self.look_again(id, HOLE);
            }
        }
    }

    /// What follows upon what a node has of a stream may have been removed: the room does not keep it any longer, and the node
    /// has stood still for as long as that. It begins at the head; who is here asks for what they missed.
    fn passes_over(&mut self, id: StreamId, heads: &[Head]) {
        let Some(head) = heads.iter().find(|head| head.id == id) else { return };
        let known = self.streams.get(&id);
        if known.is_some_and(|stream| stream.epoch == head.epoch && stream.rev < head.rev) {
            tracing::warn!(stream = %id, head = %head.rev, "changes that were removed are passed over");
            self.begin_anew(head);
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
    pub(super) fn ask_for_heads(&self) -> Asked<Vec<Compared>> {
        let store = Arc::clone(&self.store);
        let streams: Vec<(StreamId, Rev)> =
            self.streams.iter().map(|(id, stream)| (*id, stream.rev)).collect();
        Some(Box::pin(async move {
            let mut compared = Vec::with_capacity(streams.len());
            for streams in streams.chunks(HEADS_AT_ONCE) {
                match store.heads(streams.iter().map(|(id, _)| *id).collect()).await {
                    Ok((epoch, heads)) => {
                        compared.extend(streams.iter().zip(heads).map(|((id, known), rev)| Compared {
                            head: Head { id: *id, epoch, rev },
                            known: *known,
                        }));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "heads could not be compared; it is tried again");
                        break;
                    }
                }
            }
            compared
        }))
    }

    /// Finds streams of which something was lost without a trace, or has come from another node.
    pub(super) fn compare_heads(&mut self, compared: Vec<Compared>) {
        let epoch = self.store.epoch();
        for Compared { head, known } in compared {
            let Some(stream) = self.streams.get(&head.id) else { continue };
            if head.epoch != stream.epoch {
                // Another may have begun since the store was asked.
                if head.epoch == epoch {
                    self.begin_anew(&head);
                }
            } else if head.rev < known {
                // What is told was committed before, so somebody told what never was.
                tracing::warn!(stream = %head.id, %known, head = %head.rev, "a stream was beyond its head");
                self.begin_anew(&head);
            } else if head.rev > stream.rev {
                // What is on its way arrives within the time after which a hole is filled.
                self.misses(head.id, head.rev);
            }
        }
    }

    /// A stream's revisions are others than those that were known: mostly another epoch has begun. Whoever is here already is
    /// told where the stream stands, and asks for what they missed. What was passed over may have said who left and who came.
    fn begin_anew(&mut self, head: &Head) {
        if let Some(stream) = self.streams.get_mut(&head.id) {
            (stream.epoch, stream.rev) = (head.epoch, head.rev);
        }
        self.behind.remove(&head.id);
        self.waiting.forget(head.id);
        self.mark(head.id, stream_room(head.id));
        // What was told since the head was read.
        self.misses(head.id, head.rev);
        self.is_to_read(head.id.as_user());
    }
}

/// The heads of those streams of which there is no page.
async fn heads_of_others(store: &dyn Store, pages: &ChangePages) -> Vec<Head> {
    let others: Vec<StreamId> = pages.iter().filter(|(_, page)| page.is_none()).map(|(id, _)| *id).collect();
    if others.is_empty() {
        return Vec::new();
    }
    match store.heads(others.clone()).await {
        Ok((epoch, heads)) => {
            others.into_iter().zip(heads).map(|(id, rev)| Head { id, epoch, rev }).collect()
        }
        // They are still missing, and asked for again.
        Err(_) => Vec::new(),
    }
}
