//! Messages.

use async_trait::async_trait;
use chinwag_model::{Message, MessageText, Query, Rev, RoomId, UserId};

use crate::{Once, Result};

/// A message to be posted.
#[derive(Clone, Debug)]
pub struct Post {
    /// Where.
    pub room: RoomId,
    /// Who.
    pub author: UserId,
    /// What.
    pub text: MessageText,
    /// The client's name for it.
    pub once: Once,
}

/// Where a message was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The message's name in its room, and the revision it was born with.
    pub seq: Rev,
    /// Whether it had been stored by an earlier try.
    pub repeated: bool,
}

/// An edit.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Where.
    pub room: RoomId,
    /// Which message.
    pub seq: Rev,
    /// The version that was edited.
    pub version: Rev,
    /// Who.
    pub by: UserId,
    /// The new text.
    pub text: MessageText,
}

/// A search of a room's messages.
#[derive(Clone, Debug)]
pub struct Search {
    /// Where.
    pub room: RoomId,
    /// Who wants to know.
    pub by: UserId,
    /// What they must have.
    pub query: Query,
    /// Only messages with a smaller seq.
    pub before: Option<Rev>,
    /// Most messages in the answer.
    pub limit: usize,
}

/// What a search found, from one snapshot.
#[derive(Clone, Debug)]
pub struct Found {
    /// As they are now, the newest first.
    pub messages: Vec<Message>,
    /// Where to go on; `None`: all has been searched. One search goes through only so much, so this may be somewhere
    /// although fewer messages were found than there may be, or none.
    pub before: Option<Rev>,
}

/// Messages.
#[async_trait]
pub trait Messages {
    /// Posts a message.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`, `nonce_reused`.
    async fn post(&self, post: Post) -> Result<Posted>;

    /// Edits a message; answers its new version.
    ///
    /// # Errors
    /// `room_unknown`, `message_unknown`, `not_a_member`, `forbidden`, `edit_conflict`, `nonce_reused`.
    async fn edit(&self, edit: Edit, once: Option<Once>) -> Result<Rev>;

    /// Deletes a message, of which a tombstone stays; answers its revision. Deleting again is the same.
    ///
    /// # Errors
    /// `room_unknown`, `message_unknown`, `not_a_member`, `forbidden`, `nonce_reused`.
    async fn delete(&self, room: RoomId, seq: Rev, by: UserId, once: Option<Once>) -> Result<Rev>;

    /// Finds messages of a room by the words in them. Deleted messages and lines about memberships are not found.
    ///
    /// # Errors
    /// `room_unknown`, `not_a_member`.
    async fn search(&self, search: Search) -> Result<Found>;
}
