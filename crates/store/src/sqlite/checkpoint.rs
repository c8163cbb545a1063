//! Checkpoints: moving the write-ahead log into the database, off the writer's path.
//!
//! The writer says how long the log is after each commit. From [`CHECKPOINT_PAGES`] on this thread copies it over, while
//! the writer goes on. Once all is copied and no reader needs the log, the writer starts it afresh. Readers that overlap
//! without end could keep that from happening, so above [`RESTART_PAGES`] the writer is held for a moment. It is not held
//! for a snapshot that lasts, like a backup's: that would hold it for nothing.
//!
//! Where the log cannot be copied it would grow for ever: from [`FULL_PAGES`] on nothing is stored until all of it has
//! been. A failed sync ends the process, as everywhere in the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::watch;

use super::writer::sync_failed;
use crate::Fatal;

#[cfg(test)]
mod tests;

/// From this many pages (4 KiB each) on the log is copied.
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
const RESTART_PATIENCE: Duration = Duration::from_millis(500);

/// The thread. It ends when the writer's [`Log`] is gone.
pub(super) struct Checkpointer {
    thread: Option<JoinHandle<()>>,
}

/// The writer's view of the write-ahead log.
#[derive(Clone)]
pub(super) struct Log {
    wanted: SyncSender<()>,
    /// How many pages it had after the last commit, as far as no checkpoint has made an end of them.
    pages: Arc<AtomicI64>,
}

impl Log {
    /// Says that the log has this many pages now. Never waits.
    pub(super) fn has(&self, pages: i32) {
        self.pages.store(pages.into(), Ordering::Relaxed);
        self.want(pages.into());
    }

    /// Whether nothing more may be written.
    pub(super) fn is_full(&self) -> bool {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < FULL_PAGES {
            return false;
        }
        self.want(pages);
        true
    }

    fn want(&self, pages: i64) {
        if pages >= CHECKPOINT_PAGES
            && let Err(TrySendError::Disconnected(())) = self.wanted.try_send(())
        {
            tracing::error!("the checkpoint thread is gone; the write-ahead log grows");
        }
    }
}

impl Checkpointer {
    /// Starts the thread.
    pub(super) fn start(
        connection: Connection,
        fatal: watch::Sender<Option<Fatal>>,
    ) -> std::io::Result<(Self, Log)> {
        let (wanted, receiver) = sync_channel(1);
        let pages = Arc::new(AtomicI64::new(0));
        let log = Log { wanted, pages: Arc::clone(&pages) };
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&connection, &receiver, &pages, &fatal))?;
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
    wanted: &Receiver<()>,
    pages: &AtomicI64,
    fatal: &watch::Sender<Option<Fatal>>,
) {
    let mut tried = 0;
    while wanted.recv().is_ok() {
        match round(connection, &mut tried, pages) {
            Ok(()) => {}
            Err(error) if sync_failed(&error) => {
                fatal.send_replace(Some(Fatal(format!("a sync to disk failed ({error})"))));
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "a checkpoint failed; it is tried again");
                std::thread::park_timeout(BREATH);
            }
        }
    }
}

/// Copies the log and, if it is long, has it start afresh. `tried` is how long it was when that was tried in vain.
fn round(connection: &Connection, tried: &mut i64, pages: &AtomicI64) -> rusqlite::Result<()> {
    let mut state = checkpoint(connection, "PASSIVE")?;
    if state.log < *tried {
        *tried = 0;
    }
    if state.is_to_restart(*tried) {
        connection.busy_timeout(RESTART_PATIENCE)?;
        state = checkpoint(connection, "RESTART")?;
        *tried = if state.busy { state.log } else { 0 };
    }
    // Where somebody else is making a checkpoint nothing is known.
    if !state.busy && state.copied >= state.log {
        pages.store(0, Ordering::Relaxed);
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
