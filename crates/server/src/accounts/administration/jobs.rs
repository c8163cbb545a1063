//! What an operator does with jobs.

use chinwag_model::Refusal;
use chinwag_store::{AfterJob, Job, JobCounts, JobId, JobPage, JobState, StoreError, WholeJob};

use super::{Administration, AdministrationError};

impl Administration {
    /// A page of the jobs in this state, after `after`, at most `limit`.
    ///
    /// # Errors
    /// The store is away.
    pub async fn jobs(
        &self,
        state: JobState,
        after: Option<AfterJob>,
        limit: usize,
    ) -> Result<JobPage, AdministrationError> {
        Ok(self.0.store.jobs(state, after, limit).await?)
    }

    /// How many jobs there are.
    ///
    /// # Errors
    /// The store is away.
    pub async fn count_jobs(&self) -> Result<JobCounts, AdministrationError> {
        Ok(self.0.store.count_jobs().await?)
    }

    /// All that is known of a job.
    ///
    /// # Errors
    /// There is no such job, or the store is away.
    pub async fn job(&self, id: JobId) -> Result<WholeJob, AdministrationError> {
        self.0.store.job(id).await?.ok_or_else(|| unknown(id))
    }

    /// Has a job tried again that was given up. Says whether it had been: others are left as they are.
    ///
    /// # Errors
    /// There is no such job, or the store is away.
    pub async fn retry_job(&self, id: JobId) -> Result<bool, AdministrationError> {
        self.0.store.retry_job(id).await.map_err(|error| explained(id, error))
    }

    /// Drops a job, and says what it was.
    ///
    /// # Errors
    /// There is no such job, or the store is away.
    pub async fn drop_job(&self, id: JobId) -> Result<Job, AdministrationError> {
        // As it stood a moment before: a worker may do something with it in between.
        let job = self.job(id).await?.job;
        self.0.store.drop_job(id).await.map_err(|error| explained(id, error))?;
        Ok(job)
    }
}

fn explained(id: JobId, error: StoreError) -> AdministrationError {
    match error {
        StoreError::Refused(Refusal::JobUnknown) => unknown(id),
        error => error.into(),
    }
}

fn unknown(JobId(id): JobId) -> AdministrationError {
    AdministrationError(format!(
        "There is no job {id}; it was done or dropped, if there ever was one. `chinwag jobs list` shows those that there \
         are."
    ))
}
