//! Questions that must be quick: each is a few statements, however many streams or messages it is about, all of one
//! snapshot.

mod room_page;
mod states;
mod streams;

use tokio_postgres::{Row, Statement};

use super::connections::{Connection, Connections};
use super::failure::{Cause, DEADLINE, in_time};
use super::values::Parameters;
use crate::commands::Installation;
use crate::database::{DatabaseError, Failed};
use crate::{Result, StoreError};

pub(super) use room_page::room_page;
pub(super) use streams::{changes, followed, heads, sync};

/// A snapshot: whatever is asked of it is of one moment.
pub(super) struct Snapshot {
    connection: Connection,
}

impl Snapshot {
    /// Answers a question from one.
    pub(super) async fn ask<T>(
        connections: &Connections,
        question: impl AsyncFnOnce(&Self) -> std::result::Result<T, Failed>,
    ) -> Result<T> {
        let answer = tokio::time::timeout(DEADLINE, Self::ask_patiently(connections, question)).await;
        answer.unwrap_or_else(|_| Err(Cause::Late.not_read()))
    }

    async fn ask_patiently<T>(
        connections: &Connections,
        question: impl AsyncFnOnce(&Self) -> std::result::Result<T, Failed>,
    ) -> Result<T> {
        let connection = connections.read().await.map_err(|cause| cause.not_read())?;
        let snapshot = Self { connection };
        // Not waited for: the first question goes with it.
        let begun = snapshot.connection.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let (begun, answer) = futures_util::future::join(in_time(begun), question(&snapshot)).await;
        let answer = match (begun, answer) {
            (Ok(()), Ok(answer)) => Ok(answer),
            (Ok(()), Err(Failed::Refused(refusal))) => Err(StoreError::Refused(refusal)),
            // The transaction goes with the connection.
            (Ok(()), Err(Failed::Database(error))) => return Err(not_read(error)),
            (Err(cause), _) => return Err(not_read(cause.into())),
        };
        let ended = in_time(snapshot.connection.batch_execute("COMMIT")).await;
        ended.map_err(|cause| not_read(cause.into()))?;
        snapshot.connection.give_back();
        answer
    }

    /// What is true of the installation in it.
    pub(super) fn installation(&self) -> Installation {
        self.connection.installation()
    }

    /// The rows that a statement answers.
    async fn rows(
        &self,
        sql: &'static str,
        parameters: Parameters<'_>,
    ) -> std::result::Result<Vec<Row>, Failed> {
        let statement: Statement =
            in_time(self.connection.prepare_cached(sql)).await.map_err(DatabaseError::from)?;
        let rows = in_time(self.connection.query(&statement, parameters)).await;
        Ok(rows.map_err(DatabaseError::from)?)
    }
}

/// A question could not be answered.
pub(super) fn not_read(error: DatabaseError) -> StoreError {
    match error.0.downcast::<Cause>() {
        Ok(cause) => {
            tracing::error!(%cause, "a read failed");
            cause.not_read()
        }
        Err(fault) => {
            tracing::error!(%fault, "a read failed");
            StoreError::NotRead(fault.to_string())
        }
    }
}
