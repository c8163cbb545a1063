//! The exchanges and queues, which everybody declares alike, so that it does not matter who comes first.
//!
//! | name | what it is |
//! |---|---|
//! | `NAME.jobs` | the exchange for jobs; the routing key is the kind |
//! | `NAME.jobs.KIND` | the queue of a kind |
//! | `NAME.jobs.unreadable` | an exchange, and a queue of that name for what is no job, or of a version that this one does not know; nobody takes anything out of it |
//!
//! All of it is durable, and what is confirmed is on the disk. They are classic queues: in quorum queues a message could not get
//! lost with a node of the broker, but one with messages in it had no leader for good after a broker of version 3.10 was
//! killed (`tests/own_broker` found that). What waits for its next try does not wait here, but in the table: what a classic
//! queue gives to another one is on no disk in between.

use chinwag_store::JobKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

/// What everything of an installation is called.
pub(super) struct Names {
    jobs: String,
    unreadable: String,
}

impl Names {
    pub(super) fn of(instance: &str) -> Self {
        let jobs = format!("{instance}.jobs");
        Self { unreadable: format!("{jobs}.unreadable"), jobs }
    }

    /// The exchange for jobs.
    pub(super) fn due(&self) -> &str {
        &self.jobs
    }

    /// The queue of a kind.
    pub(super) fn of_kind(&self, kind: &JobKind) -> String {
        format!("{}.{}", self.jobs, kind.as_str())
    }
}

/// Declares all of it.
pub(super) async fn declare(channel: &Channel, names: &Names, kinds: &[JobKind]) -> Result<(), lapin::Error> {
    let Names { jobs, unreadable } = names;
    exchange(channel, unreadable, ExchangeKind::Fanout).await?;
    queue(channel, unreadable, None).await?;
    bind(channel, unreadable, unreadable, "").await?;
    exchange(channel, jobs, ExchangeKind::Direct).await?;
    for kind in kinds {
        let name = names.of_kind(kind);
        queue(channel, &name, Some(unreadable)).await?;
        bind(channel, &name, jobs, kind.as_str()).await?;
    }
    Ok(())
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), lapin::Error> {
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await
}

/// A queue, and the exchange that gets what is rejected from it.
async fn queue(channel: &Channel, name: &str, rejected: Option<&str>) -> Result<(), lapin::Error> {
    let mut arguments = FieldTable::default();
    // Whatever kind is made by default there.
    arguments.insert("x-queue-type".into(), text("classic"));
    if let Some(rejected) = rejected {
        arguments.insert("x-dead-letter-exchange".into(), text(rejected));
    }
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(name.into(), options, arguments).await.map(drop)
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), lapin::Error> {
    let options = QueueBindOptions::default();
    channel.queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default()).await
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
