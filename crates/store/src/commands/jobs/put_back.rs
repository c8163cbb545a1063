//! Jobs that come back from a broker.

use super::back_off::again_at;
use crate::commands::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::jobs::{history, job_state_number};
use crate::{AfterFailure, Job, JobState, WholeJob};

/// Puts a job back that was not done.
#[derive(Clone)]
pub(crate) struct PutBackJob(pub(crate) WholeJob);

impl Command for PutBackJob {
    type Answer = AfterFailure;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<AfterFailure, Failed> {
        let WholeJob { job, body, failures } = self.0;
        let now = batch.clock()?;
        let (state, at, after) = if job.tries >= job.most_tries {
            (JobState::Dead, now, AfterFailure::Dead)
        } else {
            let again = again_at(now, job.tries);
            (JobState::Waiting, again, AfterFailure::Again(again))
        };
        let (job, failures) = (Job { state, at, ..job }, history(&failures)?);
        batch.insert_job(&job, &body, &failures)?;
        // Whoever took it to the broker may have died before that was noted here.
        batch.write(
            "UPDATE job SET state = $1, due_at = $2, tries = $3, lease = NULL, failures = $4
             WHERE id = $5 AND state <> $6",
            parameters![
                job_state_number(state),
                at,
                job.tries,
                &failures,
                job.id.0,
                job_state_number(JobState::Dead)
            ],
        )?;
        Ok(after)
    }
}
