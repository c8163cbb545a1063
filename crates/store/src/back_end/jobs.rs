//! The contract of jobs.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::Millis;

use super::BackEnd;
use crate::{
    AfterFailure, AfterJob, JobCounts, JobId, JobKind, JobPage, JobState, Jobs, Lease, LeasedJob, NewJob,
    Result, TakenJob, WholeJob, commands, questions,
};

#[async_trait]
impl<B: BackEnd> Jobs for B {
    async fn ask_for(&self, job: NewJob) -> Result<()> {
        self.carry_out(commands::AskFor(job)).await
    }

    async fn lease_jobs(&self, kinds: &[JobKind], limit: usize, lasting: Duration) -> Result<Vec<LeasedJob>> {
        self.carry_out(commands::LeaseJobs(commands::Due { kinds: kinds.to_vec(), limit, lasting })).await
    }

    async fn finish_job(&self, id: JobId, lease: Lease) -> Result<()> {
        self.carry_out(commands::FinishJob { id, lease }).await
    }

    async fn fail_job(&self, id: JobId, lease: Lease, reason: &str) -> Result<AfterFailure> {
        self.carry_out(commands::FailJob { id, lease, reason: reason.to_owned() }).await
    }

    async fn extend_lease(&self, id: JobId, lease: Lease, lasting: Duration) -> Result<Millis> {
        self.carry_out(commands::ExtendLease { id, lease, lasting }).await
    }

    async fn take_jobs(&self, kinds: &[JobKind], limit: usize, lasting: Duration) -> Result<Vec<TakenJob>> {
        self.carry_out(commands::TakeJobs(commands::Due { kinds: kinds.to_vec(), limit, lasting })).await
    }

    async fn put_back_job(&self, job: WholeJob) -> Result<AfterFailure> {
        self.carry_out(commands::PutBackJob(job)).await
    }

    async fn jobs(&self, state: JobState, after: Option<AfterJob>, limit: usize) -> Result<JobPage> {
        self.ask(move |database| questions::jobs(database, state, after, limit)).await
    }

    async fn job(&self, id: JobId) -> Result<Option<WholeJob>> {
        self.ask(move |database| questions::job(database, id)).await
    }

    async fn retry_job(&self, id: JobId) -> Result<bool> {
        self.carry_out(commands::RetryJob(id)).await
    }

    async fn drop_job(&self, id: JobId) -> Result<()> {
        self.carry_out(commands::DropJob(id)).await
    }

    async fn count_jobs(&self) -> Result<JobCounts> {
        self.ask(|database| questions::count_jobs(database)).await
    }
}
