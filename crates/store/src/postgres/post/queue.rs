//! What waits to be posted, and which of it goes together.
//!
//! Rooms queue in two lines. In the first are those of which nothing is known: a transaction takes all that wait there, and
//! leaves out what it cannot lock at once. That comes into the second line, each room by itself, where it may be waited for.
//! So however many rooms are locked by others, the rest never waits for them.

use std::collections::{HashMap, VecDeque};

use chinwag_model::RoomId;

use super::Waiting;

#[cfg(test)]
mod tests;

/// Most messages in one transaction.
pub(super) const BATCH: usize = 256;

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

/// Rooms to which something is to be posted.
#[derive(Default)]
pub(super) struct Queue {
    /// Rooms in which something waits or is being posted, with what waits.
    rooms: HashMap<RoomId, VecDeque<Waiting>>,
    /// Those that are to be posted to next, each in one line once.
    together: VecDeque<RoomId>,
    alone: VecDeque<RoomId>,
}

impl Queue {
    /// Lets a message wait.
    pub(super) fn add(&mut self, waiting: Waiting) {
        let room = waiting.post.room;
        let together = &mut self.together;
        let queued = self.rooms.entry(room).or_insert_with(|| {
            together.push_back(room);
            VecDeque::new()
        });
        queued.push_back(waiting);
    }

    /// Whether something waits in a line.
    pub(super) fn waits_in(&self, line: Line) -> bool {
        match line {
            Line::Together => !self.together.is_empty(),
            Line::Alone => !self.alone.is_empty(),
        }
    }

    /// What comes next in a line, the longest waiting first.
    pub(super) fn take(&mut self, line: Line) -> Option<Batch> {
        let (mut rooms, mut left) = (Vec::new(), BATCH);
        while left > 0 {
            let next = match line {
                Line::Together => self.together.pop_front(),
                Line::Alone => self.alone.pop_front(),
            };
            let Some(room) = next else { break };
            let Some(queued) = self.rooms.get_mut(&room) else { continue };
            let taken = queued.len().min(left);
            left -= taken;
            rooms.push((room, queued.drain(..taken).collect()));
            if line == Line::Alone {
                break;
            }
        }
        (!rooms.is_empty()).then_some(Batch { rooms, line })
    }

    /// A room is no longer being posted to. Nothing was done for `again`: that goes first, by itself.
    pub(super) fn is_done(&mut self, room: RoomId, again: Vec<Waiting>) {
        let queued = self.rooms.entry(room).or_default();
        let line = if again.is_empty() { &mut self.together } else { &mut self.alone };
        for waiting in again.into_iter().rev() {
            queued.push_front(waiting);
        }
        if queued.is_empty() {
            self.rooms.remove(&room);
        } else {
            line.push_back(room);
        }
    }
}
