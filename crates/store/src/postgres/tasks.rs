//! Questions that go on when nobody waits for them any more.
//!
//! A browser that breaks off its request must not break off what was begun with PostgreSQL: the connection would be in the
//! middle of something, and of no more use to others.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::task::TaskTracker;

use crate::{Result, StoreError};

/// Most that are under way or wait for a connection.
const MOST: usize = 4_096;

/// What is under way.
pub(super) struct Tasks {
    runtime: Handle,
    places: Arc<Semaphore>,
    tracker: TaskTracker,
}

impl Tasks {
    /// Nothing yet. They run in this runtime.
    pub(super) fn new(runtime: Handle) -> Self {
        Self { runtime, places: Arc::new(Semaphore::new(MOST)), tracker: TaskTracker::new() }
    }

    /// Does something to its end, whether or not anybody waits for it. It must have a time limit of its own.
    pub(super) async fn carry_out<T: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let task = async move {
            // Nobody to answer: the asker is gone.
            let _ = reply.send(task.await);
            drop(place);
        };
        if self.tracker.is_closed() {
            return Err(StoreError::Busy);
        }
        self.tracker.spawn_on(task, &self.runtime);
        answer.await.unwrap_or_else(|_| Err(StoreError::NotRead("a task of the store is gone".into())))
    }

    /// Takes nothing more, and waits for what was taken.
    pub(super) async fn close(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
