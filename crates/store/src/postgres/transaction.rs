//! A transaction of a command, with the streams that it has locked.

use std::collections::HashMap;

use chinwag_model::message::{Message, Person};
use chinwag_model::{ChangeKind, Millis, Rev, RoomId, SessionKey, StreamId, UserId};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::carry_out::OnLock;
use super::database::Session;
use crate::commands::{Counter, Entry, NonceKey, Target, Transaction};
use crate::database::{Database, DatabaseError, Parameter, Row, parameters};
use crate::{JobKind, OwnMessage, WholeJob};

/// A command is about to change what it has not locked.
#[derive(Debug, thiserror::Error)]
#[error("the stream {0} is not locked or not there")]
pub(super) struct NotLocked(pub(super) StreamId);

/// Somebody else has locked a stream, or there is none.
#[derive(Debug, thiserror::Error)]
#[error("a stream is locked by somebody else, or not there")]
pub(super) struct LockedElsewhere;

/// A transaction that writes, with the streams that it has locked.
pub(super) struct PostgresTransaction<'a> {
    session: Session<'a>,
    locked: HashMap<StreamId, Counter>,
}

impl<'a> PostgresTransaction<'a> {
    /// One that was begun in this session, and has locked nothing yet.
    pub(super) fn new(session: Session<'a>) -> Self {
        Self { session, locked: HashMap::new() }
    }

    /// Locks streams, of which those that do not exist are left out. They come in ascending order.
    pub(super) fn lock(&mut self, streams: &[StreamId], on_lock: OnLock) -> Result<(), DatabaseError> {
        let ids: Vec<Uuid> = streams.iter().map(|stream| stream.0).collect();
        let sql = match on_lock {
            OnLock::Return => {
                "SELECT id, head, last_at FROM stream WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED"
            }
            OnLock::Wait => "SELECT id, head, last_at FROM stream WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        };
        for row in self.session.query(sql, &[&ids])? {
            let row: &dyn Row = &row;
            let counter = Counter { head: row.get(1)?, last_at: row.get(2)? };
            self.locked.insert(StreamId(row.get(0)?), counter);
        }
        // Passed over in place of refused: that would be an error in PostgreSQL's log each time.
        if on_lock == OnLock::Return && self.locked.len() < streams.len() {
            return Err(DatabaseError(Box::new(LockedElsewhere)));
        }
        Ok(())
    }

    /// The session, to end the transaction.
    pub(super) fn session(&self) -> &Session<'a> {
        &self.session
    }
}

impl Database for PostgresTransaction<'_> {
    fn execute(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<u64, DatabaseError> {
        self.session.execute(sql, parameters)
    }

    fn write(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<(), DatabaseError> {
        self.session.write(sql, parameters)
    }

    fn each(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: &mut dyn FnMut(&dyn Row) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        self.session.each(sql, parameters, take)
    }

    fn is_alone_with(&self, name: &str) -> Result<bool, DatabaseError> {
        self.session.is_alone_with(name)
    }

    fn people(&self, ids: &[Uuid]) -> Result<Vec<Person>, DatabaseError> {
        self.session.people(ids)
    }

    fn written_by(
        &self,
        author: UserId,
        after: Option<(RoomId, Rev)>,
        limit: usize,
    ) -> Result<Vec<OwnMessage>, DatabaseError> {
        self.session.written_by(author, after, limit)
    }

    fn messages(&self, room: RoomId, seqs: &[Rev]) -> Result<Vec<Message>, DatabaseError> {
        self.session.messages(room, seqs)
    }

    fn word_places(
        &self,
        room: RoomId,
        chunk: u64,
        words: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, DatabaseError> {
        self.session.word_places(room, chunk, words)
    }
}

impl Transaction for PostgresTransaction<'_> {
    fn create_stream(&mut self, stream: StreamId, kind: i64) -> Result<(), DatabaseError> {
        self.locked.insert(stream, Counter { head: Rev(0), last_at: Millis(0) });
        self.write(
            "INSERT INTO stream (id, kind, head, floor, last_at) VALUES ($1, $2, 0, 0, 0)",
            parameters![stream, kind],
        )
    }

    fn counter(&self, stream: StreamId) -> Result<Counter, DatabaseError> {
        let locked = self.locked.get(&stream).copied();
        locked.ok_or_else(|| DatabaseError(Box::new(NotLocked(stream))))
    }

    fn leave_change(
        &mut self,
        stream: StreamId,
        rev: Rev,
        kind: ChangeKind,
        target: Target,
    ) -> Result<(), DatabaseError> {
        let (seq, target) = match target {
            Target::Seq(seq) => (Some(seq), None),
            Target::Id(id) => (None, Some(id)),
        };
        self.write(
            "INSERT INTO change (stream, rev, kind, seq, target) VALUES ($1, $2, $3, $4, $5)",
            parameters![stream, rev, kind as i64, seq, target],
        )
    }

    fn tell_of_sessions(&mut self, keys: &[SessionKey], ended: bool) -> Result<(), DatabaseError> {
        for key in keys {
            self.write(
                "INSERT INTO session_news (at, key, ended)
                 VALUES (floor(extract(epoch FROM clock_timestamp()) * 1000), $1, $2)",
                parameters![key, ended],
            )?;
        }
        Ok(())
    }

    fn find_nonce(&self, key: &NonceKey) -> Result<Option<Entry>, DatabaseError> {
        let database: &dyn Database = self;
        database.first(
            "SELECT digest, rev, target FROM nonce WHERE scope IN ($1, $2) AND key = $3",
            parameters![key.scope, super::TRANSFERRED, Uuid::from_bytes(key.hash)],
            |row| {
                let digest = row.get::<i64>(0)?.to_le_bytes();
                Ok(Entry { digest, rev: row.get(1)?, target: row.get(2)? })
            },
        )
    }

    fn keep_nonce(&mut self, key: NonceKey, entry: Entry) -> Result<(), DatabaseError> {
        self.write(
            "INSERT INTO nonce (scope, key, digest, rev, target, at) VALUES ($1, $2, $3, $4, $5, $6)",
            parameters![
                key.scope,
                Uuid::from_bytes(key.hash),
                i64::from_le_bytes(entry.digest),
                entry.rev,
                entry.target,
                crate::commands::now()
            ],
        )
    }

    fn forget_nonce(&mut self, _key: &NonceKey) {
        // It goes with the transaction.
    }

    fn expire_nonces(&mut self, before: Millis) -> Result<bool, DatabaseError> {
        /// So few that no post waits for it.
        const STEP: i64 = 1_000;
        let dropped = self.execute(
            "DELETE FROM nonce WHERE (scope, key) IN
               (SELECT scope, key FROM nonce WHERE at < $1 ORDER BY at LIMIT $2)",
            parameters![before, STEP],
        )?;
        Ok(dropped > 0)
    }

    fn expire_news(&mut self, before: Millis, most: i64) -> Result<bool, DatabaseError> {
        let removed = self.execute(
            "DELETE FROM session_news WHERE id IN (SELECT id FROM session_news WHERE at < $1 ORDER BY at LIMIT $2)",
            parameters![before, most],
        )?;
        Ok(removed > 0)
    }

    fn clock(&self) -> Result<Millis, DatabaseError> {
        let database: &dyn Database = self;
        let sql = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let now = database.first(sql, parameters![], |row| row.get(0))?;
        now.ok_or_else(|| DatabaseError::malformed("PostgreSQL does not know what time it is"))
    }

    fn due_jobs(&self, kinds: &[JobKind], now: Millis, limit: usize) -> Result<Vec<WholeJob>, DatabaseError> {
        self.session.due_jobs(kinds, now, limit)
    }

    fn keep_words(
        &mut self,
        room: RoomId,
        chunk: u64,
        words: &[(String, Vec<u8>)],
    ) -> Result<(), DatabaseError> {
        if words.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO search_word (room, chunk, word, places)
             SELECT $1, $2, kept.word, kept.places FROM unnest($3::text[], $4::bytea[]) AS kept (word, places)
             ON CONFLICT (room, chunk, word) DO UPDATE SET places = excluded.places";
        let (words, places): (Vec<&str>, Vec<&[u8]>) =
            words.iter().map(|(word, places)| (word.as_str(), places.as_slice())).unzip();
        let parameters: [&(dyn ToSql + Sync); 4] = [&room.0, &chunk.cast_signed(), &words, &places];
        self.session.carry_out(sql, &parameters)?;
        Ok(())
    }
}
