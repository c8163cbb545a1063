//! What a client knows, kept by the delivery rule of docs/api.md. Pure: who asks the server and waits is elsewhere.

use std::collections::BTreeMap;

use crate::seen::{Change, Frame, Member, Membership, Message, Thing};

#[cfg(test)]
mod tests;

/// What a client knows of everything that it follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The stream of the client's user.
    pub user: String,
    /// The stream with the list of open rooms.
    pub workspace: String,
    /// Up to where each followed stream is known.
    pub cursors: BTreeMap<String, Cursor>,
    /// The rooms that the user is in, by id.
    pub rooms: BTreeMap<String, RoomPicture>,
    /// The names of all open rooms, by id.
    pub open: BTreeMap<String, String>,
    /// Rooms that the user has come into and that are to be loaded.
    pub unloaded: Vec<String>,
}

/// Up to where a stream is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Of which history of the store.
    pub epoch: String,
    /// The last known revision.
    pub rev: u64,
}

/// What a client knows of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomPicture {
    /// Messages by `seq`.
    pub messages: BTreeMap<u64, Message>,
    /// The roles of the members, by user.
    pub members: BTreeMap<String, String>,
}

/// What a frame is to somebody who stands at a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Of a stream that is not followed.
    Foreign,
    /// Known already.
    Stale,
    /// It follows upon what is known, and was taken in.
    Taken,
    /// Something before it is missing: ask for it.
    Hole,
    /// Of another history of the store: load the stream afresh.
    Reset,
}

impl Picture {
    /// Takes changes in, if they follow upon what is known.
    pub fn take(&mut self, frame: &Frame) -> Step {
        let Some(cursor) = self.cursors.get_mut(&frame.stream) else { return Step::Foreign };
        if cursor.epoch != frame.epoch {
            return Step::Reset;
        }
        if frame.rev <= cursor.rev {
            return Step::Stale;
        }
        if frame.from > cursor.rev {
            return Step::Hole;
        }
        let known = std::mem::replace(&mut cursor.rev, frame.rev);
        for change in frame.changes.iter().filter(|change| change.rev > known) {
            self.change(&frame.stream, change);
        }
        Step::Taken
    }

    fn change(&mut self, stream: &str, change: &Change) {
        match &change.thing {
            Thing::Message(message) => {
                if let Some(room) = self.rooms.get_mut(stream) {
                    room.message(message);
                }
            }
            Thing::Member(member) => {
                if let Some(room) = self.rooms.get_mut(stream) {
                    room.member(member);
                }
            }
            Thing::Room(room) => {
                if stream == self.workspace
                    && let Some(name) = &room.name
                {
                    self.open.insert(room.id.clone(), name.clone());
                }
            }
            Thing::Membership(Membership { room, gone: true }) => self.forget(&room.id),
            Thing::Membership(Membership { room, gone: false }) => {
                if !self.rooms.contains_key(&room.id) && !self.unloaded.contains(&room.id) {
                    self.unloaded.push(room.id.clone());
                }
            }
        }
    }

    /// A stream was loaded afresh. Of a room, what was known of it is gone; messages and members come next.
    pub fn loaded(&mut self, stream: &str, cursor: Cursor) {
        self.unloaded.retain(|room| room != stream);
        if stream == self.workspace {
            self.open.clear();
        } else if stream != self.user {
            self.rooms.insert(stream.to_owned(), RoomPicture::default());
        }
        self.cursors.insert(stream.to_owned(), cursor);
    }

    /// A room is not the user's any more.
    pub fn forget(&mut self, room: &str) {
        self.rooms.remove(room);
        self.cursors.remove(room);
        self.unloaded.retain(|unloaded| unloaded != room);
    }
}

impl RoomPicture {
    /// A message as it is shown; the newer version wins.
    pub fn message(&mut self, message: &Message) {
        if self.messages.get(&message.seq).is_none_or(|known| known.rev < message.rev) {
            self.messages.insert(message.seq, message.clone());
        }
    }

    /// Somebody came, changed or went.
    pub fn member(&mut self, member: &Member) {
        match &member.role {
            Some(role) if !member.gone => self.members.insert(member.id.clone(), role.clone()),
            _ => self.members.remove(&member.id),
        };
    }
}
