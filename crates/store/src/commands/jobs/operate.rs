//! What operators do with jobs.

use chinwag_model::Refusal;

use crate::commands::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::jobs::job_state_number;
use crate::{JobId, JobState};

/// Has a job tried again that was given up.
#[derive(Clone)]
pub(crate) struct RetryJob(pub(crate) JobId);

impl Command for RetryJob {
    type Answer = bool;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<bool, Failed> {
        let (waiting, dead) = (job_state_number(JobState::Waiting), job_state_number(JobState::Dead));
        let again = batch.execute(
            "UPDATE job SET state = $1, due_at = $2, tries = 0 WHERE id = $3 AND state = $4",
            parameters![waiting, batch.clock()?, self.0.0, dead],
        )?;
        if again == 0 && !batch.exists("SELECT 1 FROM job WHERE id = $1", parameters![self.0.0])? {
            return Err(Refusal::JobUnknown.into());
        }
        Ok(again > 0)
    }
}

/// Drops a job.
#[derive(Clone)]
pub(crate) struct DropJob(pub(crate) JobId);

impl Command for DropJob {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let dropped = batch.execute("DELETE FROM job WHERE id = $1", parameters![self.0.0])?;
        if dropped == 0 { Err(Refusal::JobUnknown.into()) } else { Ok(()) }
    }
}
