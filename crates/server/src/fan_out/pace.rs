//! How often a stream of many people is delivered.
//!
//! A frame costs a write for each connection, however much is in it. Nodes that post to one room at once each tell of their
//! own part, so the more nodes there are the more and the smaller the parts. After a frame the stream rests, longer the more
//! people follow it; what comes meanwhile goes out together. What comes after a while goes out at once.

use std::collections::HashMap;
use std::time::Duration;

use chinwag_model::StreamId;
use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// How long a stream rests for each person on this node: about three times what a frame costs.
const EACH: Duration = Duration::from_micros(10);
/// At most.
const MOST: Duration = Duration::from_millis(10);
/// What is shorter is no rest: timers have milliseconds.
const LEAST: Duration = Duration::from_millis(1);

/// Streams that rest, until when.
#[derive(Default)]
pub(super) struct Pace {
    resting: HashMap<StreamId, Rest>,
}

#[derive(Clone, Copy)]
struct Rest {
    until: Instant,
    /// Something waits for that.
    awaited: bool,
}

impl Pace {
    /// A frame was delivered to so many people.
    pub(super) fn delivered(&mut self, id: StreamId, people: usize, now: Instant) {
        let rest = EACH.saturating_mul(u32::try_from(people).unwrap_or(u32::MAX)).min(MOST);
        if rest >= LEAST {
            self.resting.insert(id, Rest { until: now + rest, awaited: false });
        }
    }

    /// Whether something that came now is to wait. If so it is told by [`due`](Self::due) when that is over.
    pub(super) fn waits(&mut self, id: StreamId, now: Instant) -> bool {
        match self.resting.get_mut(&id) {
            Some(rest) if rest.until > now => {
                rest.awaited = true;
                true
            }
            Some(_) => {
                self.resting.remove(&id);
                false
            }
            None => false,
        }
    }

    /// When the next stream is to go on for which something waits.
    pub(super) fn next(&self) -> Option<Instant> {
        self.resting.values().filter(|rest| rest.awaited).map(|rest| rest.until).min()
    }

    /// The streams that are to go on. Those for which nothing waits are forgotten.
    pub(super) fn due(&mut self, now: Instant) -> Vec<StreamId> {
        let over: Vec<_> = self.resting.extract_if(|_, rest| rest.until <= now).collect();
        over.into_iter().filter(|(_, rest)| rest.awaited).map(|(id, _)| id).collect()
    }

    /// Nobody here follows a stream any more.
    pub(super) fn forget(&mut self, id: StreamId) {
        self.resting.remove(&id);
    }
}
