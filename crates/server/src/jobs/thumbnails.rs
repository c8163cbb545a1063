//! Making the small forms of people's pictures.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::Steps;
use chinwag_store::{Store, StoreError};
use tokio::task::spawn_blocking;

use crate::pictures;

/// One picture. Each that is set asks for it.
pub(super) struct Thumbnails;

#[async_trait]
impl Steps for Thumbnails {
    async fn step(&self, store: &dyn Store) -> Result<Option<Duration>, StoreError> {
        let Some((user, version, png)) = store.picture_without_thumbnail().await? else { return Ok(None) };
        // Some milliseconds: what is kept is small.
        let made = spawn_blocking(move || pictures::small(&png)).await;
        let made = made.map_err(|panicked| panicked.to_string());
        let small = made.and_then(|made| made.map_err(|error| error.to_string())).unwrap_or_else(|error| {
            // It is shown as it is. Without a note it would be tried for ever.
            tracing::error!(%user, version, error, "no small picture can be made");
            Vec::new()
        });
        store.keep_thumbnail(user, version, small).await?;
        Ok(Some(Duration::ZERO))
    }
}
