//! Threads that may wait for PostgreSQL, for commands and questions that are written for any database.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::failure::DEADLINE;
use crate::{Result, StoreError};

/// How much may wait for a thread.
const QUEUE: usize = 1_024;

type Job = Box<dyn FnOnce() + Send>;

/// The threads.
pub(super) struct Workers {
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Workers {
    /// Starts so many.
    pub(super) fn start(name: &str, count: usize) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Job>(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let receiver = Arc::clone(&receiver);
            let thread = std::thread::Builder::new().name(format!("{name}-{number}"));
            threads.push(thread.spawn(move || run(&receiver))?);
        }
        Ok(Self { queue: Mutex::new(Some(sender)), threads: Mutex::new(threads) })
    }

    /// Does something on one of them. Once it has a place in the queue it is done whether or not anybody waits, unless its
    /// turn comes too late for everybody.
    pub(super) async fn carry_out<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let asked = Instant::now();
        let job: Job = Box::new(move || {
            // Nobody waits for longer. After a jam, what nobody waits for must not keep waiting what somebody does.
            if asked.elapsed() < DEADLINE {
                // Nobody to answer: the asker is gone.
                let _ = reply.send(job());
            }
        });
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        queue.ok_or(StoreError::Busy)?.try_send(job).map_err(|_| StoreError::Busy)?;
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::OutcomeUnknown("a thread of the store is gone".into())))
    }

    /// Takes nothing more. The threads end when everything is done that waits.
    pub(super) fn close(&self) -> Vec<JoinHandle<()>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn run(queue: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        // The lock is held while waiting: whoever has it takes the next job, the others wait for the lock.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = next else { return };
        // A fault in one must not take the thread from the others; whoever asked learns by its end.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("a command or a question panicked");
        }
    }
}
