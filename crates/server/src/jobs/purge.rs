//! Taking away what those wrote whose messages are to go.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::Steps;
use chinwag_store::{Store, StoreError};

/// A few messages of somebody's. Each ban asks for it.
pub(super) struct Purge;

#[async_trait]
impl Steps for Purge {
    async fn step(&self, store: &dyn Store) -> Result<Option<Duration>, StoreError> {
        store.purge_messages().await
    }
}
