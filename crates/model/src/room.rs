//! Rooms and their members.

use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};
use crate::stream::{Millis, Rev};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everybody with an account may join, and sees the room in the list.
    Open,
}

/// A room, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Never changes.
    pub id: RoomId,
    /// As shown.
    pub name: String,
    /// Who may come in.
    pub kind: RoomKind,
    /// Who made it; nobody made the first room.
    pub maker: Option<UserId>,
    /// When it was made.
    pub at: Millis,
    /// The version of these data: the revision in the room's own stream at which they last changed.
    pub rev: Rev,
}

/// What a member may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub id: UserId,
    /// As shown.
    pub name: String,
    /// In this room.
    pub role: MemberRole,
}
