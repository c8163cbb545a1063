//! Why not everything was transferred.

use std::path::{Path, PathBuf};

use crate::postgres::{self, Cause, Target};
use crate::sqlite;

/// Why not everything was transferred. Each sentence says what to do. In the data folder nothing was changed but
/// for a note of what was begun.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The folder has nothing to transfer.
    #[error("There is no database in {0}; say with --from where the server has kept everything.")]
    NoDatabase(PathBuf),
    /// The folder cannot be used, or is in use.
    #[error(transparent)]
    Source(#[from] sqlite::OpenError),
    /// The database cannot be used.
    #[error(transparent)]
    Target(#[from] postgres::OpenError),
    /// There is an installation already.
    #[error(
        "The schema {schema} at {address} is an installation of Chinwag already; nothing in it was changed. Choose another with --instance, or an empty database."
    )]
    Used {
        /// Where.
        address: String,
        /// Which.
        schema: String,
    },
    /// It was this one.
    #[error(
        "{folder} was transferred into the schema {schema} at {address} before, to the end. Start the server with that database."
    )]
    AlreadyDone {
        /// What was transferred.
        folder: PathBuf,
        /// Where.
        address: String,
        /// Which.
        schema: String,
    },
    /// There is part of another.
    #[error(
        "The schema {schema} at {address} has part of another installation, of which the transfer was not finished; nothing in it was changed. Choose another with --instance, or empty this one: DROP SCHEMA {schema} CASCADE"
    )]
    OfAnother {
        /// Where.
        address: String,
        /// Which.
        schema: String,
    },
    /// Somebody else is at it.
    #[error(
        "Another transfer into the schema {schema} at {address} is under way. Wait for it, or choose another schema with --instance."
    )]
    Busy {
        /// Where.
        address: String,
        /// Which.
        schema: String,
    },
    /// The folder's database cannot be read, or what is noted in it not be written.
    #[error(
        "The database in {folder} cannot be read ({reason}). Check the disk, or restore a backup into an empty folder and transfer that."
    )]
    Read {
        /// Which.
        folder: PathBuf,
        /// What SQLite says.
        reason: rusqlite::Error,
    },
    /// A value cannot be what was written.
    #[error(
        "The database in {folder} is damaged: in the table {table} the row {key} has {what}. Restore a backup into an empty folder and transfer that."
    )]
    Damaged {
        /// Which.
        folder: PathBuf,
        /// The table.
        table: &'static str,
        /// The row, by its key.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// PostgreSQL says no, or is gone.
    #[error(
        "PostgreSQL at {address} did not do what it was asked to ({reason}). Once that is put right run the command again, it goes on where it stopped."
    )]
    Postgres {
        /// Where.
        address: String,
        /// What it says.
        reason: String,
    },
    /// What was copied is not what there is.
    #[error(
        "The table {table} in the schema {schema} at {address} does not have what was copied into it ({found} rows; {wanted} were expected), so it cannot be used. Run the command again, which copies everything afresh."
    )]
    Differs {
        /// Where.
        address: String,
        /// The schema.
        schema: String,
        /// The table.
        table: &'static str,
        /// How many rows it has.
        found: u64,
        /// How many it should have.
        wanted: u64,
    },
    /// This process is short of something.
    #[error("The transfer cannot run: {0}.")]
    System(std::io::Error),
    /// Somebody asked it to stop.
    #[error("The transfer was interrupted. Run the command again, it goes on where it stopped.")]
    Stopped,
}

impl TransferError {
    /// What a failure of SQLite means.
    pub(super) fn reading(folder: &Path, reason: rusqlite::Error) -> Self {
        match reason.sqlite_error_code() {
            // Only who asks it to stop interrupts it.
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Stopped,
            _ => Self::Read { folder: folder.to_owned(), reason },
        }
    }

    /// What a failure of PostgreSQL means.
    pub(super) fn at(target: &Target, cause: &Cause) -> Self {
        Self::Postgres { address: target.address().to_owned(), reason: cause.to_string() }
    }
}
