//! The order in which the feed tells what was committed.
//!
//! The database gives revisions of a stream to one transaction after the other, but the news that they were committed
//! may come in any order. So each transaction takes its place here while it still holds the stream's lock, and is told of
//! when all before it have ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chinwag_model::StreamId;

use crate::feed::{Feed, StreamChanges};

#[cfg(test)]
mod tests;

/// Who waits for whom.
pub(super) struct Sequence {
    feed: Feed,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    streams: HashMap<StreamId, VecDeque<Place>>,
}

/// One transaction's place at one stream.
struct Place {
    transaction: u64,
    /// It was committed.
    done: bool,
    changes: StreamChanges,
}

impl Sequence {
    /// For this feed.
    pub(super) fn new(feed: Feed) -> Arc<Self> {
        Arc::new(Self { feed, waiting: Mutex::default() })
    }

    /// Takes a place for what a transaction has changed; to be asked for before its commit, while it holds the locks of
    /// these streams.
    pub(super) fn take_places(self: &Arc<Self>, changes: Vec<StreamChanges>) -> Places {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = waiting.next;
        waiting.next += 1;
        let mut streams = Vec::with_capacity(changes.len());
        for changes in changes {
            streams.push(changes.stream);
            let places = waiting.streams.entry(changes.stream).or_default();
            places.push_back(Place { transaction, done: false, changes });
        }
        Places { sequence: Arc::clone(self), transaction, streams }
    }

    /// A transaction has ended: tells of it, and of those behind it, as far as nobody before them is still waited for.
    fn end(&self, transaction: u64, streams: &[StreamId], committed: bool) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams {
            let Some(places) = waiting.streams.get_mut(stream) else { continue };
            if committed {
                if let Some(place) = places.iter_mut().find(|place| place.transaction == transaction) {
                    place.done = true;
                }
            } else {
                places.retain(|place| place.transaction != transaction);
            }
            while let Some(place) = places.pop_front() {
                if !place.done {
                    places.push_front(place);
                    break;
                }
                self.feed.announce(place.changes);
            }
            if places.is_empty() {
                waiting.streams.remove(stream);
            }
        }
    }
}

/// The places of one transaction. Dropped, they are given up: it was not committed, or nobody knows. What nobody hears
/// of is found by comparing heads.
pub(super) struct Places {
    sequence: Arc<Sequence>,
    transaction: u64,
    streams: Vec<StreamId>,
}

impl Places {
    /// It was committed.
    pub(super) fn tell(mut self) {
        self.sequence.end(self.transaction, &std::mem::take(&mut self.streams), true);
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        if !self.streams.is_empty() {
            self.sequence.end(self.transaction, &self.streams, false);
        }
    }
}
