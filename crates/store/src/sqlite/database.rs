//! SQLite as the database of commands and questions.

use std::cmp::Reverse;

use chinwag_model::message::{Message, Person};
use chinwag_model::{ChangeKind, Millis, Rev, RoomId, SessionKey, StreamId, UserId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, params_from_iter};
use uuid::Uuid;

use super::nonces::Nonces;
use crate::commands::{Counter, Entry, NonceKey, Target, Transaction};
use crate::database::{Database, DatabaseError, Parameter, Row, parameters};
use crate::rows::{self, SELECT_MESSAGE};
use crate::{JobKind, OwnMessage, WholeJob};

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        Self(Box::new(error))
    }
}

/// What SQLite said.
pub(super) fn cause(error: DatabaseError) -> rusqlite::Error {
    match error.0.downcast::<rusqlite::Error>() {
        Ok(error) => *error,
        Err(other) => rusqlite::Error::ToSqlConversionFailure(other),
    }
}

/// An id in a column.
#[derive(Clone, Copy)]
pub(super) struct Id(pub(super) Uuid);

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?).map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        })
    }
}

impl Row for rusqlite::Row<'_> {
    fn is_null(&self, column: usize) -> Result<bool, DatabaseError> {
        Ok(matches!(self.get_ref(column)?, ValueRef::Null))
    }

    fn integer(&self, column: usize) -> Result<i64, DatabaseError> {
        Ok(self.get(column)?)
    }

    fn text(&self, column: usize) -> Result<String, DatabaseError> {
        Ok(self.get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Vec<u8>, DatabaseError> {
        Ok(self.get(column)?)
    }

    fn id(&self, column: usize) -> Result<Uuid, DatabaseError> {
        Ok(self.get::<_, Id>(column)?.0)
    }
}

/// A statement, prepared once. `$1` is a name to SQLite, which numbers names as they come.
fn prepare<'a>(connection: &'a Connection, sql: &str) -> rusqlite::Result<CachedStatement<'a>> {
    let statement = connection.prepare_cached(sql)?;
    debug_assert!(
        (1..=statement.parameter_count())
            .all(|number| statement.parameter_name(number).is_none_or(|name| name == format!("${number}"))),
        "the parameters do not come in order: {sql}"
    );
    Ok(statement)
}

impl Database for Connection {
    fn execute(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<u64, DatabaseError> {
        Ok(prepare(self, sql)?.execute(params_from_iter(parameters))? as u64)
    }

    fn each(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: &mut dyn FnMut(&dyn Row) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let mut statement = prepare(self, sql)?;
        let mut rows = statement.query(params_from_iter(parameters))?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok(())
    }

    fn is_alone_with(&self, _name: &str) -> Result<bool, DatabaseError> {
        // Nobody else writes.
        Ok(true)
    }

    fn people(&self, ids: &[Uuid]) -> Result<Vec<Person>, DatabaseError> {
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let database: &dyn Database = self;
            people.extend(database.first(
                r#"SELECT id, name, role, avatar FROM "user" WHERE id = $1"#,
                parameters![*id],
                |row| rows::person(row, 0),
            )?);
        }
        Ok(people)
    }

    fn written_by(
        &self,
        author: UserId,
        after: Option<(RoomId, Rev)>,
        limit: usize,
    ) -> Result<Vec<OwnMessage>, DatabaseError> {
        let (room, seq) = after.unwrap_or((RoomId(Uuid::nil()), Rev(0)));
        let database: &dyn Database = self;
        database.all(
            "SELECT room, seq, at, edited_at, text FROM message INDEXED BY message_by_author
             WHERE author = $1 AND kind = 0 AND deleted_at IS NULL AND (room, seq) > ($2, $3)
             ORDER BY room, seq LIMIT $4",
            parameters![author, room, seq, limit],
            |row| {
                Ok(OwnMessage {
                    room: row.get(0)?,
                    seq: row.get(1)?,
                    at: row.get(2)?,
                    edited_at: row.get(3)?,
                    text: row.get(4)?,
                })
            },
        )
    }

    fn messages(&self, room: RoomId, seqs: &[Rev]) -> Result<Vec<Message>, DatabaseError> {
        let mut seqs = seqs.to_vec();
        seqs.sort_unstable_by_key(|seq| Reverse(*seq));
        let mut messages = Vec::with_capacity(seqs.len());
        for seq in seqs {
            let database: &dyn Database = self;
            messages.extend(database.first(SELECT_MESSAGE, parameters![room, seq], rows::message)?);
        }
        Ok(messages)
    }

    fn word_places(
        &self,
        room: RoomId,
        chunk: u64,
        words: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, DatabaseError> {
        let mut found = Vec::new();
        for word in words {
            let database: &dyn Database = self;
            let places = database.first(
                "SELECT places FROM search_word WHERE room = $1 AND chunk = $2 AND word = $3",
                parameters![room, chunk, *word],
                |row| row.get::<Vec<u8>>(0),
            )?;
            found.extend(places.map(|places| ((*word).to_owned(), places)));
        }
        Ok(found)
    }
}

/// The writer's transaction.
pub(super) struct SqliteTransaction<'a> {
    pub(super) connection: &'a Connection,
    pub(super) nonces: &'a mut Nonces,
}

impl Database for SqliteTransaction<'_> {
    fn execute(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<u64, DatabaseError> {
        Database::execute(self.connection, sql, parameters)
    }

    fn each(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: &mut dyn FnMut(&dyn Row) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        self.connection.each(sql, parameters, take)
    }

    fn is_alone_with(&self, name: &str) -> Result<bool, DatabaseError> {
        self.connection.is_alone_with(name)
    }

    fn people(&self, ids: &[Uuid]) -> Result<Vec<Person>, DatabaseError> {
        self.connection.people(ids)
    }

    fn written_by(
        &self,
        author: UserId,
        after: Option<(RoomId, Rev)>,
        limit: usize,
    ) -> Result<Vec<OwnMessage>, DatabaseError> {
        self.connection.written_by(author, after, limit)
    }

    fn messages(&self, room: RoomId, seqs: &[Rev]) -> Result<Vec<Message>, DatabaseError> {
        self.connection.messages(room, seqs)
    }

    fn word_places(
        &self,
        room: RoomId,
        chunk: u64,
        words: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, DatabaseError> {
        self.connection.word_places(room, chunk, words)
    }
}

impl Transaction for SqliteTransaction<'_> {
    fn create_stream(&mut self, stream: StreamId, kind: i64) -> Result<(), DatabaseError> {
        self.write(
            "INSERT INTO stream (id, kind, head, floor, last_at) VALUES ($1, $2, 0, 0, 0)",
            parameters![stream, kind],
        )
    }

    fn counter(&self, stream: StreamId) -> Result<Counter, DatabaseError> {
        let database: &dyn Database = self.connection;
        let found =
            database.first("SELECT head, last_at FROM stream WHERE id = $1", parameters![stream], |row| {
                Ok(Counter { head: row.get(0)?, last_at: row.get(1)? })
            })?;
        found.ok_or_else(|| DatabaseError::malformed(format!("there is no stream {stream}")))
    }

    fn leave_change(
        &mut self,
        stream: StreamId,
        rev: Rev,
        kind: ChangeKind,
        target: Target,
    ) -> Result<(), DatabaseError> {
        let target = match target {
            Target::Seq(seq) => Parameter::from(seq),
            Target::Id(id) => Parameter::from(id),
        };
        self.write(
            "INSERT INTO change (stream, rev, kind, target) VALUES ($1, $2, $3, $4)",
            &[stream.into(), rev.into(), (kind as i64).into(), target],
        )
    }

    fn tell_of_sessions(&mut self, _keys: &[SessionKey], _ended: bool) -> Result<(), DatabaseError> {
        // There is no other node.
        Ok(())
    }

    fn find_nonce(&self, key: &NonceKey) -> Result<Option<Entry>, DatabaseError> {
        Ok(self.nonces.find(self.connection, &key.hash)?)
    }

    fn keep_nonce(&mut self, key: NonceKey, entry: Entry) -> Result<(), DatabaseError> {
        Ok(self.nonces.keep(self.connection, key.hash, entry)?)
    }

    fn forget_nonce(&mut self, key: &NonceKey) {
        self.nonces.forget(&key.hash);
    }

    fn expire_nonces(&mut self, before: Millis) -> Result<bool, DatabaseError> {
        Ok(self.nonces.expire(self.connection, before.0)?)
    }

    fn expire_news(&mut self, _before: Millis, _most: i64) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    fn clock(&self) -> Result<Millis, DatabaseError> {
        Ok(crate::commands::now())
    }

    fn due_jobs(&self, kinds: &[JobKind], now: Millis, limit: usize) -> Result<Vec<WholeJob>, DatabaseError> {
        super::jobs::due(self, kinds, now, limit)
    }

    fn keep_words(
        &mut self,
        room: RoomId,
        chunk: u64,
        words: &[(String, Vec<u8>)],
    ) -> Result<(), DatabaseError> {
        for (word, places) in words {
            self.write(
                "INSERT INTO search_word (room, chunk, word, places) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (room, chunk, word) DO UPDATE SET places = excluded.places",
                parameters![room, chunk, word, places.as_slice()],
            )?;
        }
        Ok(())
    }
}
