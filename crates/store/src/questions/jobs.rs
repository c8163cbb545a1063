//! Jobs, for those who run the server.

use chinwag_model::Millis;
use uuid::Uuid;

use crate::database::{Database, Failed, parameters};
use crate::rows::jobs::{self, job_columns, job_state_number, whole_job_columns};
use crate::{AfterJob, JOBS_COUNTED, JobCounts, JobId, JobPage, JobState, WholeJob};

pub(crate) fn jobs(
    database: &dyn Database,
    state: JobState,
    after: Option<AfterJob>,
    limit: usize,
) -> Result<JobPage, Failed> {
    let (kind, at, id) = match &after {
        Some(AfterJob { kind, at, id }) => (kind.as_str(), *at, id.0),
        None => ("", Millis(i64::MIN), Uuid::nil()),
    };
    let mut jobs = database.all(
        concat!(
            "SELECT ",
            job_columns!(),
            " FROM job WHERE job.state = $1 AND (job.kind, job.due_at, job.id) > ($2, $3, $4)
             ORDER BY job.kind, job.due_at, job.id LIMIT $5"
        ),
        parameters![job_state_number(state), kind, at, id, limit + 1],
        jobs::job,
    )?;
    let more = jobs.len() > limit;
    jobs.truncate(limit);
    let next = jobs.last().filter(|_| more);
    let next = next.map(|job| AfterJob { kind: job.kind.clone(), at: job.at, id: job.id });
    Ok(JobPage { jobs, next })
}

pub(crate) fn job(database: &dyn Database, id: JobId) -> Result<Option<WholeJob>, Failed> {
    let sql = concat!("SELECT ", whole_job_columns!(), " FROM job WHERE job.id = $1");
    Ok(database.first(sql, parameters![id.0], jobs::whole_job)?)
}

pub(crate) fn count_jobs(database: &dyn Database) -> Result<JobCounts, Failed> {
    let count = |state| {
        let counted = database.first(
            "SELECT count(*) FROM (SELECT 1 FROM job WHERE job.state = $1 LIMIT $2) AS counted",
            parameters![job_state_number(state), JOBS_COUNTED],
            |row| row.integer(0),
        );
        counted.map(|number| number.and_then(|number| usize::try_from(number).ok()).unwrap_or_default())
    };
    Ok(JobCounts {
        waiting: count(JobState::Waiting)?,
        leased: count(JobState::Leased)?,
        dead: count(JobState::Dead)?,
    })
}
