//! A job as a message: a line of JSON that says what it is, and after that its body as it is.

use chinwag_model::Millis;
use chinwag_store::{
    JOB_FAILURES, JOB_REASON_CHARS, Job, JobBody, JobFailure, JobId, JobKind, JobState, WholeJob,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// The version of messages that this one writes, and reads.
const VERSION: u32 = 1;

/// A job on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) id: JobId,
    pub(super) kind: JobKind,
    /// Of the form of the body.
    pub(super) version: u32,
    pub(super) asked_at: Millis,
    /// How often it was tried.
    pub(super) tries: u32,
    pub(super) most_tries: u32,
    /// Its latest failures, the oldest first.
    pub(super) failures: Vec<JobFailure>,
    pub(super) body: JobBody,
}

/// The line.
#[derive(Serialize, Deserialize)]
struct Line {
    v: u32,
    id: Uuid,
    kind: String,
    version: u32,
    asked_at: Millis,
    tries: u32,
    most_tries: u32,
    failures: Vec<JobFailure>,
}

/// Why a message is no job.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it does not begin with a line of JSON that says what it is")]
    Line,
    #[error("it is of version {0}, which this one does not know")]
    Version(u32),
    #[error("its kind or its body is none that a job may have")]
    Job,
}

impl Envelope {
    pub(super) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let line = Line {
            v: VERSION,
            id: self.id.0,
            kind: self.kind.as_str().to_owned(),
            version: self.version,
            asked_at: self.asked_at,
            tries: self.tries,
            most_tries: self.most_tries,
            failures: self.failures.clone(),
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(self.body.as_bytes());
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Unreadable::Line)?;
        let (line, body) = bytes.split_at(end);
        let Line { v, id, kind, version, asked_at, tries, most_tries, mut failures } =
            serde_json::from_slice(line).map_err(|_| Unreadable::Line)?;
        if v != VERSION {
            return Err(Unreadable::Version(v));
        }
        let kind = JobKind::parse(&kind).map_err(|_| Unreadable::Job)?;
        let body = JobBody::new(body.get(1..).unwrap_or_default().to_vec()).map_err(|_| Unreadable::Job)?;
        failures.truncate(JOB_FAILURES);
        Ok(Self { id: JobId(id), kind, version, asked_at, tries, most_tries, failures, body })
    }

    /// A try has come to nothing.
    pub(super) fn failed(&mut self, at: Millis, reason: &str) {
        if self.failures.len() >= JOB_FAILURES {
            self.failures.remove(0);
        }
        self.failures.push(JobFailure { at, reason: reason.chars().take(JOB_REASON_CHARS).collect() });
    }

    /// As it stands in the table once it was given up.
    pub(super) fn dead(self, at: Millis) -> WholeJob {
        let Self { id, kind, version, asked_at, tries, most_tries, failures, body } = self;
        let job = Job { id, kind, version, state: JobState::Dead, asked_at, at, tries, most_tries };
        WholeJob { job, body, failures }
    }
}
