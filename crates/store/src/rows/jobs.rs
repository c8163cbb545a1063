//! How jobs lie in columns.

use chinwag_model::Millis;

use crate::database::{DatabaseError, Row};
use crate::{JOB_FAILURES, JOB_REASON_CHARS, Job, JobBody, JobFailure, JobId, JobKind, JobState, WholeJob};

#[cfg(test)]
mod tests;

/// The columns of a job, for [`job`].
macro_rules! job_columns {
    () => {
        "job.id, job.kind, job.version, job.state, job.asked_at, job.due_at, job.tries, job.most_tries"
    };
}
pub(crate) use job_columns;

/// How many columns [`job_columns`] has.
pub(crate) const JOB_COLUMNS: usize = 8;

/// The columns of a job with everything that is known of it, for [`whole_job`].
macro_rules! whole_job_columns {
    () => {
        concat!($crate::rows::jobs::job_columns!(), ", job.body, job.failures")
    };
}
pub(crate) use whole_job_columns;

/// The failures of a job that has not failed.
pub(crate) const NO_FAILURES: &str = "[]";

/// Where a job stands, by its number. What a newer version wrote is not done by this one.
pub(crate) const fn job_state(number: i64) -> JobState {
    match number {
        0 => JobState::Waiting,
        1 => JobState::Leased,
        _ => JobState::Dead,
    }
}

/// The number of a job's state.
pub(crate) const fn job_state_number(state: JobState) -> i64 {
    match state {
        JobState::Waiting => 0,
        JobState::Leased => 1,
        JobState::Dead => 2,
    }
}

/// A job from [`job_columns`].
pub(crate) fn job(row: &dyn Row) -> Result<Job, DatabaseError> {
    Ok(Job {
        id: JobId(row.id(0)?),
        kind: JobKind::parse(&row.text(1)?).map_err(|error| DatabaseError(error.into()))?,
        version: row.get(2)?,
        state: job_state(row.integer(3)?),
        asked_at: row.get(4)?,
        at: row.get(5)?,
        tries: row.get(6)?,
        most_tries: row.get(7)?,
    })
}

/// A job from [`whole_job_columns`].
pub(crate) fn whole_job(row: &dyn Row) -> Result<WholeJob, DatabaseError> {
    Ok(WholeJob {
        job: job(row)?,
        body: body(row, JOB_COLUMNS)?,
        failures: failures(&row.text(JOB_COLUMNS + 1)?),
    })
}

/// The body of a job from this column.
pub(crate) fn body(row: &dyn Row, column: usize) -> Result<JobBody, DatabaseError> {
    JobBody::new(row.bytes(column)?).map_err(|error| DatabaseError(error.into()))
}

/// The failures of a job from the column of that name.
pub(crate) fn failures(text: &str) -> Vec<JobFailure> {
    // A newer version may have written what this one does not know; the job itself is worth more.
    serde_json::from_str(text).unwrap_or_else(|error| {
        tracing::error!(%error, "the failures of a job cannot be read");
        Vec::new()
    })
}

/// The column of the failures with one more.
pub(crate) fn with_failure(
    mut failures: Vec<JobFailure>,
    at: Millis,
    reason: &str,
) -> Result<String, DatabaseError> {
    let reason = reason.chars().take(JOB_REASON_CHARS).collect();
    failures.push(JobFailure { at, reason });
    history(&failures)
}

/// The column of the failures with these, without the oldest if they are too many.
pub(crate) fn history(failures: &[JobFailure]) -> Result<String, DatabaseError> {
    let beyond = failures.len().saturating_sub(JOB_FAILURES);
    let kept = failures.get(beyond..).unwrap_or_default();
    serde_json::to_string(kept).map_err(|error| DatabaseError(error.into()))
}
