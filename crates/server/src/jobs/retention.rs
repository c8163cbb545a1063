//! Removing messages that their rooms do not keep any longer.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::log_stream::Topic;
use chinwag_jobs::{LogStream, Steps};
use chinwag_model::{Rev, RoomId};
use chinwag_store::{Removed, Store, StoreError, Swept};
use serde::Serialize;

/// A few messages of a room's. When nothing more is to go for now, the store asks for the next job.
pub(super) struct Retention(pub(super) LogStream);

/// What those who listen to what happens are told of a step.
#[derive(Serialize)]
struct Told {
    message: &'static str,
    room: RoomId,
    messages: u64,
    floor: Rev,
}

#[async_trait]
impl Steps for Retention {
    async fn step(&self, store: &dyn Store) -> Result<Option<Duration>, StoreError> {
        let Swept { removed, pause } = store.remove_old_messages().await?;
        if let Some(Removed { room, messages, floor }) = removed {
            tracing::info!(%room, messages, floor = floor.0, "messages that a room keeps no longer were removed");
            let message = "Removing old messages";
            self.0.say(Topic::Debug, &Told { message, room, messages, floor });
        }
        Ok(pause)
    }
}
