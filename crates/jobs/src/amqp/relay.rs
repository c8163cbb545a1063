//! From the table to the queues, and back from the queue of those that were given up.

use std::time::Duration;

use chinwag_store::{JOBS_AT_ONCE, JobKind, LeasedJob, Store};
use futures_util::StreamExt;
use futures_util::future::{join_all, try_join_all};
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use tokio::time::sleep;

use super::connection::{Broken, Connected, publish};
use super::envelope::Envelope;
use super::topology::Names;
use crate::clock::now;

/// How long a job is leased to be taken to the broker.
const LEASE: Duration = Duration::from_secs(60);
/// How soon it is looked again for jobs where none was due, or the store did not answer.
const IDLE: Duration = Duration::from_millis(500);
/// How many that were given up are taken at once.
const BURIED_AT_ONCE: u16 = 16;

/// Takes jobs of these kinds that are due to the broker, again and again.
pub(super) async fn relay(
    connected: &Connected,
    names: &Names,
    store: &dyn Store,
    kinds: &[JobKind],
) -> Result<(), Broken> {
    loop {
        let leased = store.lease_jobs(kinds, JOBS_AT_ONCE, LEASE).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "no jobs could be leased; it is tried again");
            Vec::new()
        });
        if leased.is_empty() {
            sleep(IDLE).await;
            continue;
        }
        // What is not confirmed is leased again, by whoever comes first, when the lease has run out.
        try_join_all(leased.iter().map(|leased| hand_over(connected, names, leased))).await?;
        let finished =
            join_all(leased.iter().map(|leased| store.finish_job(leased.job.id, leased.lease))).await;
        for error in finished.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "a job was taken to RabbitMQ and stays in the table; it is done twice");
        }
    }
}

async fn hand_over(connected: &Connected, names: &Names, leased: &LeasedJob) -> Result<(), Broken> {
    let LeasedJob { job, body, .. } = leased;
    let envelope = Envelope {
        id: job.id,
        kind: job.kind.clone(),
        version: job.version,
        asked_at: job.asked_at,
        // Being taken there is no try.
        tries: job.tries.saturating_sub(1),
        most_tries: job.most_tries,
        failures: Vec::new(),
        body: body.clone(),
    };
    let message = envelope.encode().map_err(|_| Broken::NotTaken)?;
    publish(&connected.relaying, names.due(), job.kind.as_str(), &message).await
}

/// Takes jobs that were given up into the table, where operators see them.
pub(super) async fn bury(connected: &Connected, names: &Names, store: &dyn Store) -> Result<(), Broken> {
    let channel = &connected.burying;
    channel.basic_qos(BURIED_AT_ONCE, BasicQosOptions::default()).await?;
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let mut dead = channel.basic_consume(names.dead().as_str().into(), "".into(), options, arguments).await?;
    while let Some(delivery) = dead.next().await {
        let delivery = delivery?;
        match Envelope::decode(&delivery.data) {
            Ok(envelope) => {
                let (id, kind) = (envelope.id, envelope.kind.clone());
                let job = envelope.dead(now());
                while let Err(error) = store.bury_job(job.clone()).await {
                    tracing::debug!(%error, "a job that was given up could not be stored; it is tried again");
                    sleep(IDLE).await;
                }
                tracing::error!(job = %id.0, kind = kind.as_str(), "a job has been given up; see chinwag jobs show");
                delivery.ack(BasicAckOptions::default()).await?;
            }
            Err(reason) => {
                tracing::error!(%reason, bytes = delivery.data.len(), "what was given up is no job");
                delivery.reject(BasicRejectOptions { requeue: false }).await?;
            }
        }
    }
    Err(Broken::Cancelled)
}
