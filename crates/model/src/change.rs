//! Changes: what a stream is made of.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::id::{RoomId, UserId};
use crate::message::Message;
use crate::room::{Member, MemberRole, Room};
use crate::stream::Rev;
use crate::user::User;

#[cfg(test)]
mod tests;

/// What kind of thing a change row names. The numbers are stored: they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ChangeKind {
    /// A message of the room; the target is its `seq`.
    Message = 1,
    /// Somebody's membership, in the room's stream; the target is the user.
    Member = 2,
    /// A room's own data, in its stream and the workspace's; the target is the room.
    Room = 3,
    /// One's own membership, in the user's stream; the target is the room.
    Membership = 4,
    /// Somebody's name, picture, status or role, in the workspace's stream; the target is the user.
    Person = 5,
}

impl ChangeKind {
    /// The kind with this stored number, if this version knows it.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Message),
            2 => Some(Self::Member),
            3 => Some(Self::Room),
            4 => Some(Self::Membership),
            5 => Some(Self::Person),
            _ => None,
        }
    }
}

/// Why somebody is no longer in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// They left.
    Left,
    /// Somebody removed them.
    Removed,
}

/// The state that a change left its target in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A message, whatever it is now.
    Message(Message),
    /// Somebody is a member.
    Member(Member),
    /// Somebody is not a member any more.
    MemberGone(UserId),
    /// A room's data.
    Room(Room),
    /// The stream's user is a member of this room.
    Membership {
        /// The room.
        room: Room,
        /// The user's role in it.
        role: MemberRole,
    },
    /// The stream's user is not a member of this room any more.
    MembershipGone {
        /// The room.
        room: RoomId,
        /// Why, where it is known.
        why: Option<Departure>,
    },
    /// Somebody, as everybody may see them.
    Person(User),
}

/// One change of a stream, as clients are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number in the stream.
    pub rev: Rev,
    /// What it left behind.
    pub state: State,
    /// The nonce of the command that made it, in live changes of messages, so that an author's own client knows its
    /// message again even before the acknowledgement.
    pub nonce: Option<String>,
}

#[derive(Serialize)]
struct Gone<Id> {
    id: Id,
    gone: bool,
}

#[derive(Serialize)]
struct MembershipHere<'a> {
    room: &'a Room,
    role: MemberRole,
}

#[derive(Serialize)]
struct MembershipGone {
    room: OnlyId,
    gone: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Departure>,
}

#[derive(Serialize)]
struct OnlyId {
    id: RoomId,
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rev", &self.rev)?;
        if let Some(nonce) = &self.nonce {
            map.serialize_entry("nonce", nonce)?;
        }
        match &self.state {
            State::Message(message) => map.serialize_entry("message", message)?,
            State::Member(member) => map.serialize_entry("member", member)?,
            State::MemberGone(id) => map.serialize_entry("member", &Gone { id, gone: true })?,
            State::Room(room) => map.serialize_entry("room", room)?,
            State::Membership { room, role } => {
                map.serialize_entry("membership", &MembershipHere { room, role: *role })?;
            }
            State::MembershipGone { room, why } => {
                let gone = MembershipGone { room: OnlyId { id: *room }, gone: true, why: *why };
                map.serialize_entry("membership", &gone)?;
            }
            State::Person(user) => map.serialize_entry("person", user)?,
        }
        map.end()
    }
}
