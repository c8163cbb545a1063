//! What went wrong with PostgreSQL, and what it means for those who wait.

use std::time::Duration;

use tokio_postgres::error::{Error, Severity, SqlState};

use crate::StoreError;
use crate::database::DatabaseError;

/// How long one answer may take. PostgreSQL itself gives up earlier, if it lives; but for a commit that waits for a standby.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    /// PostgreSQL, or the connection to it, says so.
    #[error("{}", describe(.0))]
    Postgres(#[from] Error),
    /// It did not answer in time.
    #[error("PostgreSQL did not answer within {} s", DEADLINE.as_secs())]
    Late,
    /// There is no connection to be had: PostgreSQL is away, or lets nobody in.
    #[error("{0}")]
    Away(String),
    /// It answers, and takes nothing that is new.
    #[error(
        "PostgreSQL can only be read from: it is a standby, or somebody has set default_transaction_read_only"
    )]
    ReadOnly,
    /// All connections have been in use for too long.
    #[error("all connections to PostgreSQL are in use")]
    Busy,
}

impl Cause {
    /// Whether the connection can be used no more, and what it was doing may have happened or not.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Postgres(error) => match error.as_db_error() {
                // What ends the connection, and what a server says that writes no more.
                Some(said) => {
                    matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
                        || said.code().code().starts_with("57P")
                        || *said.code() == SqlState::READ_ONLY_SQL_TRANSACTION
                }
                None => true,
            },
            Self::Late | Self::Away(_) | Self::ReadOnly | Self::Busy => true,
        }
    }

    /// Whether it was only in another's way, and goes well if it is done again.
    pub(super) fn is_in_the_way(&self) -> bool {
        matches!(
            self,
            Self::Postgres(error) if matches!(
                error.code(),
                Some(&SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE)
            )
        )
    }

    /// Whether it may come from what was to be written, or from where: then something else may be written all the same.
    pub(super) fn is_of_the_data(&self) -> bool {
        // Data, constraints, triggers, files, and what must not be as it is.
        const CLASSES: [&str; 5] = ["22", "23", "P0", "58", "XX"];
        let Self::Postgres(error) = self else { return false };
        !self.is_lost()
            && error.code().is_some_and(|code| CLASSES.iter().any(|class| code.code().starts_with(class)))
    }

    /// The answer to a command of which nothing can have been stored.
    pub(super) fn not_stored(&self) -> StoreError {
        match self {
            Self::Busy => StoreError::Busy,
            _ => StoreError::NotStored(self.to_string()),
        }
    }

    /// The answer to a command that was being committed.
    pub(super) fn at_the_commit(&self) -> StoreError {
        if self.is_lost() { StoreError::OutcomeUnknown(self.to_string()) } else { self.not_stored() }
    }

    /// The answer to a question.
    pub(super) fn not_read(&self) -> StoreError {
        match self {
            Self::Busy => StoreError::Busy,
            _ => StoreError::NotRead(self.to_string()),
        }
    }
}

impl From<Cause> for DatabaseError {
    fn from(cause: Cause) -> Self {
        Self(Box::new(cause))
    }
}

/// Waits no longer than an answer may take.
pub(super) async fn in_time<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Cause> {
    tokio::time::timeout(DEADLINE, answer).await.map_err(|_| Cause::Late)?.map_err(Cause::from)
}

/// Longest that the end of something may take that has failed: while PostgreSQL stands still it would be waited for a
/// second time.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Ends a transaction that has failed. Says whether its connection is good for more.
pub(super) async fn in_last_words(ended: impl Future<Output = Result<(), Error>>) -> bool {
    tokio::time::timeout(LAST_WORDS, ended).await.is_ok_and(|ended| ended.is_ok())
}

/// With what lies beneath it: the error itself says little more than "db error".
fn describe(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{}: {} ({})", said.severity(), said.message(), said.code().code()),
        None => {
            let beneath = std::iter::successors(std::error::Error::source(error), |error| error.source());
            beneath.fold(error.to_string(), |text, error| format!("{text}: {error}"))
        }
    }
}
