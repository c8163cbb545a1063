//! Which jobs are due.

use std::collections::HashMap;

use chinwag_model::Millis;
use uuid::Uuid;

use super::database::Session;
use crate::database::{DatabaseError, Row};
use crate::rows::jobs::{JOB_COLUMNS, body, failures, job, job_columns};
use crate::{Job, JobKind, WholeJob};

/// Jobs of these kinds that are due, of each kind in each state (0 waiting, 1 leased) those first that have been due for
/// longest, each locked: what another has locked is passed over. What may have changed until then is read with the lock.
///
/// The index has each kind in each state in this order. Kinds that nobody asks for are not gone through, however many jobs
/// of them wait.
const DUE: &str = concat!(
    "SELECT found.* FROM unnest($1::text[]) AS known (kind)
      CROSS JOIN (VALUES (0::smallint), (1::smallint)) AS possible (state)
      CROSS JOIN LATERAL (
        SELECT ",
    job_columns!(),
    ", job.failures FROM job
         WHERE job.state = possible.state AND job.kind = known.kind AND job.due_at <= $2
         ORDER BY job.due_at, job.id LIMIT $3 FOR UPDATE SKIP LOCKED
      ) AS found"
);

/// What is large and never changes is read of those only that are taken.
const BODIES: &str = "SELECT id, body FROM job WHERE id = ANY($1)";

impl Session<'_> {
    /// Jobs of these kinds that are due, those first that have been due for longest, each locked.
    pub(super) fn due_jobs(
        &self,
        kinds: &[JobKind],
        now: Millis,
        limit: usize,
    ) -> Result<Vec<WholeJob>, DatabaseError> {
        let kinds: Vec<&str> = kinds.iter().map(JobKind::as_str).collect();
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut due: Vec<(Job, String)> = Vec::new();
        for row in self.query(DUE, &[&kinds, &now.0, &most])? {
            due.push((job(&row)?, row.text(JOB_COLUMNS)?));
        }
        due.sort_unstable_by_key(|(job, _)| (job.at, job.id));
        due.truncate(limit);
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = due.iter().map(|(job, _)| job.id.0).collect();
        let mut bodies = HashMap::with_capacity(ids.len());
        for row in self.query(BODIES, &[&ids])? {
            bodies.insert(row.id(0)?, body(&row, 1)?);
        }
        let whole = |(job, history): (Job, String)| {
            let body = bodies.remove(&job.id.0)?;
            Some(WholeJob { job, body, failures: failures(&history) })
        };
        Ok(due.into_iter().filter_map(whole).collect())
    }
}
