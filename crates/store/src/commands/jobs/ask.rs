//! Asking for a job.

use crate::commands::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::jobs::{NO_FAILURES, job_state_number};
use crate::{JOB_TRIES, JobState, NewJob};

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
    pub(super) fn ask_for(&self, job: &NewJob) -> Result<(), DatabaseError> {
        let now = self.clock()?;
        self.write(
            "INSERT INTO job
               (id, kind, version, state, asked_at, due_at, tries, most_tries, lease, body, failures)
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7, NULL, $8, $9) ON CONFLICT (id) DO NOTHING",
            parameters![
                job.id.0,
                job.kind.as_str(),
                job.version,
                job_state_number(JobState::Waiting),
                now,
                job.not_before.unwrap_or(now),
                job.most_tries.clamp(1, JOB_TRIES),
                job.body.as_bytes(),
                NO_FAILURES
            ],
        )
    }
}
