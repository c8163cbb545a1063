//! Joining what waits for one stream: nodes that post to one room each tell of their own part, and parts that follow upon each
//! other go out as one frame, as they would if one node had told of all of it.

use std::collections::HashMap;
use std::sync::Arc;

use chinwag_live::{Delivery, Envelope};
use chinwag_model::StreamId;

use super::encode;
use super::publish::{BYTES, CHANGES};

#[cfg(test)]
mod tests;

/// What is to be delivered for what waits, in the order in which it begins. Nothing overtakes what says more than that
/// something was added: who left, whose rooms changed, whose session ended.
pub(super) fn joined(waiting: impl Iterator<Item = Delivery>) -> Vec<Delivery> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut open: HashMap<StreamId, usize> = HashMap::new();
    for delivery in waiting {
        let Delivery::Changes(envelope) = delivery else {
            open.clear();
            frames.push(Frame::Other(delivery));
            continue;
        };
        let plain = envelope.left.is_empty() && !envelope.moved;
        if !plain {
            open.clear();
        }
        let known = open.get(&envelope.stream).and_then(|place| frames.get_mut(*place));
        match known {
            Some(Frame::Changes(parts)) if follows(parts, &envelope) => parts.push(envelope),
            _ => {
                if plain {
                    open.insert(envelope.stream, frames.len());
                }
                frames.push(Frame::Changes(vec![envelope]));
            }
        }
    }
    let mut deliveries = Vec::with_capacity(frames.len());
    for frame in frames {
        match frame {
            Frame::Other(delivery) => deliveries.push(delivery),
            Frame::Changes(parts) => deliveries.extend(whole(parts).into_iter().map(Delivery::Changes)),
        }
    }
    deliveries
}

enum Frame {
    /// Parts that follow upon each other.
    Changes(Vec<Arc<Envelope>>),
    Other(Delivery),
}

/// Whether an envelope goes on where these end, and there is room for it.
fn follows(parts: &[Arc<Envelope>], envelope: &Envelope) -> bool {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let bytes: usize = parts.iter().map(|part| part.payload.len()).sum();
    // Each revision is one change.
    let changes = envelope.through.0.saturating_sub(first.from.0);
    let fits = changes <= CHANGES as u64 && bytes + envelope.payload.len() <= BYTES;
    last.through == envelope.from && last.epoch == envelope.epoch && fits
}

/// One envelope of all parts. What cannot be read stays as it is, and whoever delivers it says so.
fn whole(parts: Vec<Arc<Envelope>>) -> Vec<Arc<Envelope>> {
    if parts.len() < 2 {
        return parts;
    }
    match encode::join(&parts) {
        Ok(Some(envelope)) => vec![Arc::new(envelope)],
        Ok(None) | Err(_) => parts,
    }
}
