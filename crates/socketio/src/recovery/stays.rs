//! When a socket was in which rooms, in numbers of events.

use std::collections::HashMap;
use std::sync::Arc;

use crate::hub::Target;
use crate::id::SocketId;

/// Stays that have ended are forgotten in steps of so many.
const STEP: usize = 32;

/// A socket that has left rooms more often than this within the log's span cannot be recovered.
const MOST: usize = 512;

/// What a room and a stay cost beside the room's name, about.
const OVERHEAD: usize = 128;

#[derive(Debug, Clone, Copy)]
struct Stay {
    /// The first event that the socket was there for.
    from: u64,
    /// The first event that it was not there for any more; `None` while it is there.
    to: Option<u64>,
}

/// The stays of one socket, those that ended before the log begins left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stays {
    /// In each room one after the other.
    rooms: HashMap<Arc<str>, Vec<Stay>>,
    ended: usize,
    /// Of the events before this one it is not known where the socket was: there were too many stays.
    known_from: u64,
}

impl Stays {
    /// It is there for this event and those that follow.
    pub(crate) fn join(&mut self, room: &Arc<str>, from: u64) {
        let stays = self.rooms.entry(room.clone()).or_default();
        match stays.last_mut() {
            Some(Stay { to: None, .. }) => {}
            // It missed nothing.
            Some(Stay { to, .. }) if *to == Some(from) => {
                *to = None;
                self.ended -= 1;
            }
            _ => stays.push(Stay { from, to: None }),
        }
    }

    /// It is not there for this event and those that follow. What ended before `first` is forgotten.
    pub(crate) fn leave(&mut self, room: &str, to: u64, first: u64) {
        let Some(stays) = self.rooms.get_mut(room) else { return };
        let Some(stay) = stays.last_mut().filter(|stay| stay.to.is_none()) else { return };
        if stay.from == to {
            // It was there for nothing.
            stays.pop();
            if stays.is_empty() {
                self.rooms.remove(room);
            }
            return;
        }
        stay.to = Some(to);
        self.ended += 1;
        if self.ended.is_multiple_of(STEP) {
            self.forget(first);
            if self.ended > MOST {
                self.forget(u64::MAX);
                self.known_from = to;
            }
        }
    }

    /// Forgets the stays that ended before this event.
    fn forget(&mut self, first: u64) {
        self.ended = 0;
        self.rooms.retain(|_, stays| {
            stays.retain(|stay| stay.to.is_none_or(|to| to > first));
            self.ended += stays.iter().filter(|stay| stay.to.is_some()).count();
            !stays.is_empty()
        });
    }

    /// Whether it is known where the socket was since this event.
    pub(crate) fn is_known_from(&self, first: u64) -> bool {
        self.known_from <= first
    }

    /// The rooms that it is in now.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = &Arc<str>> {
        let is_there = |stays: &[Stay]| stays.last().is_some_and(|stay| stay.to.is_none());
        self.rooms.iter().filter(move |(_, stays)| is_there(stays)).map(|(room, _)| room)
    }

    /// How much memory it takes, about.
    pub(crate) fn size(&self) -> usize {
        let names: usize = self.rooms.keys().map(|room| OVERHEAD + room.len()).sum();
        OVERHEAD + names + self.ended * size_of::<Stay>()
    }

    /// Whether an event with this number and target was meant for the socket with this id.
    pub(crate) fn was_meant(&self, id: SocketId, number: u64, target: &Target) -> bool {
        if let Some(only) = target.only_socket {
            return only == id;
        }
        let was_in = |room: &String| self.was_in(room, number) || room.parse() == Ok(id);
        (target.rooms.is_empty() || target.rooms.iter().any(was_in))
            && !target.except.iter().any(was_in)
            && target.except_socket != Some(id)
    }

    fn was_in(&self, room: &str, number: u64) -> bool {
        let Some(stays) = self.rooms.get(room) else { return false };
        let begun = stays.partition_point(|stay| stay.from <= number);
        let last = begun.checked_sub(1).and_then(|last| stays.get(last));
        last.is_some_and(|stay| stay.to.is_none_or(|to| number < to))
    }
}
