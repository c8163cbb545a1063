//! What there is to be done: a [`Work`] for each kind of job.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_store::{JobBody, JobId, JobKind};
use futures_util::FutureExt;
use tokio::time::{Instant, timeout};

/// How long one try may take, unless a work says otherwise. A broker closes the connection of who takes half an hour.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// What is known of a job to whoever does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Names it.
    pub id: JobId,
    /// Of the form of the body.
    pub version: u32,
    /// With what it is to be done.
    pub body: JobBody,
    /// Which try this is, from 1.
    pub tries: u32,
}

/// Why a try came to nothing: a sentence for operators, who find it in the history of the job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

impl Failed {
    /// For the reason that something tells.
    pub fn because(reason: impl std::fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// How jobs of one kind are done.
#[async_trait]
pub trait Work: Send + Sync + 'static {
    /// Does a job. It may be done twice, and may be cut off wherever it waits: by its limit, because others have it, or
    /// because the process ends. It is tried again then.
    ///
    /// # Errors
    /// It could not be done. It is tried again after a while, until it has had all of its tries.
    async fn run(&self, task: &Task) -> Result<(), Failed>;

    /// How long one try may take, at most 25 minutes. As long as it does nobody else tries it.
    fn limit(&self) -> Duration {
        LIMIT
    }
}

/// All that a process knows to do.
#[derive(Clone, Default)]
pub struct Works(BTreeMap<JobKind, Arc<dyn Work>>);

impl Works {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And jobs of this kind.
    #[must_use]
    pub fn with(mut self, kind: JobKind, work: impl Work) -> Self {
        self.0.insert(kind, Arc::new(work));
        self
    }

    /// What kinds of jobs these are.
    #[must_use]
    pub fn kinds(&self) -> Vec<JobKind> {
        self.0.keys().cloned().collect()
    }

    /// Tries to do a job of this kind, within its limit.
    pub(crate) async fn attempt(&self, kind: &JobKind, task: &Task) -> Result<(), Failed> {
        let begun = Instant::now();
        let done = match self.0.get(kind) {
            Some(work) => {
                let limit = work.limit();
                match AssertUnwindSafe(timeout(limit, work.run(task))).catch_unwind().await {
                    Ok(Ok(done)) => done,
                    Ok(Err(_)) => Err(Failed(format!("it was not done within {limit:?}"))),
                    // What it said is in the log of panics.
                    Err(_) => Err(Failed("it panicked".to_owned())),
                }
            }
            None => Err(Failed("nobody here knows how".to_owned())),
        };
        let (kind, seconds) = (kind.as_str(), begun.elapsed().as_secs_f64());
        match &done {
            Ok(()) => tracing::info!(job = %task.id.0, kind, seconds, tries = task.tries, "a job is done"),
            Err(Failed(reason)) => {
                tracing::warn!(job = %task.id.0, kind, seconds, tries = task.tries, reason, "a job failed");
            }
        }
        done
    }
}
