//! Removing messages that their rooms do not keep any longer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_jobs::log_stream::Topic;
use chinwag_jobs::{Failed, LogStream, Task, Work};
use chinwag_model::{Rev, RoomId};
use chinwag_store::{JobKind, NewJob, Removed, Store, Swept};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// How long one job goes on, well within its limit. What is left then is another job's.
const TURN: Duration = Duration::from_secs(10 * 60);

/// Goes on until nothing more is to go for now; the store asks for the next job then. Each does it for all rooms; they have
/// turns.
pub(super) struct Retention {
    store: Arc<dyn Store>,
    log_stream: LogStream,
    turn: Mutex<()>,
}

/// What those who listen to what happens are told of a step.
#[derive(Serialize)]
struct Told {
    message: &'static str,
    room: RoomId,
    messages: u64,
    floor: Rev,
}

impl Retention {
    pub(super) fn new(store: Arc<dyn Store>, log_stream: LogStream) -> Self {
        Self { store, log_stream, turn: Mutex::new(()) }
    }

    fn tell(&self, Removed { room, messages, floor }: Removed) {
        tracing::info!(%room, messages, floor = floor.0, "messages that a room keeps no longer were removed");
        let message = "Removing old messages";
        self.log_stream.say(Topic::Debug, &Told { message, room, messages, floor });
    }
}

#[async_trait]
impl Work for Retention {
    async fn run(&self, _task: &Task) -> Result<(), Failed> {
        // Waiting for one's turn is part of it.
        let begun = Instant::now();
        let _turn = self.turn.lock().await;
        loop {
            let Swept { removed, pause } = self.store.remove_old_messages().await.map_err(Failed::because)?;
            if let Some(removed) = removed {
                self.tell(removed);
            }
            let Some(pause) = pause else { return Ok(()) };
            if begun.elapsed() > TURN {
                return self.store.ask_for(NewJob::plain(JobKind::RETENTION)).await.map_err(Failed::because);
            }
            sleep(pause).await;
        }
    }
}
