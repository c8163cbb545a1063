//! RabbitMQ (3.10 or newer). Jobs: the table is the outbox, from which whoever has time takes them to a queue for each kind;
//! workers do what their queues have for them. The stream of what happens, and questions to workers of others, are for as
//! long as somebody waits for them, and in no table.
//!
//! | module | what it holds |
//! |---|---|
//! | [`options`] | where the broker is |
//! | `connection` | reaching it, and publishing |
//! | `keep` | one connection after the other, for as long as there is a use for it |
//! | `topology` | the exchanges and queues, declared alike by whoever comes first |
//! | `envelope` | a job as a message |
//! | `relay` | from the table to the queues |
//! | `worker` | doing what the queues have |
//! | `questions` | asking workers of others |
//! | `log_stream`, `log_reader` | publishing what happens, and taking it out again |
//!
//! A job leaves the table when the broker has confirmed it, which it does once it is on its disk, and its queue when it is
//! done, or is in the table again because it was not. So jobs that wait for their next try, and those that were given up, are
//! where operators look for them, and while the broker is away all wait there.
//!
//! Publishing has a connection of its own: a broker that is short of memory or disk stops reading from those who publish, and
//! would not hear what is done.

mod connection;
mod envelope;
mod keep;
mod log_reader;
mod log_stream;
pub mod options;
mod questions;
mod relay;
mod topology;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_store::Store;
use tokio::time::timeout;

use crate::runner::Running;
use crate::work::Works;

use self::connection::{Broken, Connected};
use self::keep::{Stopping, Use, keep, stop, until_stopped};
pub use self::log_reader::read_log;
pub use self::log_stream::publish_log;
pub use self::options::{Address, AddressInvalid, Options};
pub use self::questions::ask_workers;
use self::topology::Names;

/// For how long a queue may be known to nobody but the memory of a broker, whose database writes down what it is told after two
/// seconds at the latest (now and then it does not at once): killed before that, it has lost the queue and what was put into it,
/// however well that was confirmed. Seen with RabbitMQ 3.10, once in forty kills.
const SETTLES: Duration = Duration::from_secs(3);

/// Takes jobs to RabbitMQ and does those that it gives us.
#[derive(Clone)]
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
        Running::of(|stopped| until_stopped(stopped, |stopping| self.run(stopping)))
    }

    async fn run(self, stopping: Stopping) {
        let relaying = keep(&self.options, Relaying(self.clone()), stopping.clone());
        let working = async {
            if self.at_once > 0 {
                keep(&self.options, Working(self.clone()), stopping).await;
            }
        };
        tokio::join!(relaying, working);
    }

    async fn declare(&self, connected: &Connected) -> Result<Names, Broken> {
        let names = Names::of(&self.options.instance);
        topology::declare(&connected.channel, &names, &self.works.kinds()).await?;
        Ok(names)
    }
}

struct Relaying(Amqp);

#[async_trait]
impl Use for Relaying {
    fn what(&self) -> &'static str {
        "giving jobs to it, which wait in the store meanwhile"
    }

    async fn over(&mut self, connected: &Connected, stopping: &mut Stopping) -> Result<(), Broken> {
        let Self(amqp) = self;
        let names = amqp.declare(connected).await?;
        if timeout(SETTLES, stop(stopping)).await.is_ok() {
            return Ok(());
        }
        relay::relay(connected, &names, &*amqp.store, &amqp.works.kinds(), stopping).await
    }
}

struct Working(Amqp);

#[async_trait]
impl Use for Working {
    fn what(&self) -> &'static str {
        "doing the jobs that it gives us"
    }

    async fn over(&mut self, connected: &Connected, stopping: &mut Stopping) -> Result<(), Broken> {
        let Self(amqp) = self;
        let names = amqp.declare(connected).await?;
        worker::work(connected, &names, amqp, stopping).await
    }
}
