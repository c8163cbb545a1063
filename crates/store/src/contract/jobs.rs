//! Jobs: work that is asked for in the transaction that needs it, and done later by whoever has time.
//!
//! A job waits until it is due, is leased to a worker for a while, and is gone once that has finished it. A lease that
//! runs out is given to another, so what is asked for is done at least once, however workers end: doing it twice must do
//! no harm. What fails is tried again after a while, so many times; then it is dead, and waits for an operator.
//!
//! All times are judged by one clock, the database's, whatever those of the nodes say.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::Millis;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;

/// Most characters of a kind.
pub const JOB_KIND_CHARS: usize = 64;
/// Most bytes of a body: 64 KiB. What is larger lies elsewhere, and the body says where.
pub const JOB_BODY_BYTES: usize = 64 * 1024;
/// Most tries that may be asked for.
pub const JOB_TRIES: u32 = 100;
/// Most jobs that are leased at once.
pub const JOBS_AT_ONCE: usize = 64;
/// Longest lease that is given, however long is asked for: a day.
pub const LONGEST_LEASE: Duration = Duration::from_secs(24 * 3_600);
/// How many failures of a job are remembered, the latest ones.
pub const JOB_FAILURES: usize = 10;
/// Most characters of a reason that are remembered.
pub const JOB_REASON_CHARS: usize = 500;
/// Up to where jobs are counted.
pub const JOBS_COUNTED: usize = 100_000;

/// Names a job: a UUID of version 7, fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub Uuid);

/// What kind of work a job is: a stable word like `retention.sweep`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKind(Cow<'static, str>);

impl JobKind {
    /// Takes away what those wrote whose messages are to go ([`Upkeep::purge_messages`](crate::Upkeep::purge_messages)). It is
    /// asked for in the transaction that decides that, and its body is empty: it goes on until nothing more is to go.
    pub const PURGE: Self = Self(Cow::Borrowed("messages.purge"));

    /// Removes messages that their rooms do not keep any longer
    /// ([`Upkeep::remove_old_messages`](crate::Upkeep::remove_old_messages)). Its body is empty. Who sets for how long a room
    /// keeps its messages asks for it, and so does each for the next as long as some room does not keep everything.
    pub const RETENTION: Self = Self(Cow::Borrowed("retention.sweep"));
    /// Makes the small forms of pictures that have none yet
    /// ([`Upkeep::picture_without_thumbnail`](crate::Upkeep::picture_without_thumbnail)). Its body is empty. Each picture that is
    /// set asks for it.
    pub const THUMBNAILS: Self = Self(Cow::Borrowed("avatar.thumbnails"));

    /// Takes a word of 1 to [`JOB_KIND_CHARS`] of `a` to `z`, `0` to `9`, `.`, `-` and `_`.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(word: &str) -> std::result::Result<Self, JobInvalid> {
        let is_good = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        if (1..=JOB_KIND_CHARS).contains(&word.len()) && word.bytes().all(is_good) {
            Ok(Self(Cow::Owned(word.to_owned())))
        } else {
            Err(JobInvalid::Kind)
        }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a worker has to know to do a job: whatever bytes its kind and version say, as a rule JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobBody(Vec<u8>);

impl JobBody {
    /// Takes at most [`JOB_BODY_BYTES`].
    ///
    /// # Errors
    /// They are more.
    pub fn new(bytes: Vec<u8>) -> std::result::Result<Self, JobInvalid> {
        if bytes.len() <= JOB_BODY_BYTES { Ok(Self(bytes)) } else { Err(JobInvalid::Body(bytes.len())) }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Why something cannot be part of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobInvalid {
    /// No good kind.
    #[error("the kind of a job is 1 to {JOB_KIND_CHARS} characters out of a to z, 0 to 9, '.', '-' and '_'")]
    Kind,
    /// A body of so many bytes.
    #[error("the body of a job has at most {JOB_BODY_BYTES} bytes, and not {0}")]
    Body(usize),
}

/// A job to be asked for.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Fresh. Asking again with the same id, after an unknown outcome, is the same.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// Of the form of the body.
    pub version: u32,
    /// With what.
    pub body: JobBody,
    /// When it is due; `None` for at once.
    pub not_before: Option<Millis>,
    /// After how many tries it is given up, 1 to [`JOB_TRIES`]; what is beyond that counts as the nearest.
    pub most_tries: u32,
}

impl NewJob {
    /// A job of which its kind says all, due at once, for as long as it takes.
    pub fn plain(kind: JobKind) -> Self {
        let (id, body) = (JobId(Uuid::now_v7()), JobBody(Vec::new()));
        Self { id, kind, version: 1, body, not_before: None, most_tries: JOB_TRIES }
    }
}

/// Where a job stands. What is done is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// For its time, or for a worker.
    Waiting,
    /// A worker has it, or had it and let the lease run out.
    Leased,
    /// It has been given up, until somebody has it tried again or drops it.
    Dead,
}

/// A job, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Names it.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// Of the form of the body.
    pub version: u32,
    /// Where it stands.
    pub state: JobState,
    /// When it was asked for.
    pub asked_at: Millis,
    /// When it is due, when its lease ends, or when it was given up, as the state says.
    pub at: Millis,
    /// How often it was leased, since it was asked for or was last given up.
    pub tries: u32,
    /// After how many of these it is given up.
    pub most_tries: u32,
}

/// A try that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFailure {
    /// When.
    pub at: Millis,
    /// Why, cut to [`JOB_REASON_CHARS`].
    pub reason: String,
}

/// All that is known of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeJob {
    /// The job.
    pub job: Job,
    /// With what it is done.
    pub body: JobBody,
    /// Its latest failures, at most [`JOB_FAILURES`], the oldest first.
    pub failures: Vec<JobFailure>,
}

/// What a worker has of a job while it is theirs. Another one each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease(pub Uuid);

/// A job in the hands of a worker until `job.at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job, with this try counted.
    pub job: Job,
    /// With what it is done.
    pub body: JobBody,
    /// To be shown with whatever becomes of it.
    pub lease: Lease,
}

/// A job that is taken to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenJob {
    /// All that is known of it.
    pub whole: WholeJob,
    /// To be shown when the broker has it.
    pub lease: Lease,
}

/// What becomes of a job that has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is due again at this time.
    Again(Millis),
    /// It has been given up.
    Dead,
}

/// A place in a list of jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfterJob {
    /// The kind of the last job of a page.
    pub kind: JobKind,
    /// Its time.
    pub at: Millis,
    /// Its id.
    pub id: JobId,
}

/// A page of jobs.
#[derive(Clone, Debug)]
pub struct JobPage {
    /// By kind, and within a kind by their time.
    pub jobs: Vec<Job>,
    /// Where the next page begins, if there is one.
    pub next: Option<AfterJob>,
}

/// How many jobs there are. Each number ends at [`JOBS_COUNTED`], so that counting never takes long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Of those that wait.
    pub waiting: usize,
    /// Of those that workers have.
    pub leased: usize,
    /// Of those that were given up.
    pub dead: usize,
}

/// Jobs.
///
/// A lease is lost when the job has gone to another worker, was given up or dropped. One that has only run out is still
/// good: work that was done a little late need not be done twice.
#[async_trait]
pub trait Jobs {
    /// Asks for a job by itself.
    async fn ask_for(&self, job: NewJob) -> Result<()>;

    /// Leases jobs of these kinds that are due, those first that have been due for longest, at most `limit` and never
    /// more than [`JOBS_AT_ONCE`]. Each is the worker's for `lasting`, at most [`LONGEST_LEASE`], and this counts as one
    /// of its tries. Due is what waits and whose time has come, and what was leased and not finished in time; but if that
    /// was the last of its tries, it is given up instead.
    async fn lease_jobs(&self, kinds: &[JobKind], limit: usize, lasting: Duration) -> Result<Vec<LeasedJob>>;

    /// A job is done, and goes.
    ///
    /// # Errors
    /// `lease_lost`.
    async fn finish_job(&self, id: JobId, lease: Lease) -> Result<()>;

    /// A job could not be done, for this reason. It is due again after a while, which is longer after each try, from a
    /// second to an hour; or is given up if this was the last of its tries.
    ///
    /// # Errors
    /// `lease_lost`.
    async fn fail_job(&self, id: JobId, lease: Lease, reason: &str) -> Result<AfterFailure>;

    /// A job takes longer: it is the worker's for `lasting` from now on, at most [`LONGEST_LEASE`]. Answers until when.
    ///
    /// # Errors
    /// `lease_lost`.
    async fn extend_lease(&self, id: JobId, lease: Lease, lasting: Duration) -> Result<Millis>;

    /// Takes jobs of these kinds that are due, as [`lease_jobs`](Self::lease_jobs) does, to give them to a broker. That is no
    /// try: whoever does not [`finish`](Self::finish_job) within `lasting` what the broker has confirmed leaves it as it was,
    /// due again.
    async fn take_jobs(&self, kinds: &[JobKind], limit: usize, lasting: Duration) -> Result<Vec<TakenJob>>;

    /// Puts a job back that came from a broker and was not done, with its history: due again after a while, as with
    /// [`fail_job`](Self::fail_job), or given up if it has had all of its tries. Also if it is still here, or here again; one
    /// that was given up here already stays as it is.
    async fn put_back_job(&self, job: WholeJob) -> Result<AfterFailure>;

    /// A page of the jobs in this state, at most `limit`.
    async fn jobs(&self, state: JobState, after: Option<AfterJob>, limit: usize) -> Result<JobPage>;

    /// A job with everything that is known of it.
    async fn job(&self, id: JobId) -> Result<Option<WholeJob>>;

    /// Has a job tried again that was given up: it is due at once, and may fail as often as at first. What went wrong
    /// before is still known. Says whether it had been given up: others are left as they are.
    ///
    /// # Errors
    /// `job_unknown`.
    async fn retry_job(&self, id: JobId) -> Result<bool>;

    /// Drops a job, whatever its state.
    ///
    /// # Errors
    /// `job_unknown`.
    async fn drop_job(&self, id: JobId) -> Result<()>;

    /// How many jobs there are.
    async fn count_jobs(&self) -> Result<JobCounts>;
}
