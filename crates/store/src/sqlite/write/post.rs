//! Posting a message.

use chinwag_model::change::State;
use chinwag_model::permission::Action;
use chinwag_model::{Body, Message, StreamId};
use rusqlite::params;

use super::Batch;
use crate::sqlite::rows::{Id, line, number};
use crate::sqlite::writer::{Command, WriteError};
use crate::{Post, Posted};

/// Posts a message.
pub(in crate::sqlite) struct PostMessage(pub(in crate::sqlite) Post);

impl Command for PostMessage {
    type Answer = Posted;

    fn execute(self, batch: &mut Batch<'_>) -> Result<Posted, WriteError> {
        let Post { room, author, text, once } = self.0;
        if let Some(first) = batch.first_answer(room.0, author, Some(&once))? {
            return Ok(Posted { seq: first.rev, repeated: true });
        }
        let writer = batch.permit(Action::Post, room, author)?;
        let stream = StreamId::from(room);
        let (seq, at) = batch.next(stream)?;
        batch
            .sql(
                "INSERT INTO message (room, seq, rev, kind, author, at, text) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![Id(room.0), number(seq), line::TEXT, Id(author.0), at.0, text.as_str()])?;
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
