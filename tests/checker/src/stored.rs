//! What the store has, read from a data folder or from a PostgreSQL database.

mod database;
mod folder;

use std::collections::BTreeMap;

/// Everything stored that the delivery rule is about, from one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// By id.
    pub streams: BTreeMap<String, StoredStream>,
    /// By room and `seq`.
    pub messages: BTreeMap<String, BTreeMap<u64, StoredMessage>>,
    /// By room and user.
    pub members: BTreeMap<String, BTreeMap<String, StoredMember>>,
    /// By id.
    pub rooms: BTreeMap<String, StoredRoom>,
}

/// A stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredStream {
    /// The last revision.
    pub head: u64,
    /// Changes up to here were trimmed.
    pub floor: u64,
    /// The rest, by revision as they lie there.
    pub changes: Vec<StoredChange>,
}

/// A row of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChange {
    /// Its number.
    pub rev: u64,
    /// What changed.
    pub target: Target,
}

/// What a change row names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A message of the room.
    Message(u64),
    /// Somebody's membership in the room.
    Member(String),
    /// A room.
    Room(String),
    /// The user's membership in a room.
    Membership(String),
    /// A kind that this checker does not know.
    Other,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its version.
    pub rev: u64,
    /// A user's id.
    pub author: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Whether it is a text and not a line about a membership.
    pub is_text: bool,
    /// What it says, unless it was deleted.
    pub text: Option<String>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// A membership.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredMember {
    /// What the member is in the room.
    pub role: String,
    /// The revision of the room's stream at which the membership began.
    pub since: u64,
}

/// A room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredRoom {
    /// What people call it.
    pub name: String,
    /// How many members it says that it has.
    pub members: u64,
}

/// What a member of that role is called.
fn role(number: i64) -> String {
    if number == 1 { "owner" } else { "member" }.to_owned()
}
