//! Removing messages that their rooms do not keep any longer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::{Failed, Task, Work};
use chinwag_store::{JobKind, NewJob, Store};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// How long one job goes on, well within its limit. What is left then is another job's.
const TURN: Duration = Duration::from_secs(10 * 60);

/// Goes on until nothing more is to go for now; the store asks for the next job then. Each does it for all rooms; they have
/// turns.
pub(super) struct Retention {
    store: Arc<dyn Store>,
    turn: Mutex<()>,
}

impl Retention {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, turn: Mutex::new(()) }
    }
}

#[async_trait]
impl Work for Retention {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        let _turn = self.turn.lock().await;
        let begun = Instant::now();
        while let Some(pause) = self.store.remove_old_messages().await.map_err(Failed::because)? {
            if begun.elapsed() > TURN {
                return self.store.ask_for(NewJob::plain(JobKind::RETENTION)).await.map_err(Failed::because);
            }
            sleep(pause).await;
        }
        Ok(())
    }
}
