//! Taking away what somebody wrote, a few messages at once.

use chinwag_model::{Rev, RoomId, UserId};
use rusqlite::{OptionalExtension, params};

use super::Batch;
use crate::sqlite::rows::{self, Id, SELECT_MESSAGE, number};
use crate::sqlite::writer::WriteError;

/// Most messages that one step takes away, so that no post waits for it.
const STEP: i64 = 100;

impl Batch<'_> {
    /// From now on it is done, step by step.
    pub(super) fn begin_purge(&self, user: UserId) -> rusqlite::Result<()> {
        self.sql("INSERT OR IGNORE INTO purge (user, at) VALUES (?, ?)")?
            .execute(params![Id(user.0), self.now().0])
            .map(|_| ())
    }

    /// It is done no more: what is left stays.
    pub(super) fn end_purge(&self, user: UserId) -> rusqlite::Result<()> {
        self.sql("DELETE FROM purge WHERE user = ?")?.execute([Id(user.0)]).map(|_| ())
    }

    /// A step. Says whether there is more to do.
    pub(super) fn purge(&mut self) -> Result<bool, WriteError> {
        let user = self
            .sql("SELECT user FROM purge ORDER BY user LIMIT 1")?
            .query_row([], |row| row.get::<_, Id>(0))
            .optional()?;
        let Some(user) = user else { return Ok(false) };
        // What is deleted is not in the index any more, so that each step finds the next ones at once.
        let found: Vec<(RoomId, Rev)> = self
            .sql(
                "SELECT room, seq FROM message INDEXED BY message_by_author
                 WHERE author = ? AND kind = 0 AND deleted_at IS NULL LIMIT ?",
            )?
            .query_map(params![user, STEP], |row| Ok((RoomId(row.get::<_, Id>(0)?.0), rows::rev(row, 1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        if found.is_empty() {
            self.sql("DELETE FROM purge WHERE user = ?")?.execute([user])?;
            return Ok(true);
        }
        for (room, seq) in found {
            let message =
                self.sql(SELECT_MESSAGE)?.query_row(params![Id(room.0), number(seq)], rows::message)?;
            self.bury(room, message)?;
        }
        Ok(true)
    }
}
