//! Checkpoints: moving the write-ahead log into the database, off the writer's path.
//!
//! The writer says how long the log is after each commit. Whenever [`CHECKPOINT_PAGES`] more have come this thread copies
//! them over, while the writer goes on. (Not more often: each time costs two syncs, which the writer's have to wait for.)
//! Once all is copied and no reader needs the log, the writer starts it afresh. A writer that goes on without a pause and
//! readers that overlap keep that from happening, so above [`RESTART_PAGES`] the writer is held for a moment.
//!
//! Where checkpoints fail the log would grow for ever: from [`FULL_PAGES`] on nothing is stored until one succeeds. A
//! failed sync ends the process, as everywhere in the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
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
/// What is left of the log's file when it starts afresh.
pub(super) const WAL_LIMIT_BYTES: i64 = 64 * 1024 * 1024;
/// How long the writer is held at most so that the log can start afresh. A reader that needs it for longer, like a
/// backup, is not waited for: it is tried again after the next pages.
pub(super) const HOLD: Duration = Duration::from_millis(20);
/// How long to wait after a failure.
const BREATH: Duration = Duration::from_secs(1);

/// The thread. It ends when the writer's [`Log`] is gone.
pub(super) struct Checkpointer {
    thread: Option<JoinHandle<()>>,
}

/// The writer's view of the write-ahead log.
#[derive(Clone)]
pub(super) struct Log {
    wanted: SyncSender<()>,
    /// How many pages it had after the last commit.
    pages: Arc<AtomicI64>,
    /// How many of them were copied when they were last counted.
    copied: Arc<AtomicI64>,
}

impl Log {
    /// Says that the log has this many pages now. Never waits.
    pub(super) fn has(&self, pages: i32) {
        let pages = i64::from(pages);
        if pages < self.pages.swap(pages, Ordering::Relaxed) {
            // It was started afresh.
            self.copied.store(0, Ordering::Relaxed);
        }
        if pages - self.copied.load(Ordering::Relaxed) >= CHECKPOINT_PAGES {
            self.want();
        }
    }

    /// Whether nothing more may be written.
    pub(super) fn is_full(&self) -> bool {
        let full = self.pages.load(Ordering::Relaxed) >= FULL_PAGES;
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
    /// Starts the thread.
    pub(super) fn start(
        connection: Connection,
        fatal: watch::Sender<Option<Fatal>>,
    ) -> std::io::Result<(Self, Log)> {
        let (wanted, receiver) = sync_channel(1);
        let log = Log { wanted, pages: Arc::default(), copied: Arc::default() };
        let (pages, copied) = (Arc::clone(&log.pages), Arc::clone(&log.copied));
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&connection, &receiver, &pages, &copied, &fatal))?;
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
    copied: &AtomicI64,
    fatal: &watch::Sender<Option<Fatal>>,
) {
    while wanted.recv().is_ok() {
        let done = checkpoint(connection, "PASSIVE").and_then(|done| match done.pages {
            RESTART_PAGES.. => checkpoint(connection, "RESTART"),
            _ => Ok(done),
        });
        match done {
            Ok(Done { restarts: true, .. }) => {
                pages.store(0, Ordering::Relaxed);
                copied.store(0, Ordering::Relaxed);
            }
            Ok(done) => copied.store(done.copied, Ordering::Relaxed),
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

/// How far a checkpoint came.
struct Done {
    /// How many pages the log has.
    pages: i64,
    /// How many of them are in the database.
    copied: i64,
    /// Whether the next commit starts the log afresh.
    restarts: bool,
}

/// Copies what can be copied.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Done> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let busy: bool = row.get(0)?;
        Ok(Done { pages: row.get(1)?, copied: row.get(2)?, restarts: mode == "RESTART" && !busy })
    })
}
