//! What one socket may hear, and in which order.

use std::collections::HashMap;

use crate::server::Said;

#[cfg(test)]
mod tests;

/// The rooms that a socket is in, and how far it has heard whom.
#[derive(Debug, Default)]
pub(crate) struct Ears {
    rooms: HashMap<String, Room>,
    /// The last thing that each life has said, in whatever room.
    last: HashMap<u64, u64>,
}

#[derive(Debug, Default)]
struct Room {
    /// The server has said so. Otherwise it may or may not be in.
    sure: bool,
    /// What came last of each life in this room.
    heard: HashMap<u64, u64>,
}

impl Ears {
    /// It asks to join: from now on it may hear the room.
    pub(crate) fn asks(&mut self, room: &str) {
        let heard = Room::default();
        self.rooms.insert(room.to_owned(), heard);
    }

    pub(crate) fn joined(&mut self, room: &str) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.sure = true;
        }
    }

    /// It asks to leave, and may not be in any more.
    pub(crate) fn leaves(&mut self, room: &str) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.sure = false;
        }
    }

    /// The server has said so: it hears nothing more.
    pub(crate) fn left(&mut self, room: &str) {
        self.rooms.remove(room);
    }

    pub(crate) fn is_in(&self, room: &str) -> bool {
        self.rooms.get(room).is_some_and(|room| room.sure)
    }

    pub(crate) fn rooms(&self) -> Vec<String> {
        // In an order that a seed repeats.
        let mut rooms: Vec<String> =
            self.rooms.iter().filter(|(_, room)| room.sure).map(|(name, _)| name.clone()).collect();
        rooms.sort_unstable();
        rooms
    }

    /// Whether this was heard, or something later of the same life.
    pub(crate) fn has_heard(&self, life: u64, number: u64) -> bool {
        self.last.get(&life).is_some_and(|last| *last >= number)
    }

    /// Whether it may hear the room.
    pub(crate) fn may_hear(&self, room: &str) -> Result<(), String> {
        if self.rooms.contains_key(room) {
            Ok(())
        } else {
            Err(format!("heard of {room}, in which it is not"))
        }
    }

    /// It hears this.
    pub(crate) fn hears(&mut self, said: &Said) -> Result<(), String> {
        self.may_hear(&said.room)?;
        let Said { life, number, in_room, room, .. } = said;
        if let Some(last) = self.last.insert(*life, *number)
            && last >= *number
        {
            return Err(format!("heard {number} of life {life} after {last}"));
        }
        if let Some(heard) = self.rooms.get_mut(room).and_then(|room| room.heard.insert(*life, *in_room))
            && heard + 1 != *in_room
        {
            return Err(format!("heard the {in_room}th of life {life} in {room} after the {heard}th"));
        }
        Ok(())
    }
}
