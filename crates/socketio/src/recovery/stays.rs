//! When a socket was in which rooms, in numbers of events.

use std::sync::Arc;

use crate::hub::Target;
use crate::id::SocketId;

/// Stays that have ended are forgotten in steps of so many.
const STEP: usize = 32;

/// A socket that goes in and out of rooms more often than this within the log's span cannot be recovered.
const MOST: usize = 4096;

#[derive(Debug, Clone)]
struct Stay {
    room: Arc<str>,
    /// The first event that the socket was there for.
    from: u64,
    /// The first event that it was not there for any more; `None` while it is there.
    to: Option<u64>,
}

/// The stays of one socket, those that ended before the log begins left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stays {
    stays: Vec<Stay>,
    ended: usize,
    /// There were too many to be remembered.
    lost: bool,
}

impl Stays {
    /// It is there for this event and those that follow.
    pub(crate) fn join(&mut self, room: &Arc<str>, from: u64) {
        if !self.rooms().any(|there| there == room) {
            self.stays.push(Stay { room: room.clone(), from, to: None });
        }
    }

    /// It is not there for this event and those that follow. What ended before `first` is forgotten.
    pub(crate) fn leave(&mut self, room: &str, to: u64, first: u64) {
        let Some(stay) = self.stays.iter_mut().find(|stay| stay.to.is_none() && *stay.room == *room) else {
            return;
        };
        stay.to = Some(to);
        self.ended += 1;
        if self.ended.is_multiple_of(STEP) {
            self.stays.retain(|stay| stay.to.is_none_or(|to| to > first));
            self.ended = self.stays.iter().filter(|stay| stay.to.is_some()).count();
            self.lost |= self.ended > MOST;
        }
    }

    /// Whether it is not known where the socket was.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// The rooms that it is in now.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = &Arc<str>> {
        self.stays.iter().filter(|stay| stay.to.is_none()).map(|stay| &stay.room)
    }

    /// Whether an event with this number and target was meant for the socket with this id.
    pub(crate) fn was_meant(&self, id: SocketId, number: u64, target: &Target) -> bool {
        let was_in = |room: &String| {
            room.parse() == Ok(id)
                || self.stays.iter().any(|stay| {
                    *stay.room == **room && stay.from <= number && stay.to.is_none_or(|to| number < to)
                })
        };
        (target.rooms.is_empty() || target.rooms.iter().any(was_in))
            && !target.except.iter().any(was_in)
            && target.except_socket != Some(id)
    }
}
