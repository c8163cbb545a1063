//! Work that can wait, a file for each kind: what is done of the store's table of jobs, beside people in a server, or by a
//! [`Worker`] that does nothing else.

mod purge;
mod retention;
mod thumbnails;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use chinwag_jobs::{BackEnd, InSteps, LogStream, Running, Works};
use chinwag_store::{JobId, JobKind, NewJob, Store, StoreError};
use uuid::Uuid;

use self::purge::Purge;
use self::retention::Retention;
use self::thumbnails::Thumbnails;
pub use self::worker::Worker;

/// How long what is under way may take when the process ends. Others do what is not finished then.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// The jobs that each start asks for.
const AT_START: [(JobId, JobKind); 3] = [
    (JobId(Uuid::from_u128(1)), JobKind::PURGE),
    (JobId(Uuid::from_u128(2)), JobKind::RETENTION),
    (JobId(Uuid::from_u128(3)), JobKind::THUMBNAILS),
];

/// Begins to do jobs, so many at once.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn begin(
    store: Arc<dyn Store>,
    log_stream: LogStream,
    back_end: &dyn BackEnd,
    at_once: usize,
) -> Result<Running, StoreError> {
    // The versions before took messages away without a job and had no small pictures, and jobs may have been dropped or restored
    // from long ago. Where there is nothing to do they do nothing; where nobody does jobs each is there once, however often
    // servers are started.
    for (id, kind) in AT_START {
        store.ask_for(NewJob { id, ..NewJob::plain(kind) }).await?;
    }
    let works = Works::new()
        .with(JobKind::PURGE, InSteps::new(JobKind::PURGE, &store, Purge))
        .with(JobKind::RETENTION, InSteps::new(JobKind::RETENTION, &store, Retention(log_stream)))
        .with(JobKind::THUMBNAILS, InSteps::new(JobKind::THUMBNAILS, &store, Thumbnails));
    Ok(back_end.begin(store, works, at_once))
}
