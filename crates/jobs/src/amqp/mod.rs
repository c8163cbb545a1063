//! Jobs through RabbitMQ (3.10 or newer): the table is the outbox, from which whoever has time takes them to a queue for each
//! kind; workers do what their queues have for them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`options`] | where the broker is |
//! | `connection` | reaching it, and publishing |
//! | `topology` | the exchanges and queues, declared alike by whoever comes first |
//! | `envelope` | a job as a message |
//! | `relay` | from the table to the queues |
//! | `worker` | doing what the queues have |
//!
//! A job leaves the table when the broker has confirmed it, which it does once it is on its disk, and its queue when it is
//! done, or is in the table again because it was not. So jobs that wait for their next try, and those that were given up, are
//! where operators look for them, and while the broker is away all wait there.
//!
//! Publishing has a connection of its own: a broker that is short of memory or disk stops reading from those who publish, and
//! would not hear what is done.

mod connection;
mod envelope;
pub mod options;
mod relay;
mod topology;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use chinwag_store::Store;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::runner::Running;
use crate::work::Works;

use self::connection::{Broken, Connected, connect};
pub use self::options::{Address, AddressInvalid, Options};

/// How soon it is tried again to reach a broker, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// A connection that was of use for so long was a good one.
const GOOD: Duration = Duration::from_secs(30);

/// Takes jobs to RabbitMQ and does those that it gives us.
pub struct Amqp {
    /// Where jobs are asked for.
    pub store: Arc<dyn Store>,
    /// What is known here. These kinds are taken to the broker.
    pub works: Works,
    /// How many are done here at once; with 0 they are only taken there.
    pub at_once: usize,
    /// Where the broker is.
    pub options: Options,
}

/// What a connection is for.
#[derive(Clone, Copy)]
enum Purpose {
    Relaying,
    Working,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Relaying => "giving jobs to it",
            Self::Working => "doing what it gives us",
        }
    }
}

/// How long what is under way may take, once it is to stop.
type Stopping = watch::Receiver<Option<Duration>>;

impl Amqp {
    /// Begins, in the runtime of whoever asks. The broker need not be there yet.
    #[must_use]
    pub fn start(self) -> Running {
        Running::of(|stopped| self.run(stopped))
    }

    async fn run(self, stopped: oneshot::Receiver<Duration>) {
        let (stop, stopping) = watch::channel(None);
        let relaying = self.keep(Purpose::Relaying, stopping.clone());
        let working = async {
            if self.at_once > 0 {
                self.keep(Purpose::Working, stopping).await;
            }
        };
        let both = async { tokio::join!(relaying, working) };
        tokio::pin!(both);
        tokio::select! {
            _ = &mut both => {}
            grace = stopped => {
                // Whoever has dropped the other end waits for nothing.
                let grace = grace.unwrap_or_default();
                stop.send_replace(Some(grace));
                // What is under way is waited for there; a broker that does not answer is not.
                if timeout(grace + Duration::from_secs(1), both).await.is_err() {
                    tracing::debug!("RabbitMQ was left without a word");
                }
            }
        }
    }

    /// Does it over one connection after the other, until it is to stop.
    async fn keep(&self, purpose: Purpose, mut stopping: Stopping) {
        let what = purpose.as_str();
        let broker = self.options.address.shown();
        let (mut pause, mut told) = (AGAIN.0, false);
        while stopping.borrow_and_update().is_none() {
            let begun = Instant::now();
            let ended = match connect(&self.options).await {
                Ok(connected) => {
                    tracing::debug!(broker, what, "RabbitMQ is there");
                    let ended = self.over(&connected, purpose, &mut stopping).await;
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
                tracing::warn!(broker, what, %reason, "RabbitMQ cannot be used; it is tried again, and jobs wait in the store");
                told = true;
            }
            tokio::select! {
                () = sleep(pause) => pause = (pause * 2).min(AGAIN.1),
                // It has been dropped, or is to stop.
                _ = stopping.changed() => {}
            }
        }
    }

    /// Does it over one connection, until that ends or it is to stop.
    async fn over(
        &self,
        connected: &Connected,
        purpose: Purpose,
        stopping: &mut Stopping,
    ) -> Result<(), Broken> {
        let (names, kinds) = (topology::Names::of(&self.options.instance), self.works.kinds());
        topology::declare(&connected.channel, &names, &kinds).await?;
        match purpose {
            Purpose::Relaying => relay::relay(connected, &names, &*self.store, &kinds, stopping).await,
            Purpose::Working => worker::work(connected, &names, self, stopping).await,
        }
    }
}
