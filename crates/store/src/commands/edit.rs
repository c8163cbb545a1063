//! Editing a message.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Body, Message, Refusal, Rev, RoomId, StreamId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows;
use crate::{Edit, Once};

/// Replaces a message's text.
#[derive(Clone)]
pub(crate) struct EditMessage {
    pub(crate) edit: Edit,
    pub(crate) once: Option<Once>,
}

impl Command for EditMessage {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.edit.room))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
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
            Body::Joined
            | Body::Left
            | Body::Removed { .. }
            | Body::Added { .. }
            | Body::Retention { .. } => {
                return Err(Refusal::Forbidden.into());
            }
        }
        let stream = StreamId::from(room);
        let (rev, at) = batch.next(stream)?;
        batch.write(
            "UPDATE message SET rev = $1, text = $2, edited_at = $3 WHERE room = $4 AND seq = $5",
            parameters![rev, text.as_str(), at, room, seq],
        )?;
        batch.reword(room, &message, Some(text.as_str()), rev)?;
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
    ) -> Result<Message, Failed> {
        let known = self.first(rows::SELECT_MESSAGE, parameters![room, seq], rows::message)?;
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
