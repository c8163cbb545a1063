//! The exchanges and queues, which everybody declares alike, so that it does not matter who comes first.
//!
//! | name | what it is |
//! |---|---|
//! | `NAME.jobs` | the exchange for jobs that are due; the routing key is the kind |
//! | `NAME.jobs.KIND` | the queue of a kind |
//! | `NAME.jobs.after.SECONDS` | an exchange, and a queue of that name in which jobs wait that are to be tried again; then they go back to `NAME.jobs` |
//! | `NAME.jobs.dead` | an exchange, and a queue of that name for jobs that were given up |
//! | `NAME.jobs.unreadable` | an exchange, and a queue of that name for what is no job; nobody takes anything out of it |
//!
//! All of it is durable, and what is confirmed is on the disk. What a queue gives to another one is there before it leaves the
//! first. They are classic queues: quorum queues would count how often a message was given to somebody, but one with
//! messages in it had no leader for good after a broker of version 3.10 was killed (`tests/rabbitmq.rs` found that).

use std::time::Duration;

use chinwag_store::JobKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

/// After how many seconds a job is tried again, by how often it was tried.
const DELAYS: [u64; 7] = [1, 4, 16, 64, 256, 1_024, 3_600];

/// What everything of an installation is called.
#[derive(Clone)]
pub(super) struct Names {
    jobs: String,
}

impl Names {
    pub(super) fn of(instance: &str) -> Self {
        Self { jobs: format!("{instance}.jobs") }
    }

    /// The exchange for jobs that are due.
    pub(super) fn due(&self) -> &str {
        &self.jobs
    }

    /// The queue of a kind.
    pub(super) fn of_kind(&self, kind: &JobKind) -> String {
        format!("{}.{}", self.jobs, kind.as_str())
    }

    /// The exchange for a job that has failed so often.
    pub(super) fn after(&self, tries: u32) -> String {
        let level = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
        let seconds = DELAYS.get(level).or(DELAYS.last()).copied().unwrap_or(1);
        self.waiting(seconds)
    }

    /// For jobs that were given up.
    pub(super) fn dead(&self) -> String {
        format!("{}.dead", self.jobs)
    }

    fn waiting(&self, seconds: u64) -> String {
        format!("{}.after.{seconds}", self.jobs)
    }

    fn unreadable(&self) -> String {
        format!("{}.unreadable", self.jobs)
    }
}

/// Declares all of it.
pub(super) async fn declare(channel: &Channel, names: &Names, kinds: &[JobKind]) -> Result<(), lapin::Error> {
    exchange(channel, names.due(), ExchangeKind::Direct).await?;
    let unreadable = names.unreadable();
    for name in [&unreadable, &names.dead()] {
        exchange(channel, name, ExchangeKind::Fanout).await?;
        queue(channel, name, name, "", &[]).await?;
    }
    for seconds in DELAYS {
        let name = names.waiting(seconds);
        let lasting = Duration::from_secs(seconds).as_millis();
        let lasting = AMQPValue::LongLongInt(i64::try_from(lasting).unwrap_or(i64::MAX));
        exchange(channel, &name, ExchangeKind::Fanout).await?;
        let then = [("x-message-ttl", lasting), ("x-dead-letter-exchange", text(names.due()))];
        queue(channel, &name, &name, "", &then).await?;
    }
    for kind in kinds {
        let rejected = [("x-dead-letter-exchange", text(&unreadable))];
        queue(channel, &names.of_kind(kind), names.due(), kind.as_str(), &rejected).await?;
    }
    Ok(())
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), lapin::Error> {
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await
}

/// A queue, bound to an exchange by a key.
async fn queue(
    channel: &Channel,
    name: &str,
    exchange: &str,
    key: &str,
    more: &[(&str, AMQPValue)],
) -> Result<(), lapin::Error> {
    let mut arguments = FieldTable::default();
    // Whatever kind is made by default there.
    arguments.insert("x-queue-type".into(), text("classic"));
    for (name, value) in more {
        arguments.insert((*name).into(), value.clone());
    }
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(name.into(), options, arguments).await?;
    let bind = QueueBindOptions::default();
    channel.queue_bind(name.into(), exchange.into(), key.into(), bind, FieldTable::default()).await
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
