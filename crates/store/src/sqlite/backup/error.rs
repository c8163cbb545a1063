//! Why there is no backup.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::sqlite::migrate::MigrateError;
use crate::sqlite::open::{self, OpenError};

/// Why a backup was not made. Each sentence says what to do; nothing was left behind.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be opened or read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is nothing to back up.
    #[error("There is no database in {0}; say with --data where the server keeps everything.")]
    NoDatabase(PathBuf),
    /// There is something of that name.
    #[error("{0} is there already, and a backup overwrites nothing. Give another name.")]
    Exists(PathBuf),
    /// The data folder is no place for it.
    #[error("{0} is in the data folder itself. Keep backups elsewhere, on another disk at best.")]
    Inside(PathBuf),
    /// There is no room for it.
    #[error("There is no room for the backup {0}: make room on its disk, or choose another.")]
    Full(PathBuf),
    /// It cannot be written.
    #[error("The backup {file} cannot be written ({reason}). Choose a place where this user may write.")]
    Write {
        /// Which.
        file: PathBuf,
        /// What the system or SQLite says.
        reason: String,
    },
    /// The copy is not sound.
    #[error(
        "The database is damaged ({0}), and a copy of it would be no backup. Restore an earlier backup into an empty folder."
    )]
    Damaged(String),
    /// The write-ahead log became too long.
    #[error(
        "So much was written meanwhile that the backup gave way, before posts had to be refused. Try again when less is written, or to a faster disk."
    )]
    GaveWay,
    /// Somebody asked it to.
    #[error("The backup was interrupted; there is none.")]
    Stopped,
}

/// Why a step of the work failed, before it is said where.
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Io(io::Error),
    Damaged(String),
    GaveWay,
    Stopped,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Self::Stopped,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl BackupError {
    /// What a failure to write means.
    pub(super) fn writing(file: &Path, reason: io::Error) -> Self {
        let file = file.to_owned();
        match reason.kind() {
            ErrorKind::AlreadyExists => Self::Exists(file),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full(file),
            _ => Self::Write { file, reason: reason.to_string() },
        }
    }

    /// What a fault means while the database in a folder is copied to a file.
    pub(super) fn copying(data: &Path, file: &Path, fault: Fault) -> Self {
        match fault {
            Fault::Io(reason) => Self::writing(file, reason),
            Fault::Damaged(what) => Self::Damaged(what),
            Fault::GaveWay => Self::GaveWay,
            Fault::Stopped => Self::Stopped,
            Fault::Sqlite(reason) => match reason.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Self::Full(file.to_owned()),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Damaged(reason.to_string())
                }
                _ if is_of_reading(&reason) => open::explain(data, MigrateError::Sqlite(reason)).into(),
                _ => Self::Write { file: file.to_owned(), reason: reason.to_string() },
            },
        }
    }
}

fn is_of_reading(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ};
    let extended = error.sqlite_error().map(|error| error.extended_code);
    matches!(extended, Some(SQLITE_IOERR_READ | SQLITE_IOERR_SHORT_READ))
}
