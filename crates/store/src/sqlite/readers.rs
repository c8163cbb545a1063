//! Readers: a few threads, each with a connection of its own, that answer questions from snapshots.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::database::{DatabaseError, Failed};
use crate::{Result, StoreError};

/// How many questions may wait.
const QUEUE: usize = 1_024;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The reading threads.
pub(super) struct Readers {
    queue: Mutex<Option<mpsc::Sender<Question>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    /// Starts a thread for each connection.
    pub(super) fn start(connections: Vec<Connection>) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Question>(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        let mut threads = Vec::new();
        for (number, connection) in connections.into_iter().enumerate() {
            let receiver = Arc::clone(&receiver);
            let thread = std::thread::Builder::new()
                .name(format!("store-read-{number}"))
                .spawn(move || run(&connection, &receiver))?;
            threads.push(thread);
        }
        Ok(Self { queue: Mutex::new(Some(sender)), threads: Mutex::new(threads) })
    }

    /// Answers a question from one snapshot.
    pub(super) async fn ask<T, F>(&self, question: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> std::result::Result<T, Failed> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Question = Box::new(move |connection| {
            if !reply.is_closed() {
                // Nobody to answer: the asker is gone.
                let _ = reply.send(in_snapshot(connection, question));
            }
        });
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        queue.ok_or(StoreError::Busy)?.try_send(job).map_err(|_| StoreError::Busy)?;
        match answer.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Failed::Refused(refusal))) => Err(StoreError::Refused(refusal)),
            Ok(Err(Failed::Database(error))) => {
                tracing::error!(%error, "a read failed");
                Err(StoreError::NotRead(error.to_string()))
            }
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Takes no more questions. The threads end when those that wait are answered.
    pub(super) fn close(&self) -> Vec<JoinHandle<()>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn run(connection: &Connection, queue: &Mutex<mpsc::Receiver<Question>>) {
    loop {
        // The lock is held while waiting: whoever has it takes the next question, the others wait for the lock.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        match next {
            Some(question) => {
                // A fault in one question must not take the thread from the others; whoever asked learns by its end.
                if catch_unwind(AssertUnwindSafe(|| question(connection))).is_err() {
                    tracing::error!("a question panicked");
                    if !connection.is_autocommit()
                        && let Err(error) = connection.execute_batch("ROLLBACK")
                    {
                        tracing::error!(%error, "its snapshot could not be ended");
                    }
                }
            }
            None => return,
        }
    }
}

fn in_snapshot<T>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> std::result::Result<T, Failed>,
) -> std::result::Result<T, Failed> {
    connection
        .prepare_cached("BEGIN")
        .and_then(|mut begin| begin.execute([]))
        .map_err(DatabaseError::from)?;
    let answer = question(connection);
    let ended = connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([]));
    if ended.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").map_err(DatabaseError::from)?;
    }
    answer
}
