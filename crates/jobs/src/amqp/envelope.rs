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

/// A job on its way, with its history. Where it stands is waiting, for whoever gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope(pub(super) WholeJob);

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
        let WholeJob { job, body, failures } = &self.0;
        let line = Line {
            v: VERSION,
            id: job.id.0,
            kind: job.kind.as_str().to_owned(),
            version: job.version,
            asked_at: job.asked_at,
            tries: job.tries,
            most_tries: job.most_tries,
            failures: failures.clone(),
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(body.as_bytes());
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Unreadable::Line)?;
        let (line, body) = bytes.split_at(end);
        let Line { v, id, kind, version, asked_at, tries, most_tries, failures } =
            serde_json::from_slice(line).map_err(|_| Unreadable::Line)?;
        if v != VERSION {
            return Err(Unreadable::Version(v));
        }
        let kind = JobKind::parse(&kind).map_err(|_| Unreadable::Job)?;
        let body = JobBody::new(body.get(1..).unwrap_or_default().to_vec()).map_err(|_| Unreadable::Job)?;
        let (id, state, at) = (JobId(id), JobState::Waiting, asked_at);
        let job = Job { id, kind, version, state, asked_at, at, tries, most_tries };
        let mut envelope = Self(WholeJob { job, body, failures: Vec::new() });
        failures.iter().for_each(|failure| envelope.failed(failure.at, &failure.reason));
        Ok(envelope)
    }

    /// A try has come to nothing. Only the latest are kept.
    pub(super) fn failed(&mut self, at: Millis, reason: &str) {
        let failures = &mut self.0.failures;
        failures.push(JobFailure { at, reason: reason.chars().take(JOB_REASON_CHARS).collect() });
        failures.drain(..failures.len().saturating_sub(JOB_FAILURES));
    }
}
