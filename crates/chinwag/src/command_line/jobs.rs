//! What `chinwag jobs` is asked to do.

use chinwag_store::JobId;
use clap::Subcommand;

use crate::control::State;

/// What to do with jobs.
#[derive(Clone, Copy, Subcommand)]
pub(crate) enum JobsAction {
    /// List jobs: those that were given up, those that are being done, those that wait; and how many there are.
    ///
    /// DUE/UNTIL/GIVEN UP is when a waiting job is due, until when a leased one is in the hands of a worker, or when a dead
    /// one was given up. What is done is not listed any more.
    List {
        /// Only those in this state.
        #[arg(long)]
        state: Option<State>,
    },
    /// Show everything about a job: where it stands, its latest failures, and what it is done with.
    ///
    /// What it is done with, its body, is shown if it is text, the first 2000 characters of it. It may be private.
    Show {
        /// The job, as `chinwag jobs list` names it.
        #[arg(value_parser = job_id)]
        id: JobId,
    },
    /// Have a job tried again that was given up: it is due at once, and may fail as often as at first.
    ///
    /// A job that was not given up is left as it is.
    Retry {
        /// The job, as `chinwag jobs list` names it.
        #[arg(value_parser = job_id)]
        id: JobId,
    },
    /// Drop a job, whatever its state: it is not done any more, and cannot be brought back.
    ///
    /// A worker that has it at this moment may still finish it.
    Drop {
        /// The job, as `chinwag jobs list` names it.
        #[arg(value_parser = job_id)]
        id: JobId,
    },
}

/// The id of a job.
fn job_id(text: &str) -> Result<JobId, String> {
    text.parse()
        .map(JobId)
        .map_err(|_| "it is not the id of a job; `chinwag jobs list` shows them".to_owned())
}
