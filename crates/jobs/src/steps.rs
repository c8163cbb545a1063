//! Work that is done in steps, each of which is short, for as long as there is something to do.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_store::{JobKind, NewJob, Store, StoreError};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::work::{Failed, Task, Work};

#[cfg(test)]
mod tests;

/// How long one job goes on, well within its limit.
const TURN: Duration = Duration::from_secs(10 * 60);

/// What is done in a step.
#[async_trait]
pub trait Steps: Send + Sync + 'static {
    /// Does one. How long to wait before the next; nothing if that was all for now.
    ///
    /// # Errors
    /// The store's. The job has failed then, and goes on from there when it is tried again.
    async fn step(&self, store: &dyn Store) -> Result<Option<Duration>, StoreError>;
}

/// Goes on until nothing more is to be done. Whoever asks for such a job asks for all that there is, so jobs have turns: many of
/// them at once disturb people no more than one. What is left when a job has had its time is another job's.
pub struct InSteps<S> {
    steps: S,
    store: Arc<dyn Store>,
    kind: JobKind,
    turn: Mutex<()>,
    most: Duration,
}

impl<S: Steps> InSteps<S> {
    /// Jobs of this kind.
    pub fn new(kind: JobKind, store: &Arc<dyn Store>, steps: S) -> Self {
        Self { steps, store: Arc::clone(store), kind, turn: Mutex::new(()), most: TURN }
    }
}

#[async_trait]
impl<S: Steps> Work for InSteps<S> {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        // Waiting for one's turn is part of it.
        let begun = Instant::now();
        let _turn = self.turn.lock().await;
        while let Some(pause) = self.steps.step(&*self.store).await.map_err(Failed::because)? {
            if begun.elapsed() >= self.most {
                let next = NewJob::plain(self.kind.clone());
                return self.store.ask_for(next).await.map_err(Failed::because);
            }
            sleep(pause).await;
        }
        Ok(())
    }
}
