//! Rooms and their members.

use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};
use crate::message::Person;
use crate::retention::Retention;
use crate::stream::{Millis, Rev};
use crate::user::{Role, User};

/// Fewest people in a direct conversation, oneself included.
pub const DIRECT_MIN: usize = 2;
/// Most people in a direct conversation, oneself included.
pub const DIRECT_MAX: usize = 10;

/// Who may come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everybody may join, and sees the room in the list.
    #[default]
    Open,
    /// Whoever was brought in; nobody else sees that it exists.
    Closed,
    /// [`DIRECT_MIN`] to [`DIRECT_MAX`] people who talk with each other. It has no name.
    Direct,
}

impl RoomKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Closed, Self::Direct];

    /// As it is written for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Direct => "direct",
        }
    }
}

/// A room, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Never changes.
    pub id: RoomId,
    /// As shown; empty in a direct conversation.
    pub name: String,
    /// Who may come in.
    pub kind: RoomKind,
    /// Between whom a direct conversation is; empty in other rooms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// Who made it; nobody made the first room.
    pub maker: Option<UserId>,
    /// When it was made.
    pub at: Millis,
    /// For how long it keeps its messages.
    #[serde(default, skip_serializing_if = "Retention::is_off")]
    pub retention: Retention,
    /// Where its history begins: messages with a smaller `seq` were removed, because the room does not keep them any longer.
    /// 0: none were.
    #[serde(default, skip_serializing_if = "Rev::is_zero")]
    pub history_from: Rev,
    /// The version of these data: the revision in the room's own stream at which they last changed.
    pub rev: Rev,
}

/// What a member may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Reads and posts.
    Member,
    /// Keeps order in the room.
    Owner,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// What they say about themselves, if anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// In the whole workspace, where it is more than an ordinary member's.
    #[serde(default = "ordinary", skip_serializing_if = "is_ordinary")]
    pub workspace_role: Role,
    /// In this room.
    pub role: MemberRole,
}

impl Member {
    /// Somebody with this role in a room.
    pub fn new(user: &User, role: MemberRole) -> Self {
        Self { person: user.person(), status: user.status.clone(), workspace_role: user.role, role }
    }
}

const fn ordinary() -> Role {
    Role::Member
}

/// Guests are marked as such.
fn is_ordinary(role: &Role) -> bool {
    *role <= Role::Member
}
