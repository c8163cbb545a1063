//! Nonces: a command that was carried out before gets its first answer.

use chinwag_model::{Refusal, Rev, UserId};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::Batch;
use crate::Once;
use crate::sqlite::rows::{self, Id, number};
use crate::sqlite::writer::WriteError;

/// The first answer to a command.
pub(super) struct First {
    pub(super) rev: Rev,
    pub(super) target: Option<Uuid>,
}

impl Batch<'_> {
    /// The first answer to this command, if it was carried out before. `scope` is the room, or the author where there is
    /// no room yet. To be asked before anything else: a retry is answered alike whatever has changed since.
    pub(super) fn first_answer(
        &self,
        scope: Uuid,
        author: UserId,
        once: Option<&Once>,
    ) -> Result<Option<First>, WriteError> {
        let Some(once) = once else { return Ok(None) };
        let known = self
            .sql("SELECT digest, rev, target FROM nonce WHERE scope = ? AND author = ? AND nonce = ?")?
            .query_row(params![Id(scope), Id(author.0), once.nonce.as_str()], |row| {
                let first =
                    First { rev: rows::rev(row, 1)?, target: row.get::<_, Option<Id>>(2)?.map(|id| id.0) };
                Ok((row.get::<_, [u8; 16]>(0)?, first))
            })
            .optional()?;
        match known {
            None => Ok(None),
            Some((digest, first)) if digest == once.digest => Ok(Some(first)),
            Some(_) => Err(Refusal::NonceReused.into()),
        }
    }

    /// Keeps the answer to a command.
    pub(super) fn keep_answer(
        &self,
        scope: Uuid,
        author: UserId,
        once: Option<&Once>,
        rev: Rev,
        target: Option<Uuid>,
    ) -> rusqlite::Result<()> {
        let Some(once) = once else { return Ok(()) };
        self.sql(
            "INSERT INTO nonce (scope, author, nonce, digest, at, rev, target) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            Id(scope),
            Id(author.0),
            once.nonce.as_str(),
            once.digest,
            self.now().0,
            number(rev),
            target.map(Id)
        ])
        .map(|_| ())
    }
}
