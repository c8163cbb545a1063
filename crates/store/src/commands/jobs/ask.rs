//! How a job comes into the table.

use chinwag_model::Millis;

use crate::commands::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::jobs::{NO_FAILURES, job_state_number};
use crate::{JOB_TRIES, Job, JobBody, JobKind, JobState, NewJob};

/// Asks for a job by itself.
#[derive(Clone)]
pub(crate) struct AskFor(pub(crate) NewJob);

impl Command for AskFor {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        Ok(batch.ask_for(&self.0)?)
    }
}

impl Batch<'_> {
    /// Asks for a job: if the transaction is committed it will be done, and otherwise nobody hears of it.
    pub(in crate::commands) fn ask_for(&self, job: &NewJob) -> Result<(), DatabaseError> {
        let asked_at: Millis = self.clock()?;
        let NewJob { id, ref kind, version, ref body, not_before, most_tries } = *job;
        let (kind, at) = (kind.clone(), not_before.unwrap_or(asked_at));
        let state = JobState::Waiting;
        self.insert_job(
            &Job { id, kind, version, state, asked_at, at, tries: 0, most_tries },
            body,
            NO_FAILURES,
        )
    }

    /// Whether a job of this kind waits that begins at this time at the latest. Those that somebody has do not count: they may be
    /// about to end, and those that are on their way to a broker may have got there.
    pub(in crate::commands) fn waits(&self, kind: &JobKind, by: Millis) -> Result<bool, DatabaseError> {
        self.exists(
            "SELECT 1 FROM job WHERE state = $1 AND kind = $2 AND due_at <= $3 AND lease IS NULL LIMIT 1",
            parameters![job_state_number(JobState::Waiting), kind.as_str(), by],
        )
    }

    /// Puts a job into the table, unless it is there.
    pub(super) fn insert_job(&self, job: &Job, body: &JobBody, failures: &str) -> Result<(), DatabaseError> {
        self.write(
            "INSERT INTO job
               (id, kind, version, state, asked_at, due_at, tries, most_tries, lease, body, failures)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9, $10) ON CONFLICT (id) DO NOTHING",
            parameters![
                job.id.0,
                job.kind.as_str(),
                job.version,
                job_state_number(job.state),
                job.asked_at,
                job.at,
                job.tries,
                job.most_tries.clamp(1, JOB_TRIES),
                body.as_bytes(),
                failures
            ],
        )
    }
}
