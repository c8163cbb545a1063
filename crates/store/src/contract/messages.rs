//! Messages.

use async_trait::async_trait;
use chinwag_model::{MessageText, Rev, RoomId, UserId};

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
}
