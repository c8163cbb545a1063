//! One connection after the other, for as long as somebody has a use for it.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::connection::{Broken, Connected, connect};
use super::options::Options;
use crate::runner::Running;

/// How soon it is tried again to reach a broker, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// A connection that was of use for so long was a good one.
const GOOD: Duration = Duration::from_secs(30);

/// How long what is under way may take, once it is to stop.
pub(super) type Stopping = watch::Receiver<Option<Duration>>;

/// Waits until it is to stop; for how long what is under way may still take.
pub(super) async fn stop(stopping: &mut Stopping) -> Duration {
    // Whoever is gone waits for nothing.
    stopping.wait_for(Option::is_some).await.ok().and_then(|grace| *grace).unwrap_or_default()
}

/// What a connection is used for.
#[async_trait]
pub(super) trait Use: Send {
    /// What that is, for the log.
    fn what(&self) -> &'static str;

    /// Uses one, until that ends or it is to stop.
    async fn over(&mut self, connected: &Connected, stopping: &mut Stopping) -> Result<(), Broken>;
}

/// Uses one connection after the other, until it is to stop.
pub(super) async fn keep(options: &Options, mut using: impl Use, mut stopping: Stopping) {
    let what = using.what();
    let broker = options.address.shown();
    let (mut pause, mut told) = (AGAIN.0, false);
    // Also where it is to stop already: what there is to say is said.
    loop {
        let begun = Instant::now();
        let ended = match connect(options).await {
            Ok(connected) => {
                tracing::debug!(broker, what, "RabbitMQ is there");
                let ended = using.over(&connected, &mut stopping).await;
                connected.close().await;
                ended
            }
            Err(reason) => Err(reason),
        };
        let Err(reason) = ended else { return };
        if begun.elapsed() > GOOD {
            (pause, told) = (AGAIN.0, false);
        }
        if told {
            tracing::debug!(broker, what, %reason, "RabbitMQ cannot be used");
        } else {
            tracing::warn!(broker, what, %reason, "RabbitMQ cannot be used; it is tried again");
            told = true;
        }
        tokio::select! {
            () = sleep(pause) => pause = (pause * 2).min(AGAIN.1),
            // It has been dropped, or is to stop.
            _ = stopping.changed() => {}
        }
        if stopping.borrow_and_update().is_some() {
            return;
        }
    }
}

/// Begins to use connections, in the runtime of whoever asks.
pub(super) fn begin(options: &Options, using: impl Use + 'static) -> Running {
    let options = options.clone();
    Running::of(|stopped| {
        until_stopped(stopped, |stopping| async move { keep(&options, using, stopping).await })
    })
}

/// Does this until it is to stop, and for so long after that as it may still take.
pub(super) async fn until_stopped<F: Future>(
    stopped: oneshot::Receiver<Duration>,
    begin: impl FnOnce(Stopping) -> F,
) {
    let (stop, stopping) = watch::channel(None);
    let doing = begin(stopping);
    tokio::pin!(doing);
    tokio::select! {
        _ = &mut doing => {}
        grace = stopped => {
            // Whoever has dropped the other end waits for nothing.
            let grace = grace.unwrap_or_default();
            stop.send_replace(Some(grace));
            // What is under way is waited for there; a broker that does not answer is not.
            if timeout(grace + Duration::from_secs(1), doing).await.is_err() {
                tracing::debug!("RabbitMQ was left without a word");
            }
        }
    }
}
