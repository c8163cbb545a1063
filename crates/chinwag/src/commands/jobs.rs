//! `chinwag jobs …`: asked of the server that runs, or done in its place.

mod list;
mod show;

use chinwag_store::JobId;

use super::operator::{self, Operator, ask_once, unexpected};
use crate::command_line::JobsAction;
use crate::config::{Config, Given};
use crate::control::{Answer, Command, JobsAnswer, JobsCommand, ListedJob, State};
use crate::failure::Failure;
use crate::{date, output};

/// Carries out a command about jobs.
pub(crate) fn jobs(action: JobsAction, given: &Given) -> Result<(), Failure> {
    operator::run(given, |config| run(action, config))
}

async fn run(action: JobsAction, config: Config) -> Result<(), Failure> {
    match action {
        JobsAction::List { state } => {
            let mut operator = Operator::reach(config, false).await?;
            let listed = list::list(&mut operator, state).await;
            operator.leave().await;
            listed
        }
        JobsAction::Show { id } => match one(config, JobsCommand::Show { id }).await? {
            JobsAnswer::Whole { job, body, failures } => output::print(&show::page(&job, &body, &failures)),
            other => Err(unexpected(Answer::Jobs(other))),
        },
        JobsAction::Retry { id } => match one(config, JobsCommand::Retry { id }).await? {
            JobsAnswer::Retried { given_up } => output::print(&retried(id, given_up)),
            other => Err(unexpected(Answer::Jobs(other))),
        },
        JobsAction::Drop { id } => match one(config, JobsCommand::Drop { id }).await? {
            JobsAnswer::Dropped { job } => output::print(&format!(
                "Dropped the job {}, {}, which was {}.\n",
                job.id.0,
                job.kind,
                standing(&job)
            )),
            other => Err(unexpected(Answer::Jobs(other))),
        },
    }
}

async fn one(config: Config, command: JobsCommand) -> Result<JobsAnswer, Failure> {
    told(ask_once(config, Command::Jobs(command)).await?)
}

/// What is told about jobs.
fn told(answer: Answer) -> Result<JobsAnswer, Failure> {
    match answer {
        Answer::Jobs(answer) => Ok(answer),
        other => Err(unexpected(other)),
    }
}

fn retried(JobId(id): JobId, given_up: bool) -> String {
    if given_up {
        format!("The job {id} is due at once.\n")
    } else {
        format!(
            "The job {id} was not given up, so it was left as it is; `chinwag jobs show {id}` tells where it stands.\n"
        )
    }
}

/// Where a job stands, in words that go on a sentence or stand alone.
fn standing(job: &ListedJob) -> String {
    let at = date::minute(job.at.0);
    match job.state {
        State::Waiting => format!("waiting, due {at}"),
        State::Leased => format!("leased to a worker until {at}"),
        State::Dead => format!("dead, given up {at}"),
    }
}
