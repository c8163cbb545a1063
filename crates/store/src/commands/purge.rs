//! Taking away what somebody wrote, a few messages at once.

use chinwag_model::UserId;

use super::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::{self, SELECT_MESSAGE};
use crate::{JobKind, NewJob, OwnMessage};

/// Most messages that one step takes away, so that no post waits for it.
const STEP: usize = 100;
/// Of all nodes one does it at a time: the others would lock the same rooms.
const ALONE: &str = "purge";

/// A step of it. Answers whether there is more to do.
#[derive(Clone)]
pub(crate) struct Purge;

impl Command for Purge {
    type Answer = bool;

    fn locks(&self, database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        if !database.is_alone_with(ALONE)? {
            return Ok(Locks::none());
        }
        let Some(user) = to_purge(database)? else { return Ok(Locks::none()) };
        let found = database.written_by(user, None, STEP)?;
        Ok(Locks::none().and_all(found.into_iter().map(|message| message.room)))
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, Failed> {
        // Whoever does it may be about to end with it, and not see what has come since.
        if !batch.is_alone_with(ALONE)? {
            return Ok(true);
        }
        batch.purge()
    }
}

/// Whose messages go next.
fn to_purge(database: &dyn Database) -> Result<Option<UserId>, DatabaseError> {
    database.first(r#"SELECT "user" FROM purge ORDER BY "user" LIMIT 1"#, parameters![], |row| row.get(0))
}

impl Batch<'_> {
    /// From now on it is done, step by step, by whoever does jobs.
    pub(super) fn begin_purge(&self, user: UserId) -> Result<(), DatabaseError> {
        self.write(
            r#"INSERT INTO purge ("user", at) VALUES ($1, $2) ON CONFLICT DO NOTHING"#,
            parameters![user, self.now()],
        )?;
        self.ask_for(&NewJob::plain(JobKind::PURGE))
    }

    /// It is done no more: what is left stays.
    pub(super) fn end_purge(&self, user: UserId) -> Result<(), DatabaseError> {
        self.write(r#"DELETE FROM purge WHERE "user" = $1"#, parameters![user])
    }

    fn purge(&mut self) -> Result<bool, Failed> {
        let Some(user) = to_purge(self.database())? else { return Ok(false) };
        // What is deleted is not in the index any more, so that each step finds the next ones at once.
        let found = self.database().written_by(user, None, STEP)?;
        if found.is_empty() {
            self.write(r#"DELETE FROM purge WHERE "user" = $1"#, parameters![user])?;
            return Ok(true);
        }
        for OwnMessage { room, seq, .. } in found {
            if let Some(message) = self.first(SELECT_MESSAGE, parameters![room, seq], rows::message)? {
                self.bury(room, message)?;
            }
        }
        Ok(true)
    }
}
