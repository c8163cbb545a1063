//! The database of a data folder as it is at one moment, whoever writes meanwhile.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chinwag_model::{Epoch, Millis};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::ffi::{Error as Reason, SQLITE_BUSY};
use rusqlite::{Connection, Error, OpenFlags};

use super::BackupError;
use super::error::Fault;
use crate::commands::now;
use crate::progress::{Part, Progress};
use crate::sqlite::migrate::{self, MigrateError};
use crate::sqlite::open::{self, APPLICATION_ID, DATABASE, LOCK, LOG, OpenError, keep_log};
use crate::sqlite::unfinished::Unfinished;

/// Pages that are copied between two looks at everything else: 1 MiB.
const STEP_PAGES: i32 = 256;
/// Steps between two syncs of the copy: 4 MiB. What waits to be written must be little, or the server's own syncs wait
/// behind it: measured beside 1,000 posts a second, of 100 acknowledgements one took 450 ms where nothing was synced
/// before the end, and 35 ms so.
const STEPS_TO_SYNC: u32 = 4;

/// A snapshot, held as long as this lives.
pub(super) struct Snapshot {
    connection: Connection,
    /// Held while the connection is closed, and therefore after it.
    lock: Option<File>,
    folder: PathBuf,
    /// The database's format.
    pub(super) format: i64,
    /// The present epoch.
    pub(super) epoch: Epoch,
    /// When it was taken.
    pub(super) taken_at: Millis,
}

impl Snapshot {
    /// Takes one. The folder's lock is not needed: a server may or may not run.
    pub(super) fn take(folder: &Path) -> Result<Self, BackupError> {
        let database = folder.join(DATABASE);
        match std::fs::metadata(&database) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(OpenError::Foreign(database).into()),
            Err(reason) if matches!(reason.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(BackupError::NoDatabase(folder.to_owned()));
            }
            Err(reason) => return Err(OpenError::Folder { folder: folder.to_owned(), reason }.into()),
        }
        let failed = |reason| open::explain(folder, MigrateError::Sqlite(reason));
        let connection = open_and_begin(&database).map_err(failed)?;
        let taken_at = now();
        let pragma =
            |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        let application = pragma("application_id").map_err(failed)?;
        let format = pragma("user_version").map_err(failed)?;
        let tables = pragma("schema_version").map_err(failed)?;
        if application != APPLICATION_ID && tables != 0 {
            return Err(OpenError::Foreign(database).into());
        }
        if application != APPLICATION_ID || format == 0 {
            // Somebody is about to make it, or was.
            return Err(BackupError::NoDatabase(folder.to_owned()));
        }
        if format > migrate::KNOWN {
            let newer = MigrateError::Newer { found: format, known: migrate::KNOWN };
            return Err(open::explain(folder, newer).into());
        }
        let epoch = connection
            .query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get::<_, i64>(0));
        let epoch = Epoch(epoch.map_err(failed)?.cast_unsigned());
        Ok(Self { connection, lock: None, folder: folder.to_owned(), format, epoch, taken_at })
    }

    /// Copies it. `give_way` is asked between steps whether that must end.
    pub(super) fn copy_to(
        &self,
        copy: &Unfinished,
        progress: &Progress,
        give_way: impl Fn() -> bool,
    ) -> Result<(), Fault> {
        let mut connection = copy.connect()?;
        let page: u32 = self.connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let backup = Backup::new(&self.connection, &mut connection)?;
        for step in 1_u32.. {
            let state = backup.step(STEP_PAGES)?;
            let (left, all) = (backup.progress().remaining, backup.progress().pagecount);
            let bytes = |pages: i32| u64::from(pages.unsigned_abs()) * u64::from(page);
            progress.is_at(Part::Copying, bytes(all - left), bytes(all));
            match state {
                StepResult::Done => break,
                StepResult::More => {}
                // Nobody else has the copy, and the snapshot needs no further lock.
                _ => return Err(Error::SqliteFailure(Reason::new(SQLITE_BUSY), None).into()),
            }
            if progress.is_stopped() {
                return Err(Fault::Stopped);
            }
            if give_way() {
                return Err(Fault::GaveWay);
            }
            if step % STEPS_TO_SYNC == 0 {
                copy.file().sync_data()?;
            }
        }
        drop(backup);
        Ok(connection.close().map_err(|(_, reason)| reason)?)
    }
}

impl Drop for Snapshot {
    /// Clears away the empty log that this has made, where no server runs and none has left anything.
    fn drop(&mut self) {
        let lock = File::open(self.folder.join(LOCK)).ok().filter(|lock| lock.try_lock().is_ok());
        let is_left = std::fs::metadata(self.folder.join(LOG)).is_ok_and(|log| log.len() > 0);
        if lock.is_some()
            && !is_left
            && let Err(error) = keep_log(&self.connection, false)
        {
            tracing::warn!(%error, "an empty write-ahead log stays");
        }
        self.lock = lock;
    }
}

/// With a transaction in which everything that is read is of one moment. Without it a backup begins again whenever
/// somebody writes.
fn open_and_begin(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // What a server that ended badly has left must stay as it is for the next one.
    keep_log(&connection, true)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    Ok(connection)
}
