//! Deleting a message.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Body, Message, Refusal, Rev, RoomId, StreamId, UserId};

use super::Batch;
use super::{Command, Installation, Locks};
use crate::Once;
use crate::database::{Database, DatabaseError, Failed, parameters};

/// Takes a message's text away and leaves its place.
#[derive(Clone)]
pub(crate) struct Delete {
    pub(crate) room: RoomId,
    pub(crate) seq: Rev,
    pub(crate) by: UserId,
    pub(crate) once: Option<Once>,
}

impl Command for Delete {
    type Answer = Rev;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.room))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Rev, Failed> {
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
            Body::Joined
            | Body::Left
            | Body::Removed { .. }
            | Body::Added { .. }
            | Body::Retention { .. } => {
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
    pub(super) fn bury(&mut self, room: RoomId, message: Message) -> Result<Rev, Failed> {
        let stream = StreamId::from(room);
        let (rev, at) = self.next(stream)?;
        self.write(
            "UPDATE message SET rev = $1, text = NULL, deleted_at = $2 WHERE room = $3 AND seq = $4",
            parameters![rev, at, room, message.seq],
        )?;
        self.reword(room, &message, None, rev)?;
        self.record(stream, rev, State::Message(Message { rev, body: Body::Deleted, ..message }), None)?;
        Ok(rev)
    }
}
