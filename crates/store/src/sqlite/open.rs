//! Opening a data folder.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::migrate::{self, MigrateError};
use super::{identity, log_again};

#[cfg(test)]
mod tests;

/// The database's name in the data folder.
pub(super) const DATABASE: &str = "chinwag.db";
/// The write-ahead log's name in the data folder, which SQLite makes of the database's.
pub(super) const LOG: &str = "chinwag.db-wal";
/// The name of the log's index, likewise.
pub(super) const INDEX: &str = "chinwag.db-shm";
/// The lock's name in the data folder.
pub(super) const LOCK: &str = "lock";
/// Marks the database as ours ("Chwg").
pub(super) const APPLICATION_ID: i64 = 0x4368_7767;
/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 96;

/// How the back end works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that read, at least 1.
    pub readers: usize,
    /// Shards of the feed, at least 1.
    pub feed_shards: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 2, feed_shards: 1 }
    }
}

/// Why a data folder cannot be opened. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or written to.
    #[error(
        "The data folder {folder} cannot be used ({reason}). Choose another with --data, or make it writable for this user."
    )]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// Another process has it.
    #[error(
        "The data folder {0} is in use by another Chinwag. Stop that one first, or choose another folder with --data."
    )]
    InUse(PathBuf),
    /// Written by a newer version.
    #[error(
        "The database in {folder} was written by a newer Chinwag (format {found}; this one knows up to {known}). Run that version or a later one."
    )]
    Newer {
        /// Which.
        folder: PathBuf,
        /// Its format.
        found: i64,
        /// The newest that this version knows.
        known: i64,
    },
    /// Something else has this name.
    #[error("{0} is not a Chinwag database. Choose another data folder with --data.")]
    Foreign(PathBuf),
    /// Another program has it open, and what the last server left can only be read afresh by the first who opens it.
    #[error(
        "The last Chinwag in {0} ended badly, and another program still has its database open. Wait for a backup to end, or close that program, and start again."
    )]
    Held(PathBuf),
    /// SQLite says no.
    #[error("The database in {folder} cannot be opened ({reason}). {advice}")]
    Database {
        /// Which.
        folder: PathBuf,
        /// What SQLite says.
        reason: rusqlite::Error,
        /// What to do.
        advice: &'static str,
    },
}

/// An opened data folder: locked for as long as this lives.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be, locks it, and brings the database to the present schema.
    pub(super) fn open(path: &Path) -> Result<(Self, Connection), OpenError> {
        let (folder, writer) = Self::open_to_read(path)?;
        let taken_up = identity::take_up(&writer, &folder.database());
        taken_up.map_err(|reason| folder.explain(MigrateError::Sqlite(reason)))?;
        Ok((folder, writer))
    }

    /// The same for somebody who writes nothing that clients see.
    pub(super) fn open_to_read(path: &Path) -> Result<(Self, Connection), OpenError> {
        let lock = lock(path)?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        let connection = folder.prepare().map_err(|reason| folder.explain(reason))?;
        Ok((folder, connection))
    }

    /// The database's file.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The database's file, to be synced. To be closed after the last connection.
    pub(super) fn file(&self) -> std::io::Result<File> {
        File::open(self.database())
    }

    /// A connection that only reads.
    pub(super) fn reader(&self) -> Result<Connection, OpenError> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(self.database(), flags)?;
            settle(&connection)?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(connection)
        };
        open().map_err(|reason: rusqlite::Error| self.explain(MigrateError::Sqlite(reason)))
    }

    /// A connection for checkpoints alone.
    pub(super) fn checkpointer(&self) -> Result<Connection, OpenError> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(self.database(), flags)?;
            settle(&connection)?;
            Ok(connection)
        };
        open().map_err(|reason: rusqlite::Error| self.explain(MigrateError::Sqlite(reason)))
    }

    fn prepare(&self) -> Result<Connection, MigrateError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        log_again::write(&self.path)?;
        let mut connection = Connection::open_with_flags(self.database(), flags)?;
        keep_log(&connection, true)?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        if tables > 0 && application != APPLICATION_ID {
            return Err(MigrateError::Foreign);
        }
        // The order matters: the mode and the identity of a new file are set before its first table.
        if application != APPLICATION_ID {
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        connection.pragma_update(None, "journal_mode", "wal")?;
        settle(&connection)?;
        migrate::run(&mut connection)?;
        identity::check(&connection, &self.database())?;
        Ok(connection)
    }

    fn explain(&self, error: MigrateError) -> OpenError {
        explain(&self.path, error)
    }
}

const FULL: &str = "The disk is full: make room and start again.";
const FORBIDDEN: &str = "Make it readable and writable for this user.";
const BROKEN: &str =
    "It is damaged, or its disk cannot be read: check the disk, or restore a backup into an empty folder.";

/// Why the database in a folder cannot be opened.
pub(super) fn explain(folder: &Path, error: MigrateError) -> OpenError {
    let folder = folder.to_owned();
    match error {
        MigrateError::Foreign => OpenError::Foreign(folder.join(DATABASE)),
        MigrateError::Newer { found, known } => OpenError::Newer { folder, found, known },
        MigrateError::Held => OpenError::Held(folder),
        MigrateError::Log(reason) => {
            let advice = match reason.kind() {
                ErrorKind::StorageFull => FULL,
                ErrorKind::PermissionDenied => FORBIDDEN,
                _ => BROKEN,
            };
            let reason = rusqlite::Error::ToSqlConversionFailure(reason.into());
            OpenError::Database { folder, reason, advice }
        }
        MigrateError::Sqlite(reason) => {
            let advice = match reason.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DiskFull) => FULL,
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => BROKEN,
                Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => FORBIDDEN,
                _ => "Check the disk and the rights of the folder.",
            };
            OpenError::Database { folder, reason, advice }
        }
    }
}

/// Makes a folder if need be and takes its lock, which is held as long as the file is open.
pub(super) fn lock(folder: &Path) -> Result<File, OpenError> {
    let unusable = |reason| OpenError::Folder { folder: folder.to_owned(), reason };
    create_private(folder).map_err(unusable)?;
    let path = folder.join(LOCK);
    loop {
        let mut options = File::options();
        let lock = options.create(true).truncate(false).write(true).open(&path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(folder.to_owned())),
            Err(TryLockError::Error(reason)) => return Err(unusable(reason)),
        }
        // A restore that fails takes the folder that it made away again: then this is nobody's lock any more.
        let locked = lock.metadata().map_err(unusable)?;
        if std::fs::metadata(&path)
            .is_ok_and(|named| (named.dev(), named.ino()) == (locked.dev(), locked.ino()))
        {
            return Ok(lock);
        }
    }
}

/// Makes a folder that only its owner can look into; one that exists is left as it is.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let missing = path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    let missing: Vec<&Path> = missing.collect();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // SQLite syncs the names within the folder, but not the folder's own.
    for made in missing {
        let around = made.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Err(error) = File::open(around).and_then(|folder| folder.sync_all()) {
            // Not every file system can do that, nor may everybody read where they may write.
            tracing::warn!(%error, folder = %around.display(), "a new folder's name could not be synced");
        }
    }
    Ok(())
}

/// What every connection needs. Each commit is synced; checkpoints are made elsewhere.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", super::checkpoint::WAL_LIMIT_BYTES)?;
    connection.pragma_update(None, "cache_size", -2_000)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    keep_log(connection, true)
}

/// Whether the log stays if this connection is the last to close, or is copied into the database and deleted. After a
/// sync that failed no later one tells what is on the disk, so then it must stay.
pub(super) fn keep_log(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep).map(|_| ())
}
