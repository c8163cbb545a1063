//! Posting a message.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Body, Message, StreamId};

use crate::commands::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::line;
use crate::{Post, Posted};

/// Posts a message.
#[derive(Clone)]
pub(super) struct PostMessage(pub(super) Post);

impl Command for PostMessage {
    type Answer = Posted;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::one(self.0.room))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Posted, Failed> {
        let Post { room, author, text, once } = self.0;
        if let Some(first) = batch.first_answer(room.0, author, Some(&once))? {
            return Ok(Posted { seq: first.rev, repeated: true });
        }
        let writer = batch.permit(Action::Post, room, author)?;
        let stream = StreamId::from(room);
        let (seq, at) = batch.next(stream)?;
        batch.write(
            "INSERT INTO message (room, seq, rev, kind, author, at, text)
             VALUES ($1, $2, $2, $3, $4, $5, $6)",
            parameters![room, seq, line::TEXT, author, at, text.as_str()],
        )?;
        batch.keep_answer(room.0, author, Some(&once), seq, None)?;
        let message = Message {
            seq,
            rev: seq,
            author: writer.person(),
            at,
            body: Body::Text { text: text.into_string(), edited_at: None },
        };
        batch.record(stream, seq, State::Message(message), Some(once.nonce.as_str().to_owned()))?;
        Ok(Posted { seq, repeated: false })
    }
}
