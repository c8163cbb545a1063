//! Leasing jobs, and keeping them for longer.

use std::time::Duration;

use chinwag_model::{Millis, Refusal};
use uuid::Uuid;

use crate::commands::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::jobs::{failures, history, job_state_number, with_failure};
use crate::{
    JOBS_AT_ONCE, Job, JobFailure, JobId, JobKind, JobState, LONGEST_LEASE, Lease, LeasedJob, TakenJob,
    WholeJob,
};

/// How often jobs are looked for while some of those that are found have to be given up.
const ROUNDS: usize = 16;

/// Which jobs are wanted, and for how long.
#[derive(Clone)]
pub(crate) struct Due {
    pub(crate) kinds: Vec<JobKind>,
    pub(crate) limit: usize,
    pub(crate) lasting: Duration,
}

/// Leases jobs of these kinds.
#[derive(Clone)]
pub(crate) struct LeaseJobs(pub(crate) Due);

/// Takes jobs of these kinds to give them to a broker.
#[derive(Clone)]
pub(crate) struct TakeJobs(pub(crate) Due);

impl Command for LeaseJobs {
    type Answer = Vec<LeasedJob>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Vec<LeasedJob>, Failed> {
        self.0.each(batch, |batch, job, now, until| batch.lease(job, now, until))
    }
}

impl Command for TakeJobs {
    type Answer = Vec<TakenJob>;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Vec<TakenJob>, Failed> {
        self.0.each(batch, |batch, job, now, until| batch.take(job, now, until))
    }
}

impl Due {
    /// What comes of `take` for as many as are wanted, each with the time and when it is over; it may have to give one up.
    fn each<T>(
        mut self,
        batch: &Batch<'_>,
        take: impl Fn(&Batch<'_>, WholeJob, Millis, Millis) -> Result<Option<T>, DatabaseError>,
    ) -> Result<Vec<T>, Failed> {
        self.kinds.sort_unstable();
        self.kinds.dedup();
        let limit = self.limit.min(JOBS_AT_ONCE);
        let now = batch.clock()?;
        let until = now.plus(self.lasting.min(LONGEST_LEASE));
        let mut taken = Vec::new();
        let mut looked_at = limit;
        for _ in 0..ROUNDS {
            if taken.len() == limit {
                break;
            }
            let due = batch.due_jobs(&self.kinds, now, looked_at)?;
            let is_all = due.len() < looked_at;
            for job in due {
                if taken.len() < limit {
                    taken.extend(take(batch, job, now, until)?);
                }
            }
            if is_all {
                break;
            }
            // Some had to be given up, and where there are some there may be many.
            looked_at = JOBS_AT_ONCE;
        }
        Ok(taken)
    }
}

impl Batch<'_> {
    /// Leases a job that is due, or gives it up if a worker has let the last of its tries run out.
    fn lease(&self, due: WholeJob, now: Millis, until: Millis) -> Result<Option<LeasedJob>, DatabaseError> {
        let WholeJob { job, body, failures } = due;
        let lease = Uuid::new_v4();
        let leased = Job { state: JobState::Leased, at: until, tries: job.tries + 1, ..job.clone() };
        if job.state == JobState::Waiting {
            self.write(
                "UPDATE job SET state = $1, due_at = $2, tries = $3, lease = $4 WHERE id = $5",
                parameters![job_state_number(leased.state), until, leased.tries, lease, leased.id.0],
            )?;
            return Ok(Some(LeasedJob { job: leased, body, lease: Lease(lease) }));
        }
        let Some(failures) = self.not_finished(&job, failures, now)? else { return Ok(None) };
        self.write(
            "UPDATE job SET due_at = $1, tries = $2, lease = $3, failures = $4 WHERE id = $5",
            parameters![until, leased.tries, lease, &failures, leased.id.0],
        )?;
        Ok(Some(LeasedJob { job: leased, body, lease: Lease(lease) }))
    }

    /// Takes a job that is due to a broker, or gives it up if a worker has let the last of its tries run out. It is as if it
    /// were due later: if it is not finished until then it is due again.
    fn take(&self, due: WholeJob, now: Millis, until: Millis) -> Result<Option<TakenJob>, DatabaseError> {
        let WholeJob { job, body, failures: known } = due;
        let lease = Uuid::new_v4();
        let text = if job.state == JobState::Waiting {
            history(&known)?
        } else {
            let Some(text) = self.not_finished(&job, known, now)? else { return Ok(None) };
            text
        };
        let job = Job { state: JobState::Waiting, at: until, ..job };
        self.write(
            "UPDATE job SET state = $1, due_at = $2, lease = $3, failures = $4 WHERE id = $5",
            parameters![job_state_number(job.state), until, lease, &text, job.id.0],
        )?;
        let whole = WholeJob { job, body, failures: failures(&text) };
        Ok(Some(TakenJob { whole, lease: Lease(lease) }))
    }

    /// Whoever had a job is gone, or takes longer than they said. What is known of its failures then, for its column; nothing
    /// if that was its last try, and it has been given up.
    fn not_finished(
        &self,
        job: &Job,
        known: Vec<JobFailure>,
        now: Millis,
    ) -> Result<Option<String>, DatabaseError> {
        let reason = format!("try {} of {} was not finished in time", job.tries, job.most_tries);
        let failures = with_failure(known, job.at, &reason)?;
        if job.tries < job.most_tries {
            return Ok(Some(failures));
        }
        tracing::warn!(job = %job.id.0, kind = job.kind.as_str(), reason, "a job has been given up");
        self.write(
            "UPDATE job SET state = $1, due_at = $2, lease = NULL, failures = $3 WHERE id = $4",
            parameters![job_state_number(JobState::Dead), now, &failures, job.id.0],
        )?;
        Ok(None)
    }
}

/// Lets a worker keep a job for longer.
#[derive(Clone)]
pub(crate) struct ExtendLease {
    pub(crate) id: JobId,
    pub(crate) lease: Lease,
    pub(crate) lasting: Duration,
}

impl Command for ExtendLease {
    type Answer = Millis;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<Millis, Failed> {
        let until = batch.clock()?.plus(self.lasting.min(LONGEST_LEASE));
        let extended = batch.execute(
            "UPDATE job SET due_at = $1 WHERE id = $2 AND lease = $3",
            parameters![until, self.id.0, self.lease.0],
        )?;
        if extended == 0 { Err(Refusal::LeaseLost.into()) } else { Ok(until) }
    }
}
