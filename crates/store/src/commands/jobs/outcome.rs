//! What comes of a job that a worker has: it is done, or it failed.

use chinwag_model::Refusal;

use super::back_off::again_at;
use crate::commands::{Batch, Command, Installation, Locks};
use crate::database::{Database, DatabaseError, Failed, parameters};
use crate::rows::jobs::{failures, job_state_number, with_failure};
use crate::{AfterFailure, JobId, JobState, Lease};

/// A job is done.
#[derive(Clone)]
pub(crate) struct FinishJob {
    pub(crate) id: JobId,
    pub(crate) lease: Lease,
}

impl Command for FinishJob {
    type Answer = ();

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let finished = batch
            .execute("DELETE FROM job WHERE id = $1 AND lease = $2", parameters![self.id.0, self.lease.0])?;
        if finished == 0 { Err(Refusal::LeaseLost.into()) } else { Ok(()) }
    }
}

/// A job failed.
#[derive(Clone)]
pub(crate) struct FailJob {
    pub(crate) id: JobId,
    pub(crate) lease: Lease,
    pub(crate) reason: String,
}

impl Command for FailJob {
    type Answer = AfterFailure;

    fn locks(&self, _database: &dyn Database, _installation: &Installation) -> Result<Locks, DatabaseError> {
        Ok(Locks::none())
    }

    fn execute(self, batch: &mut Batch<'_>) -> Result<AfterFailure, Failed> {
        let Self { id, lease, reason } = self;
        let found = batch.first(
            "SELECT tries, most_tries, failures FROM job WHERE id = $1 AND lease = $2",
            parameters![id.0, lease.0],
            |row| Ok((row.get::<u32>(0)?, row.get::<u32>(1)?, row.text(2)?)),
        )?;
        let (tries, most_tries, before) = found.ok_or(Refusal::LeaseLost)?;
        let now = batch.clock()?;
        let history = with_failure(failures(&before), now, &reason)?;
        let (state, at, after) = if tries >= most_tries {
            (JobState::Dead, now, AfterFailure::Dead)
        } else {
            let again = again_at(now, tries);
            (JobState::Waiting, again, AfterFailure::Again(again))
        };
        // It may have been given to somebody else since it was looked at.
        let failed = batch.execute(
            "UPDATE job SET state = $1, due_at = $2, lease = NULL, failures = $3 WHERE id = $4 AND lease = $5",
            parameters![job_state_number(state), at, &history, id.0, lease.0],
        )?;
        if failed == 0 { Err(Refusal::LeaseLost.into()) } else { Ok(after) }
    }
}
