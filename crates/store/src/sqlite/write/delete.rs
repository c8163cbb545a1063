//! Deleting a message.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Body, Message, Refusal, Rev, RoomId, StreamId, UserId};
use rusqlite::params;

use super::Batch;
use crate::Once;
use crate::sqlite::rows::{Id, number};
use crate::sqlite::writer::{Command, WriteError};

/// Takes a message's text away and leaves its place.
pub(in crate::sqlite) struct Delete {
    pub(in crate::sqlite) room: RoomId,
    pub(in crate::sqlite) seq: Rev,
    pub(in crate::sqlite) by: UserId,
    pub(in crate::sqlite) once: Option<Once>,
}

impl Command for Delete {
    type Answer = Rev;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, WriteError> {
        let Self { room, seq, by, once } = self;
        if let Some(first) = batch.first_answer(room.0, by, once.as_ref())? {
            return Ok(first.rev);
        }
        let message = batch.message(room, seq, by)?;
        let own = message.author.id == by;
        batch.permit(if own { Action::DeleteOwn } else { Action::DeleteOther }, room, by)?;
        match message.body {
            Body::Text { .. } => {}
            Body::Deleted => return Ok(message.rev),
            Body::Joined | Body::Left | Body::Removed { .. } | Body::Added { .. } => {
                return Err(Refusal::Forbidden.into());
            }
        }
        let author = message.author.id;
        let rev = batch.bury(room, message)?;
        if !own {
            batch.audit(Some(by), "message.deleted", Some(author), Some(room), &format!("message {seq}"))?;
        }
        batch.keep_answer(room.0, by, once.as_ref(), rev, None)?;
        Ok(rev)
    }
}

impl Batch<'_> {
    /// Takes a message's text away. Answers at which revision.
    pub(super) fn bury(&mut self, room: RoomId, message: Message) -> Result<Rev, WriteError> {
        let stream = StreamId::from(room);
        let (rev, at) = self.next(stream)?;
        self.sql("UPDATE message SET rev = ?, text = NULL, deleted_at = ? WHERE room = ? AND seq = ?")?
            .execute(params![number(rev), at.0, Id(room.0), number(message.seq)])?;
        self.record(stream, rev, State::Message(Message { rev, body: Body::Deleted, ..message }), None)?;
        Ok(rev)
    }
}
