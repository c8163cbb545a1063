//! Carrying out what a command asks about jobs.

use chinwag_server::{Administration, AdministrationError};
use chinwag_store::{AfterJob, Job, JobCounts, JobKind, JobPage, JobState};

use crate::control::protocol::{Answer, JobPlace, JobsAnswer, JobsCommand, ListedJob, ShownBody, State};

#[cfg(test)]
mod tests;

/// Jobs in a page: well within a line.
const PAGE: usize = 200;
/// Most characters of a body that are shown. Together with ten failures they are well within a line.
const BODY_CHARS: usize = 2_000;

/// Carries out a command about jobs.
pub(super) async fn jobs(
    administration: &Administration,
    command: JobsCommand,
) -> Result<Answer, AdministrationError> {
    let answer = match command {
        JobsCommand::List { state, after } => {
            let after = match after.map(place).transpose() {
                Ok(after) => after,
                Err(message) => return Ok(Answer::Refused { message }),
            };
            let JobPage { jobs, next } = administration.jobs(state.into(), after, PAGE).await?;
            let next = next.map(|AfterJob { kind, at, id }| JobPlace { kind: kind.as_str().into(), at, id });
            JobsAnswer::Page { jobs: jobs.into_iter().map(listed).collect(), next }
        }
        JobsCommand::Count => {
            let JobCounts { waiting, leased, dead } = administration.count_jobs().await?;
            JobsAnswer::Counts { waiting, leased, dead }
        }
        JobsCommand::Show { id } => {
            let whole = administration.job(id).await?;
            let body = shown(whole.body.as_bytes());
            JobsAnswer::Whole { job: listed(whole.job), body, failures: whole.failures }
        }
        JobsCommand::Retry { id } => JobsAnswer::Retried { given_up: administration.retry_job(id).await? },
        JobsCommand::Drop { id } => JobsAnswer::Dropped { job: listed(administration.drop_job(id).await?) },
    };
    Ok(Answer::Jobs(answer))
}

fn place(JobPlace { kind, at, id }: JobPlace) -> Result<AfterJob, String> {
    let kind = JobKind::parse(&kind).map_err(|error| format!("This is no place in the list: {error}."))?;
    Ok(AfterJob { kind, at, id })
}

fn listed(job: Job) -> ListedJob {
    let Job { id, kind, version: form, state, asked_at, at, tries, most_tries } = job;
    let (kind, state) = (kind.as_str().to_owned(), state.into());
    ListedJob { id, kind, form, state, asked_at, at, tries, most_tries }
}

/// What is shown of a body: nothing that a terminal would act on.
fn shown(body: &[u8]) -> ShownBody {
    let is_readable =
        |text: &&str| !text.contains(|character: char| character.is_control() && !"\t\n".contains(character));
    let text = std::str::from_utf8(body).ok().filter(is_readable);
    ShownBody { bytes: body.len(), text: text.map(|text| text.chars().take(BODY_CHARS).collect()) }
}

impl From<JobState> for State {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Waiting => Self::Waiting,
            JobState::Leased => Self::Leased,
            JobState::Dead => Self::Dead,
        }
    }
}

impl From<State> for JobState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Leased => Self::Leased,
            State::Dead => Self::Dead,
        }
    }
}
