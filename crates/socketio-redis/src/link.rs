//! The connection to Redis: made again whenever it is lost, with everything subscribed again before anything is sent.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, FromRedisValue, Pipeline, PushInfo, PushKind, RedisError, RedisResult, Value,
};
use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::asked::Heard;
use crate::backoff::Backoff;
use crate::inbox::Inbox;
use crate::namespaces::{Changes, Namespace};
use crate::outbox::{Asking, Outgoing};
use crate::shared::Shared;
use crate::totals::count;

/// How long Redis may take to let us in, and to answer anything, before it is taken for lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often Redis is asked for a sign of life. Who only listens would not notice otherwise that nobody speaks.
const PING: Duration = Duration::from_secs(5);

/// How many messages are sent before the first of them is waited for.
const BATCH: usize = 1_000;

/// How many bytes are sent before the first of them is waited for, if it is more than one message.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// To how many channels one command subscribes at most.
const CHANNELS: usize = 1_000;

/// Keeps a connection until the task is ended.
pub(crate) async fn run(shared: Arc<Shared>, inbox: Inbox, mut queue: mpsc::Receiver<Outgoing>) {
    let mut backoff = Backoff::new();
    loop {
        let error = match Link::open(&shared, &inbox).await {
            Ok(mut link) => {
                backoff = Backoff::new();
                count(&shared.counters.connected);
                tracing::info!("Redis is there");
                shared.connected.send_replace(true);
                let error = link.run(&mut queue).await;
                shared.connected.send_replace(false);
                error
            }
            Err(error) => error,
        };
        let wait = backoff.next();
        tracing::warn!(%error, ?wait, "Redis is away; this server serves its own clients meanwhile");
        tokio::time::sleep(wait).await;
    }
}

/// A connection in use.
struct Link<'a> {
    shared: &'a Shared,
    connection: MultiplexedConnection,
    /// Told when the connection is lost.
    lost: Arc<Notify>,
    /// The namespaces that Redis knows of.
    told: HashMap<Arc<str>, Arc<Namespace>>,
}

impl<'a> Link<'a> {
    /// Connects, and subscribes to everything.
    async fn open(shared: &'a Shared, inbox: &Inbox) -> RedisResult<Self> {
        let lost = Arc::new(Notify::new());
        let (inbox, tell) = (inbox.clone(), lost.clone());
        let push = move |info: PushInfo| -> Result<(), ()> {
            match info.kind {
                PushKind::Disconnection => tell.notify_one(),
                _ => inbox.take(info),
            }
            Ok(())
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(push);
        let connecting = shared.client.get_multiplexed_async_connection_with_config(&config);
        let connection = timeout(PATIENCE, connecting).await.map_err(late)??;
        let mut this = Self { shared, connection, lost, told: HashMap::new() };
        this.subscribe().await?;
        Ok(this)
    }

    /// Publishes what is queued until the connection is lost.
    async fn run(&mut self, queue: &mut mpsc::Receiver<Outgoing>) -> RedisError {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let lost = self.lost.clone();
        loop {
            let done = tokio::select! {
                () = lost.notified() => Err(gone("the connection was closed")),
                () = self.shared.namespaces.changed() => self.subscribe().await,
                Some(first) = queue.recv() => self.publish(first, queue).await,
                _ = ping.tick() => self.ping().await,
            };
            if let Err(error) = done {
                return error;
            }
        }
    }

    /// Waits for a sign of life. A server that refuses the command gives one, too.
    async fn ping(&mut self) -> RedisResult<()> {
        match redis::cmd("PING").exec_async(&mut self.connection).await {
            Err(error) if error.code().is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// Tells Redis of the namespaces that have come and gone.
    async fn subscribe(&mut self) -> RedisResult<()> {
        let namespaces = &self.shared.namespaces;
        let Changes { opened, closed } = namespaces.changes(&mut self.told);
        let patterns = |of: &[Arc<Namespace>]| of.iter().map(|space| space.channels.pattern()).collect();
        let names = |of: &[Arc<Namespace>]| {
            let names = of.iter().flat_map(|space| namespaces.subscriptions(space));
            names.map(|(name, _)| name).collect()
        };
        let (new, newly): (Vec<String>, Vec<String>) = (patterns(&opened), names(&opened));
        let (old, no_more): (Vec<String>, Vec<String>) = (patterns(&closed), names(&closed));
        // Who is counted as one who answers should hear of everything already, and no longer when it does not.
        for channels in no_more.chunks(CHANNELS) {
            self.connection.unsubscribe(channels).await?;
        }
        for patterns in old.chunks(CHANNELS) {
            self.connection.punsubscribe(patterns).await?;
        }
        for patterns in new.chunks(CHANNELS) {
            self.connection.psubscribe(patterns).await?;
        }
        for channels in newly.chunks(CHANNELS) {
            self.connection.subscribe(channels).await?;
        }
        Ok(())
    }

    /// Publishes a message and what waits behind it.
    async fn publish(&mut self, first: Outgoing, queue: &mut mpsc::Receiver<Outgoing>) -> RedisResult<()> {
        // What was asked in a namespace that has just come into being is to be answered here, too.
        self.subscribe().await?;
        let mut bytes = first.bytes();
        let mut batch = vec![first];
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Ok(next) = queue.try_recv() else { break };
            bytes += next.bytes();
            batch.push(next);
        }
        let mut pipeline = Pipeline::new();
        for outgoing in &batch {
            if outgoing.asking.is_some() {
                pipeline.cmd("PUBSUB").arg("NUMSUB").arg(&outgoing.channel);
            }
            pipeline.cmd("PUBLISH").arg(&outgoing.channel).arg(&outgoing.payload);
        }
        let results = pipeline.ignore_errors().query_async(&mut self.connection).await;
        let mut results = match results {
            Ok::<Vec<RedisResult<Value>>, _>(results) => results.into_iter(),
            Err(error) => {
                // Whether they were sent is not known. Sent again they might come twice.
                batch.iter().for_each(|_| self.shared.outbox.drop_one());
                return Err(error);
            }
        };
        for outgoing in batch {
            if let Some(Asking { id, namespace }) = outgoing.asking {
                let servers = results.next().and_then(Result::ok).and_then(|counted| listening(&counted));
                let own = usize::from(self.told.contains_key(&*namespace));
                self.shared.asked.hear(&id, Heard::Servers(servers.unwrap_or(0).saturating_sub(own)), None);
            }
            match results.next() {
                Some(Ok(_)) => {
                    self.shared.counters.published.fetch_add(1, Ordering::Relaxed);
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, channel = outgoing.channel, "Redis refused a message");
                    self.shared.outbox.drop_one();
                }
                None => self.shared.outbox.drop_one(),
            }
        }
        Ok(())
    }
}

/// The number in the answer to `PUBSUB NUMSUB` of one channel.
fn listening(answer: &Value) -> Option<usize> {
    match answer {
        Value::Array(pair) => usize::from_redis_value_ref(pair.get(1)?).ok(),
        Value::Map(pairs) => usize::from_redis_value_ref(&pairs.first()?.1).ok(),
        _ => None,
    }
}

fn late(_: tokio::time::error::Elapsed) -> RedisError {
    gone("it does not answer")
}

fn gone(why: &'static str) -> RedisError {
    RedisError::from((redis::ErrorKind::Io, why))
}
