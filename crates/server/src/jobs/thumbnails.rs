//! Making the small forms of people's pictures.

use std::sync::Arc;

use async_trait::async_trait;
use chinwag_jobs::{Failed, Task, Work};
use chinwag_store::Store;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::pictures;

/// Goes on until every picture has a small form. Each picture that is set asks for it, and each does it for all; they have turns.
pub(super) struct Thumbnails {
    store: Arc<dyn Store>,
    turn: Mutex<()>,
}

impl Thumbnails {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, turn: Mutex::new(()) }
    }
}

#[async_trait]
impl Work for Thumbnails {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        let _turn = self.turn.lock().await;
        while let Some((user, version, png)) =
            self.store.picture_without_thumbnail().await.map_err(Failed::because)?
        {
            // Some milliseconds each: what is kept is small.
            let made = spawn_blocking(move || pictures::small(&png)).await.map_err(Failed::because)?;
            let small = made.unwrap_or_else(|error| {
                // It is shown as it is. Without a note it would be tried for ever.
                tracing::error!(%user, version, %error, "no small picture can be made");
                Vec::new()
            });
            self.store.keep_thumbnail(user, version, small).await.map_err(Failed::because)?;
        }
        Ok(())
    }
}
