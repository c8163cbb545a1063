//! Messages, as they are shown.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::id::UserId;
use crate::retention::Days;
use crate::stream::{Millis, Rev};
use crate::user::is_zero;

#[cfg(test)]
mod tests;

/// Somebody, as far as a line needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// As shown.
    pub name: String,
    /// Counts the pictures that they have uploaded; 0: the present one is drawn from the name.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub avatar: u32,
    /// Whether they are a guest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

/// One line of a room's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Names the message within its room and orders the room's messages: the `rev` that it was born with.
    pub seq: Rev,
    /// Its present version: the `rev` of its last change.
    pub rev: Rev,
    /// Who wrote it, or did what the line tells.
    pub author: Person,
    /// When; never earlier than the message before it.
    pub at: Millis,
    /// What it says.
    pub body: Body,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A text that somebody wrote.
    Text {
        /// As it was written.
        text: String,
        /// When it was last edited, if ever.
        edited_at: Option<Millis>,
    },
    /// Something that was deleted; only its place is left.
    Deleted,
    /// The author became a member.
    Joined,
    /// The author left.
    Left,
    /// The author removed somebody.
    Removed {
        /// Who was removed.
        about: Person,
    },
    /// The author brought somebody in.
    Added {
        /// Who was brought in.
        about: Person,
    },
    /// The author has set for how long the room keeps its messages.
    Retention {
        /// For so long; `None`: for ever.
        days: Option<Days>,
        /// From then on.
        from: Millis,
    },
}

impl Message {
    /// What somebody wrote, if it is that and not deleted.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text { text, .. } => Some(text),
            Body::Deleted
            | Body::Joined
            | Body::Left
            | Body::Removed { .. }
            | Body::Added { .. }
            | Body::Retention { .. } => None,
        }
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("seq", &self.seq)?;
        map.serialize_entry("rev", &self.rev)?;
        map.serialize_entry("author", &self.author)?;
        map.serialize_entry("at", &self.at)?;
        match &self.body {
            Body::Text { text, edited_at } => {
                map.serialize_entry("text", text)?;
                if let Some(at) = edited_at {
                    map.serialize_entry("edited_at", at)?;
                }
            }
            Body::Deleted => map.serialize_entry("deleted", &true)?,
            Body::Joined => map.serialize_entry("kind", "joined")?,
            Body::Left => map.serialize_entry("kind", "left")?,
            Body::Removed { about } => {
                map.serialize_entry("kind", "removed")?;
                map.serialize_entry("about", about)?;
            }
            Body::Added { about } => {
                map.serialize_entry("kind", "added")?;
                map.serialize_entry("about", about)?;
            }
            Body::Retention { days, from } => {
                map.serialize_entry("kind", "retention")?;
                map.serialize_entry("days", days)?;
                map.serialize_entry("from", from)?;
            }
        }
        map.end()
    }
}
