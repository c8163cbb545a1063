//! What commands and questions need of a database, whichever it is.
//!
//! What is decided, and in which order, stands once, in `commands` and `questions`, with its SQL in what SQLite and
//! PostgreSQL have in common. What must be quick, or what they do differently, each back end has in its own SQL.
//!
//! For the common SQL: parameters are `$1`, `$2` …, each first named in this order; `"user"` is always quoted, or follows
//! a dot; whatever could be meant twice is named with its table.

mod parameter;
mod row;

use chinwag_model::message::{Message, Person};
use chinwag_model::{Refusal, Rev, RoomId, UserId};
use uuid::Uuid;

pub(crate) use self::parameter::{Parameter, parameters};
pub(crate) use self::row::{Column, Row};
use crate::OwnMessage;

/// A connection in a transaction, or in a snapshot.
pub(crate) trait Database {
    /// Carries out a statement; answers how many rows it changed.
    fn execute(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<u64, DatabaseError>;

    /// Carries out a statement of which nobody needs to know what it did. It may be sent on without waiting: what is wrong
    /// with it comes out at the next statement that is waited for, the commit at the latest.
    fn write(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<(), DatabaseError> {
        self.execute(sql, parameters).map(drop)
    }

    /// Hands each row of what a statement answers to `take`, in order. `take` must not ask anything itself.
    fn each(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: &mut dyn FnMut(&dyn Row) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError>;

    /// These people, as far as a line needs to know; who has no account is left out.
    fn people(&self, ids: &[Uuid]) -> Result<Vec<Person>, DatabaseError>;

    /// What somebody wrote and is not deleted, after one of these, by room and seq.
    fn written_by(
        &self,
        author: UserId,
        after: Option<(RoomId, Rev)>,
        limit: usize,
    ) -> Result<Vec<OwnMessage>, DatabaseError>;

    /// These messages of a room, the newest first.
    fn messages(&self, room: RoomId, seqs: &[Rev]) -> Result<Vec<Message>, DatabaseError>;

    /// Whether no other transaction does what goes by this name; from now on none begins it until this one has ended.
    fn is_alone_with(&self, name: &str) -> Result<bool, DatabaseError>;

    /// In which places of a chunk these words stand; which stand nowhere is left out.
    fn word_places(
        &self,
        room: RoomId,
        chunk: u64,
        words: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, DatabaseError>;
}

impl dyn Database + '_ {
    /// What `take` makes of each row.
    pub(crate) fn all<T>(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        mut take: impl FnMut(&dyn Row) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        let mut all = Vec::new();
        self.each(sql, parameters, &mut |row| {
            all.push(take(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// What `take` makes of the first row, if there is one.
    pub(crate) fn first<T>(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: impl FnOnce(&dyn Row) -> Result<T, DatabaseError>,
    ) -> Result<Option<T>, DatabaseError> {
        let (mut take, mut first) = (Some(take), None);
        self.each(sql, parameters, &mut |row| {
            if let Some(take) = take.take() {
                first = Some(take(row)?);
            }
            Ok(())
        })?;
        Ok(first)
    }

    /// Whether there is a row.
    pub(crate) fn exists(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<bool, DatabaseError> {
        self.first(sql, parameters, |_| Ok(())).map(|found| found.is_some())
    }
}

/// What a database, or the way to it, says when it cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct DatabaseError(pub(crate) Box<dyn std::error::Error + Send + Sync>);

impl DatabaseError {
    /// Something in the database is not as it must be.
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self(what.into().into())
    }
}

/// Why a command or a question has no answer.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It may not be.
    Refused(Refusal),
    /// It could not be.
    Database(DatabaseError),
}

impl From<DatabaseError> for Failed {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
