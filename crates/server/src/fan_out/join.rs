//! Joining what waits for one stream: parts that follow upon each other go out as one frame, as they would if the store had
//! told of all of it at once.

use std::sync::Arc;

use chinwag_live::Envelope;

use super::encode;
use super::publish::{BYTES, CHANGES};

#[cfg(test)]
mod tests;

/// The frames that are to be delivered for envelopes of one stream, in their order.
pub(super) fn joined(envelopes: Vec<Arc<Envelope>>) -> Vec<Arc<Envelope>> {
    let mut frames: Vec<Frame> = Vec::new();
    for envelope in envelopes {
        match frames.last_mut().filter(|frame| frame.takes(&envelope)) {
            Some(frame) => frame.more.push(envelope),
            None => frames.push(Frame { first: envelope, more: Vec::new() }),
        }
    }
    frames.into_iter().flat_map(Frame::whole).collect()
}

/// Envelopes that follow upon each other.
struct Frame {
    first: Arc<Envelope>,
    more: Vec<Arc<Envelope>>,
}

impl Frame {
    /// Whether an envelope goes on where these end, and there is room for it.
    fn takes(&self, envelope: &Envelope) -> bool {
        let last = self.more.last().unwrap_or(&self.first);
        let bytes: usize = self.more.iter().map(|part| part.payload.len()).sum();
        let bytes = self.first.payload.len() + bytes + envelope.payload.len();
        // Each revision is one change.
        let changes = envelope.through.0.saturating_sub(self.first.from.0);
        let fits = changes <= CHANGES as u64 && bytes <= BYTES;
        last.through == envelope.from && last.epoch == envelope.epoch && fits
    }

    /// One envelope of all. If one of them cannot be read all stay as they are, and whoever delivers them says so.
    fn whole(self) -> Vec<Arc<Envelope>> {
        let Self { first, more } = self;
        if more.is_empty() {
            return vec![first];
        }
        match encode::join(&first, &more) {
            Ok(envelope) => vec![Arc::new(envelope)],
            Err(_) => std::iter::once(first).chain(more).collect(),
        }
    }
}
