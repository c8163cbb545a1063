//! Publishers: each takes one shard of the store's feed, makes one frame of what waits for one stream, encodes it once and
//! hands it to `live`.

use std::collections::HashMap;
use std::sync::Arc;

use chinwag_live::{Delivery, Live};
use chinwag_model::change::State;
use chinwag_model::{Body, Change, Epoch, Message, Rev, StreamId};
use chinwag_store::feed::{FeedReceiver, StreamChanges};

use super::encode::envelope;
use crate::metrics::Metrics;

#[cfg(test)]
mod tests;

/// How much of the feed is taken at once. Under load, everything that waits for one stream becomes one frame.
const AT_ONCE: usize = 256;
/// Most changes in one frame …
pub(super) const CHANGES: usize = 100;
/// … and about how many bytes: well below what may wait for a socket.
pub(super) const BYTES: usize = 256 * 1024;

/// Publishes until the feed ends.
pub(crate) async fn publish(mut feed: FeedReceiver, live: Arc<dyn Live>, metrics: Metrics) {
    let mut waiting = Vec::with_capacity(AT_ONCE);
    while feed.recv_many(&mut waiting, AT_ONCE).await > 0 {
        for joined in frames(waiting.drain(..)) {
            metrics.changes_published.inc_by(joined.changes.len() as u64);
            let through = joined.through();
            match envelope(joined.epoch, joined.stream, joined.from, through, &joined.changes) {
                Ok(envelope) => {
                    metrics.frames_bytes.inc_by(envelope.payload.len() as u64);
                    if let Err(error) = live.publish(Delivery::Changes(Arc::new(envelope))).await {
                        tracing::warn!(%error, "changes could not be published; nodes will read the store");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, stream = %joined.stream, "changes could not be encoded");
                }
            }
        }
    }
}

/// Makes frames of what waits: what follows upon each other in one stream is joined, and what is too much for one frame is
/// divided. Frames come in the order in which they are begun.
fn frames(waiting: impl Iterator<Item = StreamChanges>) -> Vec<StreamChanges> {
    let mut frames: Vec<StreamChanges> = Vec::new();
    let mut open: HashMap<StreamId, Open> = HashMap::new();
    for StreamChanges { stream, epoch, mut from, changes } in waiting {
        for change in changes {
            let (rev, size) = (change.rev, size(&change));
            let known = open.get_mut(&stream).filter(|frame| frame.takes(epoch, from, size));
            match known.and_then(|frame| frame.add(rev, size, &mut frames)) {
                Some(frame) => frame.changes.push(change),
                None => {
                    let place = frames.len();
                    open.insert(stream, Open { place, epoch, through: rev, changes: 1, bytes: size });
                    frames.push(StreamChanges { stream, epoch, from, changes: vec![change] });
                }
            }
            from = rev;
        }
    }
    frames
}

/// A frame that may take more.
struct Open {
    place: usize,
    epoch: Epoch,
    through: Rev,
    changes: usize,
    bytes: usize,
}

impl Open {
    /// Whether a change of this size that follows upon `from` in this epoch fits.
    fn takes(&self, epoch: Epoch, from: Rev, size: usize) -> bool {
        (self.epoch, self.through) == (epoch, from) && self.changes < CHANGES && self.bytes + size <= BYTES
    }

    /// Counts a change, and answers the frame that it goes to.
    fn add<'a>(
        &mut self,
        rev: Rev,
        size: usize,
        frames: &'a mut [StreamChanges],
    ) -> Option<&'a mut StreamChanges> {
        self.through = rev;
        self.changes += 1;
        self.bytes += size;
        frames.get_mut(self.place)
    }
}

/// About how many bytes a change takes in a frame.
fn size(change: &Change) -> usize {
    const ROOM: usize = 250;
    match &change.state {
        State::Message(Message { body: Body::Text { text, .. }, .. }) => ROOM + text.len(),
        _ => ROOM,
    }
}
