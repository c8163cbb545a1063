//! Work that keeps a core busy: off the runtime's threads, a few at once, and only so much may wait.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::error::Error;

/// How many may wait for their turn, for each one that is worked on.
const WAITING: usize = 32;

/// Those who do it.
#[derive(Clone)]
pub(crate) struct Workers {
    working: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl Workers {
    /// At most `threads` at once.
    pub(crate) fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        let admitted = Arc::new(Semaphore::new(threads * (WAITING + 1)));
        Self { working: Arc::new(Semaphore::new(threads)), admitted }
    }

    /// Does it, in its turn.
    ///
    /// # Errors
    /// There is too much to do.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _admitted = self.admitted.try_acquire().map_err(|_| Error::Unavailable)?;
        let turn = Arc::clone(&self.working).acquire_owned().await.map_err(|_| Error::Unavailable)?;
        let done = tokio::task::spawn_blocking(move || {
            // The turn is kept until the work is done, even if nobody waits for it any more.
            let _turn = turn;
            job()
        });
        done.await.map_err(|_| Error::Internal)
    }
}
