//! Which jobs are due.

use chinwag_model::Millis;

use crate::database::{Database, DatabaseError, parameters};
use crate::rows::jobs::{job_state_number, whole_job, whole_job_columns};
use crate::{JobId, JobKind, JobState, WholeJob};

#[cfg(test)]
mod tests;

/// Jobs of these kinds that are due, those first that have been due for longest. The index has each kind in each state in
/// this order, so of each the first are taken, and of those the first of all.
pub(super) fn due(
    database: &dyn Database,
    kinds: &[JobKind],
    now: Millis,
    limit: usize,
) -> Result<Vec<WholeJob>, DatabaseError> {
    let mut due: Vec<(Millis, JobId)> = Vec::new();
    for state in [JobState::Waiting, JobState::Leased] {
        for kind in kinds {
            due.extend(database.all(
                "SELECT due_at, id FROM job WHERE state = $1 AND kind = $2 AND due_at <= $3
                 ORDER BY due_at, id LIMIT $4",
                parameters![job_state_number(state), kind.as_str(), now, limit],
                |row| Ok((row.get(0)?, JobId(row.id(1)?))),
            )?);
        }
    }
    due.sort_unstable();
    due.truncate(limit);
    let mut jobs = Vec::with_capacity(due.len());
    for (_, id) in due {
        let sql = concat!("SELECT ", whole_job_columns!(), " FROM job WHERE job.id = $1");
        jobs.extend(database.first(sql, parameters![id.0], whole_job)?);
    }
    Ok(jobs)
}
