//! Checkpoints: moving the write-ahead log into the database, off the writer's path.
//!
//! The writer says how long the log is after each commit. Whenever [`CHECKPOINT_PAGES`] more have come this thread copies
//! them over, while the writer goes on. (Not more often: each time costs two syncs, which the writer's have to wait for.)
//! Once all is copied and no reader needs the log, the writer starts it afresh. A writer that goes on without a pause and
//! readers that overlap keep that from happening, so above [`RESTART_PAGES`] the writer is held for a moment. It is not
//! held for a snapshot that lasts, like a backup's: that would hold it for nothing.
//!
//! Where the log cannot be copied it would grow for ever: from [`FULL_PAGES`] on nothing is stored until all of it has
//! been. A failed sync ends the process, as everywhere in the store.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ffi};
use tokio::sync::watch;

use super::failure::{sync_failed, sync_failure};
use super::open::keep_log;
use crate::Fatal;

#[cfg(test)]
mod tests;

/// Whenever this many pages (4 KiB each) have come, the log is copied.
const CHECKPOINT_PAGES: i64 = 1_000;
/// From this many pages on the log is made to start afresh.
const RESTART_PAGES: i64 = 12_000;
/// From this many pages on (1 GiB) nothing more is stored.
const FULL_PAGES: i64 = 262_144;
/// From this many bytes of log on (768 MiB) a backup lets go of its snapshot, which keeps the log from starting afresh:
/// better no backup than no posts.
pub(super) const GIVE_WAY_BYTES: u64 = FULL_PAGES.unsigned_abs() / 4 * 3 * 4_096;
/// What is left of the log's file when it starts afresh.
pub(super) const WAL_LIMIT_BYTES: i64 = 64 * 1024 * 1024;
/// How long to wait after a failure.
const BREATH: Duration = Duration::from_secs(1);
/// How long a restart of the log waits for the writer to be between two transactions, and then holds it until those who
/// read have gone on. If that is not enough, it is tried again when the log is longer.
const RESTART_PATIENCE: Duration = Duration::from_millis(100);

/// The thread. It ends when the writer's [`Log`] is gone.
pub(super) struct Checkpointer {
    thread: Option<JoinHandle<()>>,
}

/// The writer's view of the write-ahead log.
#[derive(Clone)]
pub(super) struct Log {
    wanted: SyncSender<()>,
    length: Arc<Length>,
}

/// How long the log is, as far as the writer and the thread have said.
#[derive(Default)]
struct Length {
    /// How many of its pages were copied when they were last counted.
    copied: AtomicI64,
    /// It was too long, and not all of it has been copied since.
    full: AtomicBool,
}

impl Log {
    /// Says that the log has this many pages now. Never waits.
    pub(super) fn has(&self, pages: i32) {
        let pages = i64::from(pages);
        let length = &self.length;
        let mut copied = length.copied.load(Ordering::Relaxed);
        if copied > pages {
            // That was the log before this one.
            length.copied.store(0, Ordering::Relaxed);
            copied = 0;
        }
        if pages >= FULL_PAGES {
            length.full.store(true, Ordering::Relaxed);
        }
        if pages - copied >= CHECKPOINT_PAGES {
            self.want();
        }
    }

    /// Whether nothing more may be written.
    pub(super) fn is_full(&self) -> bool {
        let full = self.length.full.load(Ordering::Relaxed);
        if full {
            self.want();
        }
        full
    }

    fn want(&self) {
        if let Err(TrySendError::Disconnected(())) = self.wanted.try_send(()) {
            tracing::error!("the checkpoint thread is gone; the write-ahead log grows");
        }
    }
}

impl Checkpointer {
    /// Starts the thread. `database` is the file that the log is copied to.
    pub(super) fn start(
        connection: Connection,
        database: File,
        fatal: watch::Sender<Option<Fatal>>,
    ) -> std::io::Result<(Self, Log)> {
        let (wanted, receiver) = sync_channel(1);
        let log = Log { wanted, length: Arc::default() };
        let length = Arc::clone(&log.length);
        let thread = std::thread::Builder::new().name("store-checkpoint".into()).spawn(move || {
            run(&connection, &database, &receiver, &length, &fatal);
            drop(connection);
            // After the last connection: closing any descriptor of a file gives up all of the process' locks on it.
            drop(database);
        })?;
        Ok((Self { thread: Some(thread) }, log))
    }

    /// Waits for the thread to end.
    pub(super) fn join(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread had panicked");
        }
    }
}

fn run(
    connection: &Connection,
    database: &File,
    wanted: &Receiver<()>,
    length: &Length,
    fatal: &watch::Sender<Option<Fatal>>,
) {
    let mut tried = 0;
    while wanted.recv().is_ok() {
        match round(connection, database, &mut tried, length) {
            Ok(()) => {}
            Err(error) if sync_failed(&error) => {
                fatal.send_replace(Some(Fatal(sync_failure(&error))));
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "a checkpoint failed; it is tried again");
                std::thread::park_timeout(BREATH);
            }
        }
    }
    // The writer is gone. If it ended in order so does the log.
    if fatal.borrow().is_none()
        && let Err(error) = keep_log(connection, false)
    {
        tracing::warn!(%error, "the write-ahead log stays");
    }
}

/// Copies the log and, if it is long, has it start afresh. `tried` is how long it was when that was tried in vain.
fn round(connection: &Connection, database: &File, tried: &mut i64, length: &Length) -> rusqlite::Result<()> {
    let mut state = checkpoint(connection, "PASSIVE")?;
    let mut copied = state.copied;
    if state.log < *tried {
        *tried = 0;
    }
    if state.is_to_restart(*tried) {
        // What was copied while the log grew is not synced yet. Here nobody waits for it; below the writer would.
        database
            .sync_data()
            .map_err(|_| rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_FSYNC), None))?;
        connection.busy_timeout(RESTART_PATIENCE)?;
        state = checkpoint(connection, "RESTART")?;
        (*tried, copied) = if state.busy { (state.log, state.copied) } else { (0, 0) };
    }
    length.copied.store(copied.max(0), Ordering::Relaxed);
    // Where somebody else is making a checkpoint nothing is known.
    if !state.busy && state.copied >= state.log {
        length.full.store(false, Ordering::Relaxed);
    }
    Ok(())
}

/// What a checkpoint left.
struct State {
    /// Whether somebody was in its way.
    busy: bool,
    /// Pages in the log.
    log: i64,
    /// How many of them are in the database.
    copied: i64,
}

impl State {
    /// Whether the log is to be made to start afresh, which holds the writer. Where much of it could not be copied,
    /// somebody reads from an old snapshot, and that would be in vain.
    fn is_to_restart(&self, tried: i64) -> bool {
        self.log >= RESTART_PAGES.max(tried + CHECKPOINT_PAGES) && self.log - self.copied < CHECKPOINT_PAGES
    }
}

/// Copies what can be copied.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<State> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok(State { busy: row.get(0)?, log: row.get(1)?, copied: row.get(2)? })
    })
}
