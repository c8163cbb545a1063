//! Doing the jobs of the table that are due, a few at once.
//!
//! Each is leased, and the lease extended for as long as it takes, so that nobody else begins with it. A process that dies
//! lets its leases run out; others do the jobs then. What was done is told to the store until that has heard it, or until
//! the lease has run out and others may have begun: then the job is done twice, as [`Work`] says.

use std::sync::Arc;
use std::time::Duration;

use chinwag_model::Refusal;
use chinwag_store::{AfterFailure, JobId, JobKind, Lease, LeasedJob, Store, StoreError};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};

use crate::work::{Failed, Task, Works};

/// How long it is tried to tell the store what came of a job.
const TELL: Duration = Duration::from_secs(30);
/// How soon it is looked again for jobs where none was due.
const IDLE: Duration = Duration::from_secs(1);
/// How soon the store is asked again that did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// Does jobs.
pub struct Runner {
    store: Arc<dyn Store>,
    works: Works,
    at_once: usize,
    lease: Duration,
}

/// A runner at work. It ends when this is dropped; [`stop`](Self::stop) lets it finish what it has begun.
pub struct Running {
    stop: Option<oneshot::Sender<Duration>>,
    task: JoinHandle<()>,
}

impl Runner {
    /// One that does at most so many at once, each leased for so long, again and again while it is under way.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, works: Works, at_once: usize, lease: Duration) -> Self {
        Self { store, works, at_once, lease }
    }

    /// Begins, in the runtime of whoever asks.
    #[must_use]
    pub fn start(self) -> Running {
        Running::of(|stopped| self.run(stopped))
    }

    async fn run(self, mut stopped: oneshot::Receiver<Duration>) {
        let this = Arc::new(self);
        let kinds = this.works.kinds();
        let mut under_way = JoinSet::new();
        let mut look_at = Instant::now();
        loop {
            let free = this.at_once.saturating_sub(under_way.len());
            tokio::select! {
                grace = &mut stopped => {
                    // Whoever has dropped the other end waits for nothing.
                    let grace = grace.unwrap_or_default();
                    let finished = timeout(grace, async { while under_way.join_next().await.is_some() {} });
                    if finished.await.is_err() {
                        tracing::warn!(jobs = under_way.len(), "some jobs did not finish in time; others will do them");
                    }
                    return;
                }
                Some(_) = under_way.join_next() => {}
                () = sleep_until(look_at), if free > 0 => {
                    let leased = this.lease(&kinds, free).await;
                    // There may be more, unless there was room for more than there were.
                    look_at = Instant::now() + if leased.len() < free { IDLE } else { Duration::ZERO };
                    for job in leased {
                        let this = Arc::clone(&this);
                        under_way.spawn(async move { this.one(job).await });
                    }
                }
            }
        }
    }

    async fn lease(&self, kinds: &[JobKind], free: usize) -> Vec<LeasedJob> {
        self.store.lease_jobs(kinds, free, self.lease).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "no jobs could be leased; it is tried again");
            Vec::new()
        })
    }

    /// Does one job, and tells what came of it.
    async fn one(&self, LeasedJob { job, body, lease }: LeasedJob) {
        let task = Task { id: job.id, version: job.version, body, tries: job.tries };
        let done = tokio::select! {
            done = self.works.attempt(&job.kind, &task) => done,
            () = self.keep(job.id, lease) => {
                tracing::warn!(job = %job.id.0, kind = job.kind.as_str(), "a job is not ours any more");
                return;
            }
        };
        match done {
            Ok(()) => drop(told(|| self.store.finish_job(job.id, lease)).await),
            Err(Failed(reason)) => {
                if told(|| self.store.fail_job(job.id, lease, &reason)).await == Some(AfterFailure::Dead) {
                    tracing::error!(job = %job.id.0, "a job has been given up; see chinwag jobs show");
                }
            }
        }
    }

    /// Keeps a lease. Returns when it is lost.
    async fn keep(&self, id: JobId, lease: Lease) {
        let every = self.lease / 3;
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // Where the store is away nobody else gets the job either.
            if let Err(StoreError::Refused(Refusal::LeaseLost)) =
                self.store.extend_lease(id, lease, self.lease).await
            {
                return;
            }
        }
    }
}

impl Running {
    /// What is to be run until it is told to stop, and how long it may take then.
    pub(crate) fn of<F>(run: impl FnOnce(oneshot::Receiver<Duration>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop: Some(stop), task: tokio::spawn(run(stopped)) }
    }

    /// Begins with nothing more, and waits so long for what is under way. What is not finished then is done by others, or
    /// after the next start, as soon as its lease has run out.
    pub async fn stop(mut self, grace: Duration) {
        // It may have ended by itself, with the runtime.
        let _ = self.stop.take().map(|stop| stop.send(grace));
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Tells the store something until it has heard it, or for half a minute. Nothing, if others have the
/// job or the store did not hear it: then it is done again.
pub(crate) async fn told<T, F: Future<Output = Result<T, StoreError>>>(tell: impl Fn() -> F) -> Option<T> {
    let begun = Instant::now();
    loop {
        match tell().await {
            Ok(answer) => return Some(answer),
            Err(StoreError::Refused(_)) => return None,
            Err(error) if begun.elapsed() > TELL => {
                tracing::warn!(%error, "what came of a job could not be stored; it is done again");
                return None;
            }
            Err(_) => sleep(AGAIN).await,
        }
    }
}
