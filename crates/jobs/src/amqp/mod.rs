//! Jobs through RabbitMQ (3.10 or newer): the table is the outbox, from which whoever has time takes them to a queue for each
//! kind; workers do what their queues have for them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`options`] | where the broker is |
//! | `connection` | reaching it |
//! | `topology` | the exchanges and queues, declared alike by whoever comes first |
//! | `envelope` | a job as a message |
//! | `relay` | from the table to the queues, and from the queue of those that were given up back to the table |
//! | `worker` | doing what the queues have |
//!
//! A job leaves the table when the broker has confirmed it, which it does once it is on its disk, and its queue when it is
//! done. While the broker is away jobs wait in the table.

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
use tokio::time::{sleep, timeout};

use crate::runner::Running;
use crate::work::Works;

use self::connection::{Broken, Connected, connect};
pub use self::options::{Address, AddressInvalid, Options};

/// How soon it is tried again to reach a broker that was away, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

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

impl Amqp {
    /// Begins, in the runtime of whoever asks. The broker need not be there yet.
    #[must_use]
    pub fn start(self) -> Running {
        Running::of(|stopped| self.run(stopped))
    }

    async fn run(self, stopped: oneshot::Receiver<Duration>) {
        let (stop, stopping) = watch::channel(None);
        let working = self.keep_working(stopping);
        tokio::pin!(working);
        tokio::select! {
            () = &mut working => {}
            grace = stopped => {
                // Whoever has dropped the other end waits for nothing.
                let grace = grace.unwrap_or_default();
                stop.send_replace(Some(grace));
                if timeout(grace + Duration::from_secs(1), working).await.is_err() {
                    tracing::warn!("some jobs did not finish in time; others will do them");
                }
            }
        }
    }

    /// Works over one connection after the other, until it is to stop.
    async fn keep_working(&self, mut stopping: watch::Receiver<Option<Duration>>) {
        let (mut pause, mut told) = (AGAIN.0, false);
        while stopping.borrow().is_none() {
            match connect(&self.options).await {
                Ok(connected) => {
                    tracing::info!(broker = self.options.address.shown(), "RabbitMQ is there");
                    (pause, told) = (AGAIN.0, false);
                    match self.over(&connected, &mut stopping).await {
                        Ok(()) => connected.close().await,
                        Err(reason) => tracing::warn!(%reason, "RabbitMQ is away; jobs wait in the store"),
                    }
                }
                Err(reason) if told => tracing::debug!(%reason, "RabbitMQ is away"),
                Err(reason) => {
                    tracing::warn!(broker = self.options.address.shown(), %reason, "RabbitMQ is away; jobs wait in the store");
                    told = true;
                }
            }
            tokio::select! {
                () = sleep(pause) => pause = (pause * 2).min(AGAIN.1),
                // It has been dropped, or is to stop.
                _ = stopping.changed() => {}
            }
        }
    }

    /// Works over one connection, until that ends or it is to stop.
    async fn over(
        &self,
        connected: &Connected,
        stopping: &mut watch::Receiver<Option<Duration>>,
    ) -> Result<(), Broken> {
        let names = topology::Names::of(&self.options.instance);
        let kinds = self.works.kinds();
        topology::declare(&connected.relaying, &names, &kinds).await?;
        let worked = worker::work(connected, &names, &self.works, self.at_once, stopping);
        tokio::select! {
            worked = worked => worked,
            relayed = relay::relay(connected, &names, &*self.store, &kinds) => relayed,
            buried = relay::bury(connected, &names, &*self.store) => buried,
        }
    }
}
