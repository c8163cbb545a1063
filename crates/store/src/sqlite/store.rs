//! [`SqliteStore`]: the contract, carried out by the writer and the readers.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chinwag_model::{Cursor, Epoch, Rev, StreamId, UserId};
use tokio::sync::{Notify, watch};

use super::checkpoint::Checkpointer;
use super::nonces::Nonces;
use super::open::{Folder, OpenError, Options};
use super::post::PostMessage;
use super::readers::Readers;
use super::writer::{Work, Writer};
use super::{identity, read};
use crate::back_end::BackEnd;
use crate::commands::{self, Command, Installation, Memory};
use crate::database::{Database, Failed};
use crate::feed::{Feed, FeedReceiver};
use crate::{CaughtUp, ChangePages, Fatal, Followed, Post, Posted, Result, StoreError, Streams};

/// A store in a data folder of this machine.
pub struct SqliteStore {
    installation: Installation,
    /// `None` once closed.
    writer: Mutex<Option<Writer>>,
    readers: Readers,
    feed: Mutex<Option<Vec<FeedReceiver>>>,
    fatal: watch::Receiver<Option<Fatal>>,
    commits: Arc<AtomicU64>,
    closing: Mutex<Option<Closing>>,
    /// There is something for maintenance to do.
    due: Notify,
}

/// What must end before the folder may be let go.
struct Closing {
    writer: JoinHandle<()>,
    checkpointer: Checkpointer,
    folder: Folder,
}

impl SqliteStore {
    /// Opens a data folder, making it if it is not there, and starts the threads.
    ///
    /// # Errors
    /// [`OpenError`]: the folder cannot be used, is in use, or holds something else.
    pub fn open(path: &Path, options: &Options) -> std::result::Result<Arc<Self>, OpenError> {
        let (folder, connection) = Folder::open(path)?;
        let database = |reason| OpenError::Database {
            folder: path.to_owned(),
            reason,
            advice: "Restore a backup into an empty folder.",
        };
        let thread = |reason| OpenError::Folder { folder: path.to_owned(), reason };

        let installation = identity::installation(&connection).map_err(database)?;
        let connections =
            (0..options.readers.max(1)).map(|_| folder.reader()).collect::<std::result::Result<_, _>>()?;
        let (fatal, failed) = watch::channel(None);
        let (checkpointer, log) =
            Checkpointer::start(folder.checkpointer()?, folder.file().map_err(thread)?, fatal.clone())
                .map_err(thread)?;
        let (feed, receivers) = Feed::new(options.feed_shards);
        let memory = Memory::new(installation);
        let nonces = Nonces::load(&connection).map_err(database)?;
        let commits = Arc::new(AtomicU64::new(0));
        let mut work = Work { connection, memory, nonces, feed, fatal, log, commits: Arc::clone(&commits) };
        work.report_log().map_err(database)?;
        let (writer, writer_thread) = Writer::start(work).map_err(thread)?;
        let readers = Readers::start(connections).map_err(thread)?;

        let store = Arc::new(Self {
            installation,
            writer: Mutex::new(Some(writer)),
            readers,
            feed: Mutex::new(Some(receivers)),
            fatal: failed,
            commits,
            closing: Mutex::new(Some(Closing { writer: writer_thread, checkpointer, folder })),
            due: Notify::new(),
        });
        Ok(store)
    }

    /// How many transactions were committed since it was opened, each with one sync. What was stored, divided by this,
    /// tells how well commands share their syncs.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl BackEnd for SqliteStore {
    fn installation(&self) -> Installation {
        self.installation
    }

    async fn carry_out<C: Command>(&self, command: C) -> Result<C::Answer> {
        let writer = lock(&self.writer).clone();
        writer.ok_or(StoreError::Busy)?.carry_out(command).await
    }

    async fn ask_of_installation<T, F>(&self, question: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Database, Installation) -> std::result::Result<T, Failed> + Send + 'static,
    {
        let installation = self.installation;
        self.readers.ask(move |connection| question(connection, installation)).await
    }

    async fn write_post(&self, post: Post) -> Result<Posted> {
        self.carry_out(PostMessage(post)).await
    }

    fn maintenance_is_due(&self) {
        self.due.notify_one();
    }
}

fn join(thread: JoinHandle<()>, which: &str) {
    if thread.join().is_err() {
        tracing::error!("{which} thread had panicked");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Streams for SqliteStore {
    fn is_shared(&self) -> bool {
        false
    }

    fn epoch(&self) -> Epoch {
        self.installation.epoch
    }

    fn workspace(&self) -> StreamId {
        self.installation.workspace
    }

    async fn sync(&self, user: UserId, cursors: Vec<(StreamId, Cursor)>) -> Result<CaughtUp> {
        let installation = self.installation;
        self.readers.ask(move |connection| read::sync(connection, installation, user, cursors)).await
    }

    async fn changes(&self, after: Vec<(StreamId, Rev)>) -> Result<(Epoch, ChangePages)> {
        let changes = self.readers.ask(move |connection| read::changes(connection, after)).await?;
        Ok((self.epoch(), changes))
    }

    async fn heads(&self, streams: Vec<StreamId>) -> Result<(Epoch, Vec<Rev>)> {
        let heads = self.readers.ask(move |connection| read::heads(connection, &streams)).await?;
        Ok((self.epoch(), heads))
    }

    async fn followed(&self, users: Vec<UserId>) -> Result<(Epoch, Vec<Followed>)> {
        let followed = self.readers.ask(move |connection| read::followed(connection, &users)).await?;
        Ok((self.epoch(), followed))
    }

    fn take_feed(&self) -> Option<Vec<FeedReceiver>> {
        lock(&self.feed).take()
    }

    async fn failed(&self) -> Fatal {
        let mut fatal = self.fatal.clone();
        let reason = fatal.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        match reason {
            Some(reason) => reason,
            // The writer ended as it was asked to.
            None => std::future::pending().await,
        }
    }

    /// Whatever has had its time, and the messages of those whose messages go.
    async fn maintain(&self) {
        /// Between two rounds.
        const ROUND: Duration = Duration::from_secs(600);
        loop {
            let begun = Instant::now();
            let more = match commands::maintain(self).await {
                Ok(more) => more,
                Err(StoreError::Busy) if lock(&self.writer).is_none() => return,
                Err(error) => {
                    tracing::warn!(%error, "maintenance failed; it is tried again");
                    false
                }
            };
            if more {
                tokio::time::sleep(commands::pause(begun.elapsed())).await;
            } else {
                // Whichever comes first.
                let _ = tokio::time::timeout(ROUND, self.due.notified()).await;
            }
        }
    }

    async fn close(&self) {
        let writer = lock(&self.writer).take();
        let closing = lock(&self.closing).take();
        let Some(mut closing) = closing else { return };
        let readers = self.readers.close();
        // Threads are joined where waiting disturbs nobody; the lock on the folder goes last.
        let ended = tokio::task::spawn_blocking(move || {
            // Whoever closes the database last clears its log away. If several close it at once, each takes another for
            // the last: so one after the other.
            for thread in readers {
                join(thread, "a reading");
            }
            drop(writer);
            join(closing.writer, "the writing");
            closing.checkpointer.join();
            drop(closing.folder);
        });
        if ended.await.is_err() {
            tracing::error!("the store did not close in order");
        }
    }

    async fn ping(&self) -> Result<()> {
        self.ask(|database| Ok(database.exists("SELECT 1", &[]).map(drop)?)).await
    }
}
