//! Checkpoints: moving the write-ahead log into the database, off the writer's path.
//!
//! The writer says how long the log is after each commit. From [`CHECKPOINT_PAGES`] on this thread copies it over, while
//! the writer goes on. Once all is copied and no reader needs the log, the writer starts it afresh. Readers that overlap
//! without end could keep that from happening, so above [`RESTART_PAGES`] the writer is held for a moment.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

/// From this many pages (4 KiB each) on the log is copied.
const CHECKPOINT_PAGES: i32 = 1_000;
/// From this many pages on the log is made to start afresh.
const RESTART_PAGES: i64 = 12_000;
/// What is left of the log's file when it starts afresh.
pub(super) const WAL_LIMIT_BYTES: i64 = 64 * 1024 * 1024;

/// The thread. It ends when its [`Trigger`] is gone.
pub(super) struct Checkpointer {
    thread: Option<JoinHandle<()>>,
}

/// The writer's end.
pub(super) struct Trigger(SyncSender<()>);

impl Trigger {
    /// Says that the log has this many pages now. Never waits.
    pub(super) fn log_has(&self, pages: i32) {
        if pages >= CHECKPOINT_PAGES
            && let Err(TrySendError::Disconnected(())) = self.0.try_send(())
        {
            tracing::error!("the checkpoint thread is gone; the write-ahead log grows");
        }
    }
}

impl Checkpointer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> std::io::Result<(Self, Trigger)> {
        let (sender, receiver) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&connection, &receiver))?;
        Ok((Self { thread: Some(thread) }, Trigger(sender)))
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

fn run(connection: &Connection, wanted: &Receiver<()>) {
    while wanted.recv().is_ok() {
        match checkpoint(connection, "PASSIVE") {
            Ok(pages) if pages > RESTART_PAGES => {
                if let Err(error) = checkpoint(connection, "RESTART") {
                    tracing::warn!(%error, pages, "the write-ahead log could not be restarted");
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "a checkpoint failed; it is tried again after the next commits");
            }
        }
    }
}

/// Copies what can be copied; answers how many pages the log has.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1))
}
