//! Doing what the queues have.
//!
//! A job is acknowledged when it is done, or when it is in the table again because it was not. So a worker may die anywhere:
//! the broker gives the job to another one, who counts that as a try.

use std::sync::Arc;

use chinwag_store::{AfterFailure, Store, WholeJob};
use futures_util::future::try_join_all;
use futures_util::stream::select_all;
use futures_util::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
    BasicRejectOptions,
};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Amqp;
use super::connection::{Broken, Connected};
use super::envelope::Envelope;
use super::keep::{Stopping, stop};
use super::topology::Names;
use crate::clock::now;
use crate::runner::told;
use crate::work::{Failed, Task, Works};

/// Does jobs, so many at once, until it is to stop; then what is under way may take so long as that says.
pub(super) async fn work(
    connected: &Connected,
    names: &Names,
    amqp: &Amqp,
    stopping: &mut Stopping,
) -> Result<(), Broken> {
    let Amqp { store, works, at_once, .. } = amqp;
    let channel = &connected.channel;
    // For all queues together: what is given to us and not begun would wait here, where others could do it.
    let qos = BasicQosOptions { global: true };
    channel.basic_qos(u16::try_from(*at_once).unwrap_or(u16::MAX), qos).await?;
    let consumers = try_join_all(works.kinds().into_iter().map(|kind| async move {
        connected.consume(&names.of_kind(&kind), BasicConsumeOptions::default()).await
    }));
    let (consumers, tags): (Vec<_>, Vec<_>) = consumers.await?.into_iter().unzip();
    let mut deliveries = select_all(consumers);
    let mut under_way: JoinSet<Result<(), Broken>> = JoinSet::new();
    let grace = loop {
        tokio::select! {
            grace = stop(stopping) => break grace,
            Some(ended) = under_way.join_next() => ended.map_err(|_| Broken::Cancelled)??,
            delivery = deliveries.next(), if under_way.len() < *at_once => {
                let delivery = delivery.ok_or(Broken::Cancelled)??;
                under_way.spawn(take(Arc::clone(store), works.clone(), delivery));
            }
        }
    };
    let finishing = async {
        for tag in tags {
            channel.basic_cancel(tag, BasicCancelOptions::default()).await?;
        }
        // What was given to us and not begun goes back as it is.
        while let Some(Some(Ok(delivery))) = deliveries.next().now_or_never() {
            give_back(&**store, delivery).await?;
        }
        while let Some(ended) = under_way.join_next().await {
            ended.map_err(|_| Broken::Cancelled)??;
        }
        Ok(())
    };
    match timeout(grace, finishing).await {
        Ok(finished) => finished,
        Err(_) => {
            tracing::warn!(jobs = under_way.len(), "some jobs did not finish in time; others will do them");
            Ok(())
        }
    }
}

/// Does a job, and says what came of it.
async fn take(store: Arc<dyn Store>, works: Works, delivery: Delivery) -> Result<(), Broken> {
    let Some(mut envelope) = read(&delivery).await? else { return Ok(()) };
    let WholeJob { job, body, .. } = &mut envelope.0;
    job.tries = job.tries.saturating_add(1);
    let reason = if delivery.redelivered {
        // Somebody had it and is gone. That is written down before it is tried once more: it may be what ended them.
        format!("try {} was not finished", job.tries)
    } else {
        let task = Task { id: job.id, version: job.version, body: body.clone(), tries: job.tries };
        match works.attempt(&job.kind, &task).await {
            Ok(()) => return acknowledge(&delivery).await,
            Err(Failed(reason)) => reason,
        }
    };
    envelope.failed(now(), &reason);
    put_back(&*store, envelope.0, delivery).await
}

/// Puts a job into the table again that nobody has begun with.
async fn give_back(store: &dyn Store, delivery: Delivery) -> Result<(), Broken> {
    let Some(Envelope(whole)) = read(&delivery).await? else { return Ok(()) };
    put_back(store, whole, delivery).await
}

async fn put_back(store: &dyn Store, whole: WholeJob, delivery: Delivery) -> Result<(), Broken> {
    let (id, kind) = (whole.job.id, whole.job.kind.clone());
    match told(|| store.put_back_job(whole.clone())).await {
        Some(after) => {
            if after == AfterFailure::Dead {
                tracing::error!(job = %id.0, kind = kind.as_str(), "a job has been given up; see chinwag jobs show");
            }
            acknowledge(&delivery).await
        }
        None => {
            Ok(delivery.nack(BasicNackOptions { requeue: true, ..Default::default() }).await.map(drop)?)
        }
    }
}

/// What a message says; nothing if it is no job, which is then put with the others of that kind.
async fn read(delivery: &Delivery) -> Result<Option<Envelope>, Broken> {
    match Envelope::decode(&delivery.data) {
        Ok(envelope) => Ok(Some(envelope)),
        Err(reason) => {
            tracing::error!(%reason, bytes = delivery.data.len(), "a message in a queue of jobs cannot be read");
            delivery.reject(BasicRejectOptions { requeue: false }).await?;
            Ok(None)
        }
    }
}

async fn acknowledge(delivery: &Delivery) -> Result<(), Broken> {
    Ok(delivery.ack(BasicAckOptions::default()).await.map(drop)?)
}
