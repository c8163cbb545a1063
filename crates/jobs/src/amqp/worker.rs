//! Doing what the queues have.
//!
//! A job is acknowledged when it is done, or when the broker has it in the queue where it waits for its next try, or among
//! those that were given up. So a worker may die anywhere: the broker gives the job to another one, who counts that as a try.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::select_all;
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connection::{Broken, Connected, publish};
use super::envelope::Envelope;
use super::topology::Names;
use crate::clock::now;
use crate::work::{Failed, Task, Works};

/// Does jobs, so many at once, until it is to stop; then what is under way may take so long as that says.
pub(super) async fn work(
    connected: &Connected,
    names: &Names,
    works: &Works,
    at_once: usize,
    stopping: &mut watch::Receiver<Option<Duration>>,
) -> Result<(), Broken> {
    if at_once == 0 {
        let _ = stopping.wait_for(Option::is_some).await;
        return Ok(());
    }
    let channel = &connected.working;
    channel.basic_qos(u16::try_from(at_once).unwrap_or(u16::MAX), BasicQosOptions::default()).await?;
    let consumers = works.kinds().into_iter().map(|kind| async move {
        let queue = names.of_kind(&kind);
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        channel.basic_consume(queue.as_str().into(), "".into(), options, arguments).await
    });
    let mut deliveries = select_all(try_join_all(consumers).await?);
    let mut under_way: JoinSet<Result<(), Broken>> = JoinSet::new();
    let grace = loop {
        tokio::select! {
            // Whoever is gone waits for nothing.
            grace = stopping.wait_for(Option::is_some) => break grace.ok().and_then(|grace| *grace).unwrap_or_default(),
            Some(ended) = under_way.join_next() => ended.unwrap_or(Ok(()))?,
            delivery = deliveries.next(), if under_way.len() < at_once => {
                let delivery = delivery.ok_or(Broken::Cancelled)??;
                let one = One { channel: channel.clone(), names: names.clone(), works: works.clone() };
                under_way.spawn(one.take(delivery));
            }
        }
    };
    let finished = timeout(grace, async { while under_way.join_next().await.is_some() {} });
    if finished.await.is_err() {
        tracing::warn!(jobs = under_way.len(), "some jobs did not finish in time; others will do them");
    }
    Ok(())
}

/// One job in the hands of this process.
struct One {
    channel: Channel,
    names: Names,
    works: Works,
}

impl One {
    /// Does it, and says what came of it.
    async fn take(self, delivery: Delivery) -> Result<(), Broken> {
        let mut envelope = match Envelope::decode(&delivery.data) {
            Ok(envelope) => envelope,
            Err(reason) => {
                tracing::error!(%reason, bytes = delivery.data.len(), "a message in a queue of jobs is none");
                delivery.reject(BasicRejectOptions { requeue: false }).await?;
                return Ok(());
            }
        };
        envelope.tries = envelope.tries.saturating_add(1);
        if delivery.redelivered {
            // Somebody had it and is gone. That is written down before it is tried once more: it may be what ended them.
            envelope.failed(now(), &format!("try {} was not finished", envelope.tries));
        } else {
            let Envelope { id, version, ref body, tries, .. } = envelope;
            let task = Task { id, version, body: body.clone(), tries };
            let Err(Failed(reason)) = self.works.attempt(&envelope.kind, &task).await else {
                delivery.ack(BasicAckOptions::default()).await?;
                return Ok(());
            };
            envelope.failed(now(), &reason);
        }
        let message = envelope.encode().map_err(|_| Broken::NotTaken)?;
        let exchange = if envelope.tries < envelope.most_tries {
            self.names.after(envelope.tries)
        } else {
            self.names.dead()
        };
        publish(&self.channel, &exchange, envelope.kind.as_str(), &message).await?;
        delivery.ack(BasicAckOptions::default()).await?;
        Ok(())
    }
}
