//! Taking away what those wrote whose messages are to go.

use std::sync::Arc;

use async_trait::async_trait;
use chinwag_jobs::{Failed, Task, Work};
use chinwag_store::Store;
use tokio::sync::Mutex;
use tokio::time::sleep;

/// Goes on until nothing more is to go. Each ban asks for it, and each does it for all; they have turns, so that many bans at
/// once disturb people no more than one.
pub(super) struct Purge {
    store: Arc<dyn Store>,
    turn: Mutex<()>,
}

impl Purge {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, turn: Mutex::new(()) }
    }
}

#[async_trait]
impl Work for Purge {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        let _turn = self.turn.lock().await;
        while let Some(pause) = self.store.purge_messages().await.map_err(Failed::because)? {
            sleep(pause).await;
        }
        Ok(())
    }
}
