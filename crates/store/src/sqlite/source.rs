//! A data folder from which everything is copied to another database.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chinwag_model::StreamId;
use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

use super::migrate::MigrateError;
use super::open::{DATABASE, Folder, OpenError, explain, keep_log};
use super::{identity, migrate, moved};
use crate::progress::Progress;

/// Between two looks whether to stop, in steps of SQLite's.
const STEPS: i32 = 10_000;

/// The folder, locked as by a server, and read from one snapshot once that is [held](Self::hold).
pub(crate) struct Source {
    // Closed before the folder is let go.
    connection: Connection,
    folder: Folder,
    path: PathBuf,
}

impl Source {
    /// Opens a folder. `None`: there is no database in it.
    pub(crate) fn open(path: &Path, progress: &Progress) -> Result<Option<Self>, OpenError> {
        let database = path.join(DATABASE);
        match std::fs::metadata(&database) {
            Ok(metadata) if metadata.is_file() && metadata.len() > 0 => {}
            Ok(metadata) if metadata.is_file() => return Ok(None),
            Ok(_) => return Err(OpenError::Foreign(database)),
            Err(reason) if matches!(reason.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(reason) => return Err(OpenError::Folder { folder: path.to_owned(), reason }),
        }
        let (folder, mut connection) = Folder::open_to_read(path)?;
        let looker = progress.clone();
        connection
            .progress_handler(STEPS, Some(move || looker.is_stopped()))
            .map_err(|reason| explain(path, MigrateError::Sqlite(reason)))?;
        Ok(Some(Self { connection, folder, path: path.to_owned() }))
    }

    /// To read everything from one snapshot from now on.
    pub(crate) fn hold(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("BEGIN")
    }

    /// To write again.
    pub(crate) fn let_go(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("COMMIT")
    }

    /// What everything is read with.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Names the installation.
    pub(crate) fn workspace(&self) -> rusqlite::Result<StreamId> {
        identity::installation(&self.connection).map(|installation| installation.workspace)
    }

    /// What is true of the whole installation, but for what is only so here.
    pub(crate) fn meta(&self) -> rusqlite::Result<Vec<(String, Value)>> {
        let sql = "SELECT key, value FROM meta WHERE key NOT IN (?, ?, ?) ORDER BY key";
        let mut statement = self.connection.prepare(sql)?;
        let own = [identity::KEY, moved::COPY, moved::PLACE];
        statement.query_map(own, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    /// How many bytes the database has that hold something.
    pub(crate) fn bytes(&self) -> rusqlite::Result<u64> {
        let pages =
            "SELECT (SELECT page_count FROM pragma_page_count) - freelist_count FROM pragma_freelist_count";
        let pages: i64 = self.connection.query_row(pages, [], |row| row.get(0))?;
        let size: i64 = self.connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        Ok(pages.unsigned_abs() * size.unsigned_abs())
    }

    /// The format that it has now.
    pub(crate) fn format() -> i64 {
        migrate::KNOWN
    }

    /// The number of the copy that was begun last, if nothing was written since.
    pub(crate) fn copy(&self) -> rusqlite::Result<Option<Uuid>> {
        moved::copy(&self.connection)
    }

    /// Begins another copy. If one before it may be in use, another epoch begins as well.
    pub(crate) fn begin(&self, copy: Uuid) -> rusqlite::Result<()> {
        if let Some(place) = moved::place(&self.connection)? {
            tracing::warn!(
                "everything was transferred to {place} before, which goes on with the epoch that there was: here a new \
                 one begins, and clients load afresh"
            );
            identity::begin_anew(&self.connection, &self.folder.database())?;
        }
        moved::begin(&self.connection, copy)
    }

    /// Notes that the copy is going to be used from now on, and where it is.
    pub(crate) fn finish(&self, place: &str) -> rusqlite::Result<()> {
        moved::finish(&self.connection, place)
    }

    /// Closes the database in order.
    pub(crate) fn close(self) {
        let Self { connection, folder, path } = self;
        if let Err(error) = keep_log(&connection, false) {
            tracing::warn!(%error, folder = %path.display(), "the write-ahead log stays");
        }
        // A log that stays is read by whoever opens it next.
        drop(connection);
        drop(folder);
    }
}
