//! PostgreSQL as the database of commands and questions, for a thread that may wait.
//!
//! What nobody needs the answer of is sent without waiting: everything that is written after the last question takes no
//! more time on the network than the commit.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use chinwag_model::message::{Message, Person};
use chinwag_model::{Rev, RoomId, UserId};
use tokio::runtime::Handle;
use tokio_postgres::Statement;
use uuid::Uuid;

use super::connections::Client;
use super::failure::{Cause, in_last_words, in_time};
use super::values::{Owned, Parameters};
use crate::OwnMessage;
use crate::database::{Database, DatabaseError, Parameter, Row, parameters};
use crate::rows::{self, select_messages};

/// Most statements that were sent and not waited for.
const UNDER_WAY: usize = 128;

/// A statement that was sent.
type Sent<'a> = Pin<Box<dyn Future<Output = Result<u64, tokio_postgres::Error>> + 'a>>;

/// A connection, used by a thread that may wait.
pub(super) struct Session<'a> {
    client: &'a Client,
    runtime: &'a Handle,
    under_way: RefCell<Vec<Sent<'a>>>,
}

impl<'a> Session<'a> {
    pub(super) fn new(client: &'a Client, runtime: &'a Handle) -> Self {
        Self { client, runtime, under_way: RefCell::default() }
    }

    fn prepare(&self, sql: &str) -> Result<Statement, Cause> {
        self.runtime.block_on(in_time(self.client.prepare_cached(sql)))
    }

    /// Asks for rows, after everything that was sent.
    pub(super) fn query(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<tokio_postgres::Row>, Cause> {
        let statement = self.prepare(sql)?;
        self.wait_for(self.client.query(&statement, parameters))
    }

    /// Carries out a statement that has no rows, after everything that was sent.
    pub(super) fn carry_out(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, Cause> {
        let statement = self.prepare(sql)?;
        self.wait_for(self.client.execute(&statement, parameters))
    }

    /// Sends a statement without waiting for what becomes of it.
    fn send(&self, mut sent: Sent<'a>) -> Result<(), Cause> {
        let begun = self.runtime.block_on(poll_fn(|context| {
            Poll::Ready(match sent.as_mut().poll(context) {
                Poll::Ready(done) => Some(done),
                Poll::Pending => None,
            })
        }));
        match begun {
            Some(done) => drop(done?),
            None => self.under_way.borrow_mut().push(sent),
        }
        Ok(())
    }

    /// Waits for what was sent, and then for `last`, which is sent before that.
    fn wait_for<T>(&self, last: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Cause> {
        let under_way = self.under_way.take();
        self.runtime.block_on(in_time(async move {
            let mut last = std::pin::pin!(last);
            let mut early = None;
            poll_fn(|context| {
                if let Poll::Ready(done) = last.as_mut().poll(context) {
                    early = Some(done);
                }
                Poll::Ready(())
            })
            .await;
            for sent in under_way {
                sent.await?;
            }
            match early {
                Some(done) => done,
                None => last.await,
            }
        }))
    }

    /// Sends the beginning of a transaction: what comes next need not wait for it.
    pub(super) fn begin(&self, sql: &'static str) -> Result<(), Cause> {
        let client = self.client;
        self.send(Box::pin(async move { client.batch_execute(sql).await.map(|()| 0) }))
    }

    /// Carries out a statement without parameters after everything that was sent.
    pub(super) fn run(&self, sql: &str) -> Result<(), Cause> {
        self.wait_for(self.client.batch_execute(sql))
    }

    /// Undoes a transaction that has failed, whatever else was sent. Says whether the connection is good for more.
    pub(super) fn undo(&self) -> bool {
        // Nobody asks any more what became of it.
        drop(self.under_way.take());
        self.runtime.block_on(in_last_words(self.client.batch_execute("ROLLBACK")))
    }
}

impl Database for Session<'_> {
    fn execute(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<u64, DatabaseError> {
        let statement = self.prepare(sql)?;
        Ok(self.wait_for(self.client.execute_raw(&statement, parameters.iter().copied()))?)
    }

    fn write(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<(), DatabaseError> {
        if self.under_way.borrow().len() >= UNDER_WAY {
            self.wait_for(std::future::ready(Ok(())))?;
        }
        let statement = self.prepare(sql)?;
        let client = self.client;
        let owned: Vec<Owned> = parameters.iter().map(Owned::from).collect();
        Ok(self.send(Box::pin(async move { client.execute_raw(&statement, owned).await }))?)
    }

    fn each(
        &self,
        sql: &'static str,
        parameters: &[Parameter<'_>],
        take: &mut dyn FnMut(&dyn Row) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let parameters: Vec<_> = parameters.iter().map(|parameter| parameter as _).collect();
        for row in self.query(sql, &parameters)? {
            take(&row)?;
        }
        Ok(())
    }

    fn is_alone_with(&self, name: &str) -> Result<bool, DatabaseError> {
        let database: &dyn Database = self;
        // Whoever keeps another schema in the same database is no concern of this one.
        let sql = "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' of ' || current_schema(), 0))::int::bigint";
        let alone = database.first(sql, parameters![name], |row| row.get(0))?;
        Ok(alone.unwrap_or(false))
    }

    fn people(&self, ids: &[Uuid]) -> Result<Vec<Person>, DatabaseError> {
        let found = self.query(r#"SELECT id, name, role, avatar FROM "user" WHERE id = ANY($1)"#, &[&ids])?;
        found.iter().map(|row| rows::person(row, 0)).collect()
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
            "SELECT room, seq, at, edited_at, text FROM message
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
        // One look-up for each, whatever is estimated.
        const MESSAGES: &str = concat!(
            "SELECT found.* FROM unnest($2::bigint[]) AS asked (seq) CROSS JOIN LATERAL (",
            select_messages!("WHERE m.room = $1 AND m.seq = asked.seq"),
            ") AS found"
        );
        let seqs: Vec<i64> = seqs.iter().map(|seq| seq.0.cast_signed()).collect();
        let statement = self.prepare(MESSAGES)?;
        let found = self.wait_for(self.client.query(&statement, &[&room.0, &seqs]))?;
        let found = found.iter().map(|row| rows::message(row));
        let mut messages = found.collect::<Result<Vec<Message>, DatabaseError>>()?;
        messages.sort_unstable_by_key(|message| Reverse(message.seq));
        Ok(messages)
    }

    fn word_places(
        &self,
        room: RoomId,
        chunk: u64,
        words: &[&str],
    ) -> Result<Vec<(String, Vec<u8>)>, DatabaseError> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        // One look-up for each: of a chunk alone PostgreSQL expects so few rows that it would go through all of them.
        let statement = self.prepare(
            "SELECT found.word, found.places FROM unnest($3::text[]) AS asked (word) CROSS JOIN LATERAL (
               SELECT word, places FROM search_word
               WHERE search_word.room = $1 AND search_word.chunk = $2 AND search_word.word = asked.word LIMIT 1
             ) AS found",
        )?;
        let found = self.wait_for(self.client.query(&statement, &[&room.0, &chunk.cast_signed(), &words]))?;
        let found = found.iter().map(|row| {
            let row: &dyn Row = row;
            Ok((row.get(0)?, row.get(1)?))
        });
        found.collect()
    }
}
