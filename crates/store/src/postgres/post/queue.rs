//! What waits to be posted, and which of it goes together.
//!
//! Rooms queue in two lines. In the first are those of which nothing is known: a transaction takes all that wait there, and
//! leaves out what it cannot lock at once. Mostly another node is about to commit, so that is tried again a few times before
//! it comes into the second line, each room by itself, where it may be waited for. So however many rooms are locked by
//! others, the rest never waits for them; and two nodes that write to the same rooms still write many of them at once.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use chinwag_model::RoomId;

use super::Waiting;

#[cfg(test)]
mod tests;

/// Most messages in one transaction.
pub(super) const BATCH: usize = 256;
/// How often a room may be left out before it goes by itself: mostly whoever has it locked is about to commit.
pub(super) const TRIES: u8 = 3;
/// How long a room goes by itself that PostgreSQL has refused.
const REFUSED: Duration = Duration::from_secs(60);
/// Most rooms that are remembered as refused; where it is more than single rooms, that is no use.
const MOST_REFUSED: usize = 256;

/// Which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Of those that may go together.
    Together,
    /// Of those that go by themselves.
    Alone,
}

/// What one transaction is to post: some messages each to some rooms.
pub(super) struct Batch {
    pub(super) rooms: Vec<(RoomId, Vec<Waiting>)>,
    /// Whether it waits for locks, or leaves out what is locked.
    pub(super) line: Line,
}

/// What became of a room of a batch.
pub(super) struct Done {
    pub(super) room: RoomId,
    /// That for which nothing was done.
    pub(super) again: Vec<Waiting>,
    /// PostgreSQL would not take what was posted there.
    pub(super) refused: bool,
}

/// Rooms to which something is to be posted.
#[derive(Default)]
pub(super) struct Queue {
    /// Rooms in which something waits or is being posted, with what waits.
    rooms: HashMap<RoomId, VecDeque<Waiting>>,
    /// Those that are to be posted to next, each in one line once.
    together: VecDeque<RoomId>,
    alone: VecDeque<RoomId>,
    /// Rooms that PostgreSQL has refused, and when.
    refused: HashMap<RoomId, Instant>,
}

impl Queue {
    /// Lets a message wait.
    pub(super) fn add(&mut self, waiting: Waiting) {
        let room = waiting.post.room;
        match self.rooms.get_mut(&room) {
            Some(queued) => queued.push_back(waiting),
            None => {
                self.rooms.insert(room, VecDeque::from([waiting]));
                self.stand(room, Line::Together);
            }
        }
    }

    /// How many rooms are in a line.
    pub(super) fn rooms_in(&self, line: Line) -> usize {
        match line {
            Line::Together => self.together.len(),
            Line::Alone => self.alone.len(),
        }
    }

    /// What comes next in a line, the longest waiting first; without what has waited for too long already.
    pub(super) fn take(&mut self, line: Line) -> Option<Batch> {
        let (mut rooms, mut left) = (Vec::new(), BATCH);
        while left > 0 {
            let next = match line {
                Line::Together => self.together.pop_front(),
                Line::Alone => self.alone.pop_front(),
            };
            let Some(room) = next else { break };
            let Some(queued) = self.rooms.get_mut(&room) else { continue };
            while queued.front().is_some_and(Waiting::is_late) {
                queued.pop_front();
            }
            if queued.is_empty() {
                self.rooms.remove(&room);
                continue;
            }
            let taken = queued.len().min(left);
            left -= taken;
            rooms.push((room, queued.drain(..taken).collect()));
            if line == Line::Alone {
                break;
            }
        }
        (!rooms.is_empty()).then_some(Batch { rooms, line })
    }

    /// A room is no longer being posted to. That for which nothing was done goes first, and the room by itself if that has
    /// come about too often.
    pub(super) fn is_done(&mut self, Done { room, again, refused }: Done) {
        if refused {
            self.refused.retain(|_, since| since.elapsed() < REFUSED);
            if self.refused.len() < MOST_REFUSED {
                self.refused.insert(room, Instant::now());
            }
        }
        let queued = self.rooms.entry(room).or_default();
        let mut line = Line::Together;
        for mut waiting in again.into_iter().rev() {
            waiting.left_out = waiting.left_out.saturating_add(1);
            if waiting.left_out >= TRIES {
                line = Line::Alone;
            }
            queued.push_front(waiting);
        }
        if queued.is_empty() {
            self.rooms.remove(&room);
        } else {
            self.stand(room, line);
        }
    }

    /// A room comes into a line; one that was refused lately goes by itself in any case.
    fn stand(&mut self, room: RoomId, line: Line) {
        let refused = self.refused.get(&room).is_some_and(|since| since.elapsed() < REFUSED);
        if refused || line == Line::Alone {
            self.alone.push_back(room);
        } else {
            self.together.push_back(room);
        }
    }
}
