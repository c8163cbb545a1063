//! Making the small forms of people's pictures.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::{Failed, Task, Work};
use chinwag_store::{JobKind, NewJob, Store};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::pictures;

/// How long one job goes on, well within its limit. What is left then is another job's.
const TURN: Duration = Duration::from_secs(10 * 60);

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
        // Waiting for one's turn is part of it.
        let begun = Instant::now();
        let _turn = self.turn.lock().await;
        while let Some((user, version, png)) =
            self.store.picture_without_thumbnail().await.map_err(Failed::because)?
        {
            // Some milliseconds each: what is kept is small.
            let made = spawn_blocking(move || pictures::small(&png)).await;
            let made = made.map_err(|panicked| panicked.to_string());
            let small =
                made.and_then(|made| made.map_err(|error| error.to_string())).unwrap_or_else(|error| {
                    // It is shown as it is. Without a note it would be tried for ever.
                    tracing::error!(%user, version, error, "no small picture can be made");
                    Vec::new()
                });
            self.store.keep_thumbnail(user, version, small).await.map_err(Failed::because)?;
            if begun.elapsed() > TURN {
                return self.store.ask_for(NewJob::plain(JobKind::THUMBNAILS)).await.map_err(Failed::because);
            }
        }
        Ok(())
    }
}
