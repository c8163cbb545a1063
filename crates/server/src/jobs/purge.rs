//! Taking away what those wrote whose messages are to go.

use std::sync::Arc;

use async_trait::async_trait;
use chinwag_jobs::{Failed, Task, Work};
use chinwag_store::Store;
use tokio::time::sleep;

/// Goes on until nothing more is to go.
pub(super) struct Purge(pub(super) Arc<dyn Store>);

#[async_trait]
impl Work for Purge {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        while let Some(pause) = self.0.purge_messages().await.map_err(Failed::because)? {
            sleep(pause).await;
        }
        Ok(())
    }
}
