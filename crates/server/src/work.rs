//! Work that keeps a core busy: on threads of its own, a few at once, and only so much may wait.
//!
//! The threads have a lower priority than those that serve people, so that a crowd that signs in does not slow down those
//! who are already here.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::error::Error;

#[cfg(test)]
mod tests;

/// How many may wait for their turn, for each thread.
const WAITING: usize = 32;
/// How much nicer these threads are to others: as much as there is. Where something else is to be done on the same core they
/// get a sixtieth of it.
const NICE: i32 = 19;

type Job = Box<dyn FnOnce() + Send>;

/// Those who do it. The threads end when the last handle is dropped and what waits is done.
#[derive(Clone)]
pub(crate) struct Workers(mpsc::Sender<Job>);

impl Workers {
    /// Starts `threads` threads, at least one, with this name.
    ///
    /// # Errors
    /// The system starts no more threads.
    pub(crate) fn start(name: &str, threads: usize) -> io::Result<Self> {
        let threads = threads.max(1);
        let (sender, receiver) = mpsc::channel(threads * WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let receiver = Arc::clone(&receiver);
            let thread = std::thread::Builder::new().name(format!("{name}-{number}"));
            thread.spawn(move || run(&receiver))?;
        }
        Ok(Self(sender))
    }

    /// Does it, in its turn. What nobody waits for any more is not begun.
    ///
    /// # Errors
    /// There is too much to do.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, done) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !reply.is_closed() {
                // Whoever asked may be gone meanwhile.
                let _ = reply.send(job());
            }
        });
        self.0.try_send(job).map_err(|_| Error::Unavailable)?;
        // It panicked.
        done.await.map_err(|_| Error::Internal)
    }
}

fn run(receiver: &Mutex<mpsc::Receiver<Job>>) {
    // Linux gives each thread a priority of its own. Without that it is only less pleasant.
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = next else { return };
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("work panicked; the thread goes on");
        }
    }
}
