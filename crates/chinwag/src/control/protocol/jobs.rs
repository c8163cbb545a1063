//! Requests and answers about jobs.
//!
//! ```text
//! {"version":2,"command":"jobs","what":"show","id":"0190…"}
//! {"version":2,"answer":"jobs","what":"retried","given_up":true}
//! ```

use chinwag_model::Millis;
use chinwag_store::{JobFailure, JobId};
use serde::{Deserialize, Serialize};

/// What a command asks about jobs.
#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum JobsCommand {
    /// A page of those in a state.
    List {
        /// Which.
        state: State,
        /// Where it begins: what the page before named.
        after: Option<JobPlace>,
    },
    /// How many there are.
    Count,
    /// All that is known of one.
    Show {
        /// Of which.
        #[serde(with = "id")]
        id: JobId,
    },
    /// Have one tried again that was given up.
    Retry {
        /// Which.
        #[serde(with = "id")]
        id: JobId,
    },
    /// Drop one, whatever its state.
    Drop {
        /// Which.
        #[serde(with = "id")]
        id: JobId,
    },
}

/// What comes back about jobs.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum JobsAnswer {
    /// A page of them.
    Page {
        /// By kind, and within a kind by their time.
        jobs: Vec<ListedJob>,
        /// Where the next page begins, if there is one.
        next: Option<JobPlace>,
    },
    /// How many there are, as far as they are counted.
    Counts {
        /// Of those that wait.
        waiting: usize,
        /// Of those that workers have.
        leased: usize,
        /// Of those that were given up.
        dead: usize,
    },
    /// One of them.
    Whole {
        /// Which.
        job: ListedJob,
        /// With what it is done.
        body: ShownBody,
        /// Its latest failures, the oldest first.
        failures: Vec<JobFailure>,
    },
    /// It is due at once, or was left as it is.
    Retried {
        /// Whether it had been given up.
        given_up: bool,
    },
    /// It is gone.
    Dropped {
        /// As it stood.
        job: ListedJob,
    },
}

/// Where a job stands. What is done is not there any more.
// The explanations are shown by `chinwag jobs list --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// For its time, or for a worker.
    Waiting,
    /// A worker has it, or had it and did not end in time.
    Leased,
    /// It failed too often and was given up.
    Dead,
}

/// A place in the list of jobs of a state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobPlace {
    /// Whose place: its kind,
    pub(crate) kind: String,
    /// its time,
    pub(crate) at: Millis,
    /// and its id.
    #[serde(with = "id")]
    pub(crate) id: JobId,
}

/// A job in a list.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ListedJob {
    /// Names it.
    #[serde(with = "id")]
    pub(crate) id: JobId,
    /// What is to be done.
    pub(crate) kind: String,
    /// Of the form of the body.
    pub(crate) form: u32,
    /// Where it stands.
    pub(crate) state: State,
    /// When it was asked for.
    pub(crate) asked_at: Millis,
    /// When it is due, until when it is leased, or when it was given up, as the state says.
    pub(crate) at: Millis,
    /// How often it was tried.
    pub(crate) tries: u32,
    /// After how many of these it is given up.
    pub(crate) most_tries: u32,
}

/// The body of a job, as far as it is shown.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShownBody {
    /// How long it is.
    pub(crate) bytes: usize,
    /// It, or its beginning, if it is text that people can read.
    pub(crate) text: Option<String>,
}

/// The id of a job, as its text.
mod id {
    use chinwag_store::JobId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &JobId, serializer: S) -> Result<S::Ok, S::Error> {
        id.0.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<JobId, D::Error> {
        Deserialize::deserialize(deserializer).map(JobId)
    }
}
