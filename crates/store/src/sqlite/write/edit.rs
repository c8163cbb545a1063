//! Editing a message.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Body, Message, Refusal, Rev, RoomId, StreamId};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::sqlite::rows::{self, Id, number};
use crate::sqlite::writer::{Command, WriteError};
use crate::{Edit, Once};

/// Replaces a message's text.
pub(in crate::sqlite) struct EditMessage {
    pub(in crate::sqlite) edit: Edit,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for EditMessage {
    type Answer = Rev;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, WriteError> {
        let Edit { room, seq, version, by, text } = self.edit;
        if let Some(first) = batch.first_answer(room.0, by, self.once.as_ref())? {
            return Ok(first.rev);
        }
        let message = batch.message(room, seq, by)?;
        let own = message.author.id == by;
        batch.permit(if own { Action::EditOwn } else { Action::EditOther }, room, by)?;
        match message.body {
            Body::Text { .. } if message.rev == version => {}
            Body::Text { .. } => return Err(Refusal::EditConflict { current: Box::new(message) }.into()),
            Body::Deleted => return Err(Refusal::MessageUnknown.into()),
            Body::Joined | Body::Left | Body::Removed { .. } | Body::Added { .. } => {
                return Err(Refusal::Forbidden.into());
            }
        }
        let stream = StreamId::from(room);
        let (rev, at) = batch.next(stream)?;
        batch
            .sql("UPDATE message SET rev = ?, text = ?, edited_at = ? WHERE room = ? AND seq = ?")?
            .execute(params![number(rev), text.as_str(), at.0, Id(room.0), number(seq)])?;
        batch.keep_answer(room.0, by, self.once.as_ref(), rev, None)?;
        let body = Body::Text { text: text.into_string(), edited_at: Some(at) };
        let nonce = self.once.map(|once| once.nonce.as_str().to_owned());
        batch.record(stream, rev, State::Message(Message { rev, body, ..message }), nonce)?;
        Ok(rev)
    }
}

impl Batch<'_> {
    /// A message as it is now, for somebody who may know that it exists.
    pub(super) fn message(
        &mut self,
        room: RoomId,
        seq: Rev,
        by: chinwag_model::UserId,
    ) -> Result<Message, WriteError> {
        let known = self
            .sql(rows::SELECT_MESSAGE)?
            .query_row(params![Id(room.0), number(seq)], rows::message)
            .optional()?;
        match known {
            Some(message) => Ok(message),
            None => {
                // A stranger is not told which messages exist.
                self.permit(Action::Read, room, by)?;
                Err(Refusal::MessageUnknown.into())
            }
        }
    }
}
