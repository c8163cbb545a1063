//! The exchanges and queues, which everybody declares alike, so that it does not matter who comes first.
//!
//! | name | what it is |
//! |---|---|
//! | `NAME.jobs` | the exchange for jobs; the routing key is the kind |
//! | `NAME.jobs.KIND` | the queue of a kind |
//! | `NAME.log` | the exchange for what happens: a topic exchange, whose routing keys are `debug.log` and `error.log` |
//! | `NAME.debug.log` | a queue with all of that: it is bound to `*.log` |
//! | `NAME.error.log` | a queue with the errors alone: it is bound to `error.log` |
//! | `NAME.jobs.unreadable` | an exchange, and a queue of that name for what is no job, or of a version that this one does not know; nobody takes anything out of it |
//!
//! All of it is durable, and what is confirmed of jobs and errors is on the disk. The names begin with that of the installation,
//! so that several may share a broker. They are classic queues: in quorum queues a message could not get
//! lost with a node of the broker, but one with messages in it had no leader for good after a broker of version 3.10 was
//! killed (`tests/own_broker` found that). What waits for its next try does not wait here, but in the table: what a classic
//! queue gives to another one is on no disk in between.

use chinwag_store::JobKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use crate::log_stream::Topic;

/// Most entries of the stream of what happens that wait in a queue, and most bytes of them.
const LOG_ENTRIES: i64 = 100_000;
const LOG_BYTES: i64 = 64 * 1_024 * 1_024;

/// What everything of an installation is called.
pub(super) struct Names {
    jobs: String,
    unreadable: String,
    log: String,
    debug_log: String,
    error_log: String,
}

impl Names {
    pub(super) fn of(instance: &str) -> Self {
        let jobs = format!("{instance}.jobs");
        Self {
            unreadable: format!("{jobs}.unreadable"),
            jobs,
            log: format!("{instance}.log"),
            debug_log: format!("{instance}.debug.log"),
            error_log: format!("{instance}.error.log"),
        }
    }

    /// The exchange for jobs.
    pub(super) fn due(&self) -> &str {
        &self.jobs
    }

    /// The exchange for what happens.
    pub(super) fn log(&self) -> &str {
        &self.log
    }

    /// The queues for it, and which of its topics each has.
    pub(super) fn log_queues(&self) -> [(&str, &'static str); 2] {
        [(&self.debug_log, "*.log"), (&self.error_log, Topic::Error.key())]
    }

    /// The queue of a kind.
    pub(super) fn of_kind(&self, kind: &JobKind) -> String {
        format!("{}.{}", self.jobs, kind.as_str())
    }
}

/// Declares what jobs need.
pub(super) async fn declare(channel: &Channel, names: &Names, kinds: &[JobKind]) -> Result<(), lapin::Error> {
    let Names { jobs, unreadable, .. } = names;
    exchange(channel, unreadable, ExchangeKind::Fanout).await?;
    queue(channel, unreadable, FieldTable::default()).await?;
    bind(channel, unreadable, unreadable, "").await?;
    exchange(channel, jobs, ExchangeKind::Direct).await?;
    for kind in kinds {
        let name = names.of_kind(kind);
        let mut arguments = FieldTable::default();
        arguments.insert("x-dead-letter-exchange".into(), text(unreadable));
        queue(channel, &name, arguments).await?;
        bind(channel, &name, jobs, kind.as_str()).await?;
    }
    Ok(())
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), lapin::Error> {
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await
}

/// Declares what the stream of what happens needs.
pub(super) async fn declare_log(channel: &Channel, names: &Names) -> Result<(), lapin::Error> {
    exchange(channel, &names.log, ExchangeKind::Topic).await?;
    for (name, topics) in names.log_queues() {
        let mut arguments = FieldTable::default();
        // Where nobody reads it, the oldest goes.
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(LOG_ENTRIES));
        arguments.insert("x-max-length-bytes".into(), AMQPValue::LongLongInt(LOG_BYTES));
        queue(channel, name, arguments).await?;
        bind(channel, name, &names.log, topics).await?;
    }
    Ok(())
}

async fn queue(channel: &Channel, name: &str, mut arguments: FieldTable) -> Result<(), lapin::Error> {
    // Whatever kind is made by default there.
    arguments.insert("x-queue-type".into(), text("classic"));
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
