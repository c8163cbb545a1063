//! From the table to the queues.

use std::time::Duration;

use chinwag_store::{JOBS_AT_ONCE, JobKind, Store, TakenJob};
use futures_util::future::{join_all, try_join_all};
use tokio::time::sleep;

use super::connection::{Broken, Connected, Message};
use super::envelope::Envelope;
use super::keep::Stopping;
use super::topology::Names;
use crate::runner::told;

/// For how long a job is taken out of the table's hands. What is not confirmed within that is due there again.
const TAKEN: Duration = Duration::from_secs(60);
/// How soon it is looked again for jobs where none was due, the store did not answer, or the broker takes nothing.
const IDLE: Duration = Duration::from_millis(500);

/// Takes jobs of these kinds that are due to the broker, again and again until it is to stop.
pub(super) async fn relay(
    connected: &Connected,
    names: &Names,
    store: &dyn Store,
    kinds: &[JobKind],
    stopping: &Stopping,
) -> Result<(), Broken> {
    while stopping.borrow().is_none() {
        connected.is_alive()?;
        let taken = if connected.takes_nothing() { Vec::new() } else { take(store, kinds).await };
        if taken.is_empty() {
            sleep(IDLE).await;
            continue;
        }
        try_join_all(taken.iter().map(|taken| hand_over(connected, names, taken))).await?;
        // What the store does not hear is done twice.
        join_all(taken.iter().map(|taken| told(|| store.finish_job(taken.whole.job.id, taken.lease)))).await;
    }
    Ok(())
}

async fn take(store: &dyn Store, kinds: &[JobKind]) -> Vec<TakenJob> {
    store.take_jobs(kinds, JOBS_AT_ONCE, TAKEN).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "no jobs could be taken; it is tried again");
        Vec::new()
    })
}

async fn hand_over(connected: &Connected, names: &Names, taken: &TakenJob) -> Result<(), Broken> {
    let message = Envelope(taken.whole.clone()).encode().map_err(|_| Broken::NotTaken)?;
    connected.publish(names.due(), taken.whole.job.kind.as_str(), Message::kept(&message)).await
}
