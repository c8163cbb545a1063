//! When what waits for a stream goes out.
//!
//! A frame costs a write for each connection, however much is in it. Under load a batch of the store is told after the other,
//! and nodes that post to one room each tell of their own part, so the parts are many and small. After a frame a stream
//! rests, longer the more people follow it; what comes meanwhile goes out together. What comes after a while goes out at
//! once, and so does what is of few people.

use std::collections::HashMap;
use std::time::Duration;

use chinwag_model::StreamId;
use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// How long a stream rests for each person on this node: several times what a frame costs.
const EACH: Duration = Duration::from_micros(30);
/// At most: nobody notices it.
const MOST: Duration = Duration::from_millis(10);
/// What is shorter is no rest: timers have milliseconds.
const LEAST: Duration = Duration::from_millis(1);

/// What rests and what waits. Neither stays longer than a rest, once [`due`](Self::due) is asked.
#[derive(Default)]
pub(super) struct Pace {
    /// Streams that rest, until when.
    resting: HashMap<StreamId, Instant>,
    /// Streams for which something waits, until when.
    waiting: HashMap<StreamId, Instant>,
}

impl Pace {
    /// A frame was delivered to so many people.
    pub(super) fn delivered(&mut self, id: StreamId, people: usize, now: Instant) {
        let rest = EACH.saturating_mul(u32::try_from(people).unwrap_or(u32::MAX)).min(MOST);
        if rest >= LEAST {
            self.resting.insert(id, now + rest);
        }
    }

    /// Something has come that waits until the stream has rested.
    pub(super) fn waits(&mut self, id: StreamId, now: Instant) {
        let until = self.resting.get(&id).map_or(now, |until| now.max(*until));
        self.waiting.entry(id).or_insert(until);
    }

    /// When the next stream is to go on.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting.values().min().copied()
    }

    /// The streams that are to go on now. What waits for them is not waited for any more.
    pub(super) fn due(&mut self, now: Instant) -> Vec<StreamId> {
        self.resting.retain(|_, until| *until > now);
        self.waiting.extract_if(|_, until| *until <= now).map(|(id, _)| id).collect()
    }
}
