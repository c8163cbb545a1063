//! Publishers: each takes one shard of the store's feed, joins what waits for one stream, encodes it once and hands it to
//! `live`.

use std::collections::HashMap;
use std::sync::Arc;

use chinwag_live::{Delivery, Live};
use chinwag_model::{Epoch, StreamId};
use chinwag_store::feed::{FeedReceiver, StreamChanges};

use super::encode::envelope;
use crate::metrics::Metrics;

#[cfg(test)]
mod tests;

/// How much of the feed is taken at once. Under load, everything that waits for one stream becomes one frame.
const AT_ONCE: usize = 256;
/// Most changes in one frame, so that it stays well below what a client takes.
const CHANGES: usize = 100;

/// Publishes until the feed ends.
pub(crate) async fn publish(mut feed: FeedReceiver, live: Arc<dyn Live>, epoch: Epoch, metrics: Metrics) {
    let mut waiting = Vec::with_capacity(AT_ONCE);
    while feed.recv_many(&mut waiting, AT_ONCE).await > 0 {
        for joined in join(waiting.drain(..)) {
            metrics.changes_published.inc_by(joined.changes.len() as u64);
            let through = joined.through();
            match envelope(epoch, joined.stream, joined.from, through, &joined.changes) {
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

/// Joins what follows upon each other in one stream, in the order in which the streams first appear.
fn join(waiting: impl Iterator<Item = StreamChanges>) -> Vec<StreamChanges> {
    let mut joined: Vec<StreamChanges> = Vec::new();
    let mut last: HashMap<StreamId, usize> = HashMap::new();
    for changes in waiting {
        let before = last.get(&changes.stream).and_then(|&place| joined.get_mut(place));
        match before {
            Some(before)
                if before.through() == changes.from
                    && before.changes.len() + changes.changes.len() <= CHANGES =>
            {
                before.changes.extend(changes.changes);
            }
            _ => {
                last.insert(changes.stream, joined.len());
                joined.push(changes);
            }
        }
    }
    joined
}
