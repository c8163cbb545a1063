//! What clients are shown, in the words of docs/api.md.

use serde::Deserialize;

/// Changes of one stream after `from` up to `rev`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Frame {
    /// Whose changes.
    pub stream: String,
    /// Of which history of the store.
    pub epoch: String,
    /// The revision before them.
    pub from: u64,
    /// Everything up to here is known after them.
    pub rev: u64,
    /// The changes, in the order of their revisions.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// Its number in the stream.
    pub rev: u64,
    /// What it is about, as it is now.
    #[serde(flatten)]
    pub thing: Thing,
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A message of the room.
    Message(Message),
    /// A member of the room, or somebody who is none any more.
    Member(Member),
    /// The room itself; in the workspace's stream, an open room.
    Room(Room),
    /// A membership of the stream's user.
    Membership(Membership),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Its name and place in the room.
    pub seq: u64,
    /// Its version.
    pub rev: u64,
    /// Who wrote it.
    pub author: Person,
    /// What it says; none in lines about membership and where it was deleted.
    #[serde(default)]
    pub text: Option<String>,
    /// Whether only its place is left.
    #[serde(default)]
    pub deleted: bool,
    /// What line about a membership it is, if it is one.
    #[serde(default)]
    pub kind: Option<String>,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Person {
    /// A user's id.
    pub id: String,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// A user's id.
    pub id: String,
    /// What they are there; none if they are not any more.
    #[serde(default)]
    pub role: Option<String>,
    /// Whether they are not a member any more.
    #[serde(default)]
    pub gone: bool,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Room {
    /// Its id, which is its stream's.
    pub id: String,
    /// What people call it; not told where it is gone.
    #[serde(default)]
    pub name: Option<String>,
}

/// One's own membership.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Membership {
    /// Of what.
    pub room: Room,
    /// Whether it has ended.
    #[serde(default)]
    pub gone: bool,
}
