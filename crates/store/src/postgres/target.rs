//! A schema into which everything is copied from another database.
//!
//! While that is not finished there is no epoch in it, without which it cannot be opened, and a note of the copy that it
//! takes. How far that copy is needs no note: rows come in the order of their keys, a chunk of them in one transaction,
//! so the last row of a table says it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, Stream, TryStreamExt};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row};
use uuid::Uuid;

use super::failure::Cause;
use super::migrate::{self, KNOWN, MigrateError};
use super::open::{First, OpenError};
use super::options::{Options, Schema};

/// The key in `meta` of the note of the copy that is taken.
const TAKEN: &str = "transfer";
/// The key of the same note once the copy is finished.
const FINISHED: &str = "transferred";
/// How long to wait for somebody else who copies into it: a process that was killed is noticed after a moment.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(50);

/// The scope of nonces of which the right one is not known: it is none of a room or an author.
pub(crate) const TRANSFERRED: Uuid = Uuid::nil();

/// What is in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing.
    Empty,
    /// Tables that are none of ours.
    Foreign,
    /// Part of a copy, with its note.
    Unfinished(String),
    /// An installation; with the note of the copy that it was, if it was one.
    Founded(Option<String>),
}

/// The schema, with one connection to it.
pub(crate) struct Target {
    first: First,
    schema: Schema,
    address: String,
}

impl Target {
    /// Connects. Nothing is changed.
    pub(crate) async fn connect(options: &Options) -> Result<Self, OpenError> {
        let first = First::connect(options).await?;
        Ok(Self { first, schema: options.schema.clone(), address: options.address.shown().to_owned() })
    }

    /// Where it is, to be shown.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Its name.
    pub(crate) fn schema(&self) -> &str {
        self.schema.as_str()
    }

    /// The newest format of a schema.
    pub(crate) fn format() -> i64 {
        KNOWN
    }

    /// Keeps others from copying into it for as long as this lives. Says whether that could be.
    pub(crate) async fn lock(&self) -> Result<bool, Cause> {
        // A role may have limits that suit questions. What a crash of PostgreSQL takes from the end is copied again.
        let session = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
                       SET lock_timeout = 0; SET synchronous_commit = off;
                       SET enable_sort = off; SET jit = off";
        self.first.client.batch_execute(session).await?;
        let name = format!("chinwag transfer into {}", self.schema.as_str());
        let sql = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !self.first.client.query_one(sql, &[&name]).await?.try_get::<_, bool>(0)? {
            if tokio::time::Instant::now() > deadline {
                return Ok(false);
            }
            tokio::time::sleep(AGAIN).await;
        }
        Ok(true)
    }

    /// Looks what is in it.
    pub(crate) async fn state(&self) -> Result<State, Cause> {
        let schema = self.schema.as_str();
        let sql = "SELECT count(*), count(*) FILTER (WHERE relname = 'meta') FROM pg_class
                   WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)";
        let row = self.first.client.query_one(sql, &[&schema]).await?;
        let (things, meta): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if meta == 0 {
            return Ok(if things == 0 { State::Empty } else { State::Foreign });
        }
        let (mut format, mut epoch, mut taken, mut finished) = (false, false, None, None);
        let sql = format!(
            r#"SELECT key::text, value::text FROM "{schema}".meta
               WHERE key::text IN ('format', 'epoch', '{TAKEN}', '{FINISHED}')"#
        );
        for row in self.first.client.query(&sql, &[]).await? {
            match row.try_get(0)? {
                "format" => format = true,
                "epoch" => epoch = true,
                TAKEN => taken = row.try_get(1)?,
                _ => finished = row.try_get(1)?,
            }
        }
        Ok(match (format, taken) {
            (false, _) => State::Foreign,
            _ if epoch => State::Founded(finished),
            (_, Some(note)) => State::Unfinished(note),
            // Somebody was about to begin.
            (_, None) => State::Empty,
        })
    }

    /// Makes the tables as this version knows them, without anything in them.
    pub(crate) async fn prepare(&mut self) -> Result<(), OpenError> {
        let address = self.address.clone();
        match migrate::run(&mut self.first.client, &self.schema, false).await {
            Ok(()) => Ok(()),
            Err(MigrateError::Newer { found, .. }) => Err(OpenError::Newer { address, found, known: KNOWN }),
            Err(MigrateError::Foreign) => {
                Err(OpenError::Foreign { address, schema: self.schema.as_str().to_owned() })
            }
            Err(MigrateError::Postgres(error)) => {
                Err(OpenError::Unreachable { address, reason: Cause::from(error).to_string() })
            }
        }
    }

    /// Empties these tables, if there is anything in them, and notes the copy that is taken from now on.
    pub(crate) async fn begin(&self, note: &str, tables: &[&str]) -> Result<(), Cause> {
        let tables = tables.iter().map(|table| format!(r#""{table}""#)).collect::<Vec<_>>().join(", ");
        self.transaction(async || {
            self.first.client.batch_execute(&format!("TRUNCATE {tables}")).await?;
            self.note(TAKEN, note).await
        })
        .await
    }

    /// Of what was copied nothing can be used: it is to be begun afresh.
    pub(crate) async fn discard(&self, note: &str) -> Result<(), Cause> {
        Ok(self.note(TAKEN, note).await?)
    }

    /// Whether one of these tables has a row.
    pub(crate) async fn has_rows(&self, tables: &[&str]) -> Result<bool, Cause> {
        for table in tables {
            let sql = format!(r#"SELECT EXISTS (SELECT 1 FROM "{table}")"#);
            if self.first.client.query_one(&sql, &[]).await?.try_get::<_, bool>(0)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first row of an answer.
    pub(crate) async fn first(&self, sql: &str) -> Result<Option<Row>, Cause> {
        Ok(self.first.client.query_opt(sql, &[]).await?)
    }

    /// Carries out something that has no answer.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), Cause> {
        Ok(self.first.client.batch_execute(sql).await?)
    }

    /// Copies rows, all or none of them.
    pub(crate) async fn copy_in(&self, sql: &str, rows: Bytes) -> Result<u64, Cause> {
        let sink = self.first.client.copy_in(sql).await?;
        let mut sink = std::pin::pin!(sink);
        sink.send(rows).await?;
        Ok(sink.finish().await?)
    }

    /// Reads rows as they are copied.
    pub(crate) async fn copy_out(
        &self,
        sql: &str,
    ) -> Result<impl Stream<Item = Result<Bytes, Cause>> + use<>, Cause> {
        Ok(self.first.client.copy_out(sql).await?.map_err(Cause::from))
    }

    /// Makes it an installation: with this in `meta`, and going on after what was copied.
    pub(crate) async fn finish(&self, meta: &[(String, String)]) -> Result<(), Cause> {
        self.transaction(async || {
            let client = &self.first.client;
            // All that was committed before is on the disk with it.
            let synced = "SET LOCAL synchronous_commit = DEFAULT;
                          SELECT set_config('synchronous_commit', 'on', true)
                            WHERE current_setting('synchronous_commit') = 'off'";
            client.batch_execute(synced).await?;
            let next = "SELECT setval(pg_get_serial_sequence('audit', 'id'), coalesce(max(id), 0) + 1, false)
                        FROM audit";
            client.query_one(next, &[]).await?;
            let renamed = "UPDATE meta SET key = $2 WHERE key = $1";
            client.execute(renamed, &[&TAKEN, &FINISHED]).await?;
            for (key, value) in meta {
                self.note(key, value).await?;
            }
            Ok(())
        })
        .await
    }

    async fn note(&self, key: &str, value: &str) -> Result<(), Error> {
        let parameters: [&(dyn ToSql + Sync); 2] = [&key, &value];
        let sql = "INSERT INTO meta (key, value) VALUES ($1, $2)
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.first.client.execute(sql, &parameters).await.map(drop)
    }

    /// A transaction of its own, in which nothing is done once something has failed.
    async fn transaction(&self, steps: impl AsyncFnOnce() -> Result<(), Error>) -> Result<(), Cause> {
        self.first.client.batch_execute("BEGIN").await?;
        let done = steps().await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.first.client.batch_execute(end).await;
        Ok(done.and(ended)?)
    }
}

/// Whether a copy into the schema that is in use was begun and not finished.
pub(super) async fn is_unfinished(client: &Client) -> Result<bool, Error> {
    Ok(client.query_opt("SELECT 1 FROM meta WHERE key = $1", &[&TAKEN]).await?.is_some())
}
