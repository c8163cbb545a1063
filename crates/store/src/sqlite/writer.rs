//! The writer: everything that waits becomes one transaction with one sync.
//!
//! A thread does that. Handing a command to it and its answer back takes two switches of threads, which on a quick disk
//! last as long as the commit itself; so whoever comes while nobody writes and nobody waits commits on its own thread, if
//! the last commit alone took no longer than [`QUICK`]. The runtime is told, so that another thread takes over what this
//! one was serving, however long it takes this time.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::checkpoint::Log;
use super::database::{SqliteTransaction, cause};
use super::failure::{Failure, is_before_the_end, sync_failed};
use super::nonces::Nonces;
use crate::commands::{Batch, Command, Memory, now};
use crate::database::{DatabaseError, Failed};
use crate::feed::Feed;
use crate::{Fatal, Result, StoreError};

/// How many commands may wait.
const QUEUE: usize = 1_024;
/// Most commands in one transaction: bounds how long the first of them waits for the last.
const BATCH: usize = 256;
/// How long a command waits for a place in the queue.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest commit after which the next is made where it comes. Much of what is shorter than this would be spent on
/// switching threads.
const QUICK: Duration = Duration::from_micros(500);

/// The way to what is written.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Waiting>>,
    desk: Arc<Desk>,
}

/// Where writing is done, by one at a time.
struct Desk {
    /// `None` once nothing may be written any more.
    work: Mutex<Option<Work>>,
    /// How many commands are in the queue or in the thread's hands.
    waiting: AtomicUsize,
    /// The last transaction had one command and took no longer than [`QUICK`]: the next one alone is likely to.
    quick: AtomicBool,
}

impl Writer {
    /// Starts the thread. It ends, and lets go of the database, when the last writer is dropped.
    pub(super) fn start(work: Work) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let (waiting, quick) = (AtomicUsize::new(0), AtomicBool::new(false));
        let desk = Arc::new(Desk { work: Mutex::new(Some(work)), waiting, quick });
        let thread = {
            let desk = Arc::clone(&desk);
            std::thread::Builder::new().name("store-write".into()).spawn(move || desk.run(receiver))?
        };
        Ok((Self { queue, desk }, thread))
    }

    /// Carries out a command. Once it has a place in the queue it is carried out whether or not anybody waits.
    pub(super) async fn carry_out<C: Command>(&self, command: C) -> Result<C::Answer> {
        let (reply, answer) = oneshot::channel();
        let queued: Box<dyn Waiting> = Box::new(Queued { command: Some(command), answer: None, reply });
        if let Some(queued) = self.desk.write_at_once(queued) {
            let place = tokio::time::timeout(PATIENCE, self.queue.reserve()).await;
            let Ok(Ok(place)) = place else { return Err(StoreError::Busy) };
            self.desk.waiting.fetch_add(1, Ordering::Relaxed);
            place.send(queued);
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::OutcomeUnknown("the writer is gone".into())))
    }
}

impl Desk {
    /// Writes what comes to the queue, until nobody can send there any more.
    fn run(&self, mut queue: mpsc::Receiver<Box<dyn Waiting>>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
            // More may have come while somebody else wrote.
            while batch.len() < BATCH
                && let Ok(queued) = queue.try_recv()
            {
                batch.push(queued);
            }
            let count = batch.len();
            self.write(&mut work, &mut batch);
            self.waiting.fetch_sub(count, Ordering::Relaxed);
        }
        // Whoever still holds on to the desk must not hold on to the database.
        self.work.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Writes one command here and now if that is quick and disturbs nobody, and otherwise gives it back.
    fn write_at_once(&self, queued: Box<dyn Waiting>) -> Option<Box<dyn Waiting>> {
        if !self.quick.load(Ordering::Relaxed) || self.waiting.load(Ordering::Relaxed) > 0 || !may_block() {
            return Some(queued);
        }
        let mut work = match self.work.try_lock() {
            Ok(work) => work,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Some(queued),
        };
        tokio::task::block_in_place(|| self.write(&mut work, &mut vec![queued]));
        None
    }

    /// Carries out a batch, if anything may be carried out any more, and notes how long that took.
    fn write(&self, desk: &mut Option<Work>, batch: &mut Vec<Box<dyn Waiting>>) {
        let (begun, alone) = (Instant::now(), batch.len() == 1);
        // Taken away until it is known that it may go on: a panic in the middle must be the end of it. The thread that
        // copies the log may have ended it as well.
        if let Some(mut work) = desk.take().filter(|work| work.fatal.borrow().is_none()) {
            let _alarm = Alarm(work.fatal.clone());
            work.batch(batch);
            if work.fatal.borrow().is_none() {
                *desk = Some(work);
            }
        }
        // Nothing was begun of what is left.
        for waiting in batch.drain(..) {
            waiting.finish(Err(&StoreError::NotStored("the store cannot go on".into())));
        }
        self.quick.store(alone && begun.elapsed() <= QUICK, Ordering::Relaxed);
    }
}

/// Whether another thread can take over what this one serves.
fn may_block() -> bool {
    tokio::runtime::Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread)
}

/// A command in the queue, whatever its type.
trait Waiting: Send {
    /// Does it. `Ok(false)`: it was refused.
    fn execute(&mut self, batch: &mut Batch<'_>) -> std::result::Result<bool, DatabaseError>;
    /// Its own part failed; the others go on.
    fn fail(&mut self, reason: &str);
    /// The transaction ended: gives the answer, or why there is none.
    fn finish(self: Box<Self>, outcome: std::result::Result<(), &StoreError>);
}

struct Queued<C: Command> {
    command: Option<C>,
    answer: Option<Result<C::Answer>>,
    reply: oneshot::Sender<Result<C::Answer>>,
}

impl<C: Command> Waiting for Queued<C> {
    fn execute(&mut self, batch: &mut Batch<'_>) -> std::result::Result<bool, DatabaseError> {
        let Some(command) = self.command.take() else { return Ok(false) };
        match command.execute(batch) {
            Ok(answer) => {
                self.answer = Some(Ok(answer));
                Ok(true)
            }
            Err(Failed::Refused(refusal)) => {
                self.answer = Some(Err(StoreError::Refused(refusal)));
                Ok(false)
            }
            Err(Failed::Database(error)) => Err(error),
        }
    }

    fn fail(&mut self, reason: &str) {
        self.answer = Some(Err(StoreError::NotStored(reason.into())));
    }

    fn finish(self: Box<Self>, outcome: std::result::Result<(), &StoreError>) {
        let answer = match (outcome, self.answer) {
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => Err(StoreError::NotStored("the command was not reached".into())),
            // A refusal too: it may have been made because of what is not stored now.
            (Err(error), _) => Err(error.clone()),
        };
        // Nobody to answer: the asker is gone.
        let _ = self.reply.send(answer);
    }
}

/// What is needed to write.
pub(super) struct Work {
    pub(super) connection: Connection,
    pub(super) memory: Memory,
    pub(super) nonces: Nonces,
    pub(super) feed: Feed,
    pub(super) fatal: watch::Sender<Option<Fatal>>,
    pub(super) log: Log,
    /// Transactions that were committed.
    pub(super) commits: Arc<AtomicU64>,
}

impl Work {
    /// Tells the checkpoint thread how long the write-ahead log is after each commit.
    pub(super) fn report_log(&mut self) -> rusqlite::Result<()> {
        let log = self.log.clone();
        self.connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            log.has(pages);
            Ok(())
        }))
    }

    /// Carries out what waits, answers, and hands what has changed to the feed. When nothing more may be promised `fatal`
    /// says so afterwards.
    fn batch(&mut self, batch: &mut Vec<Box<dyn Waiting>>) {
        let outcome = self.transact(batch);
        let mut fatal = None;
        if let Err(failure) = &outcome {
            tracing::error!(error = %failure.answer, commands = batch.len(), "a batch was not stored");
            fatal.clone_from(&failure.fatal);
            if fatal.is_none()
                && failure.is_begun
                && let Err(error) = self.forget()
            {
                // What is remembered may not be so, and nothing may be decided by it.
                fatal = Some(format!("after a failure the database cannot be read ({error})"));
            }
        }
        for waiting in batch.drain(..) {
            waiting.finish(outcome.as_ref().map(|_| ()).map_err(|failure| &failure.answer));
        }
        for changes in outcome.unwrap_or_default() {
            self.feed.announce(changes);
        }
        // After the answers: what follows upon this closes the sockets that they go to.
        if let Some(reason) = fatal {
            self.fatal.send_replace(Some(Fatal(reason)));
        }
    }

    /// Forgets what is remembered: a batch failed, and what it had changed is not so.
    fn forget(&mut self) -> rusqlite::Result<()> {
        self.memory.forget();
        self.nonces = Nonces::load(&self.connection)?;
        Ok(())
    }

    fn transact(
        &mut self,
        waiting: &mut [Box<dyn Waiting>],
    ) -> std::result::Result<Vec<crate::feed::StreamChanges>, Failure> {
        let connection = &self.connection;
        if self.log.is_full() {
            return Err(Failure::log_is_full());
        }
        run(connection, "BEGIN IMMEDIATE").map_err(|error| Failure::not_begun(connection, &error))?;
        let not_stored = |error: rusqlite::Error| Failure::not_stored(connection, &error);
        let now = now();
        let mut transaction = SqliteTransaction { connection, nonces: &mut self.nonces };
        let mut batch = Batch::new(&mut transaction, &mut self.memory, now);
        for command in waiting.iter_mut() {
            // An error means that the transaction is gone, and with it what the commands before this one did.
            one(connection, command.as_mut(), &mut batch).map_err(not_stored)?;
        }
        let changes = batch.flush().map_err(|error| not_stored(cause(error)))?;
        self.nonces.step(connection, now.0).map_err(not_stored)?;
        match run(connection, "COMMIT") {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                Ok(changes)
            }
            Err(error) if is_before_the_end(&error) => Err(Failure::not_stored(connection, &error)),
            Err(error) => Err(Failure::unknown(&error)),
        }
    }
}

fn run(connection: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// Tells if a panic ended the writing: nothing can be stored any more.
struct Alarm(watch::Sender<Option<Fatal>>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.send_replace(Some(Fatal("the writer panicked".into())));
        }
    }
}

/// Carries out one command in its own savepoint. An error means that the whole transaction is gone.
fn one(connection: &Connection, command: &mut dyn Waiting, batch: &mut Batch<'_>) -> rusqlite::Result<()> {
    run(connection, "SAVEPOINT command")?;
    batch.begin_command();
    match command.execute(batch) {
        Ok(true) => return run(connection, "RELEASE command"),
        Ok(false) => {}
        Err(error) => {
            let error = cause(error);
            // SQLite may have ended the transaction by itself.
            if connection.is_autocommit() || sync_failed(&error) {
                return Err(error);
            }
            tracing::error!(%error, "a command failed");
            command.fail(&error.to_string());
        }
    }
    batch.forget_command();
    run(connection, "ROLLBACK TO command")?;
    run(connection, "RELEASE command")
}
