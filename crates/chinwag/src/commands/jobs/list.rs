//! `chinwag jobs list`.

use chinwag_store::JOBS_COUNTED;

use super::told;
use crate::commands::operator::{Operator, unexpected};
use crate::control::{Answer, Command, JobsAnswer, JobsCommand, ListedJob, State};
use crate::failure::Failure;
use crate::{date, output};

/// The states in the order in which they are listed: first what an operator has to see to.
const STATES: [State; 3] = [State::Dead, State::Leased, State::Waiting];

/// Prints the jobs in this state, or all, and how many there are.
pub(super) async fn list(operator: &mut Operator, state: Option<State>) -> Result<(), Failure> {
    output::print(&row(["ID", "STATE", "TRIES", "ASKED FOR", "DUE/UNTIL/GIVEN UP", "KIND"]))?;
    for listed in STATES.into_iter().filter(|listed| state.is_none_or(|state| state == *listed)) {
        pages(operator, listed).await?;
    }
    match told(operator.ask(Command::Jobs(JobsCommand::Count)).await?)? {
        JobsAnswer::Counts { waiting, leased, dead } => output::print(&format!(
            "{} waiting, {} leased, {} dead\n",
            counted(waiting),
            counted(leased),
            counted(dead)
        )),
        other => Err(unexpected(Answer::Jobs(other))),
    }
}

/// Prints the jobs in a state, page by page, so that it takes no more memory for a hundred thousand.
async fn pages(operator: &mut Operator, state: State) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let asked = operator.ask(Command::Jobs(JobsCommand::List { state, after })).await?;
        let (jobs, next) = match told(asked)? {
            JobsAnswer::Page { jobs, next } => (jobs, next),
            other => return Err(unexpected(Answer::Jobs(other))),
        };
        output::print(&jobs.iter().map(line).collect::<String>())?;
        if next.is_none() {
            return Ok(());
        }
        after = next;
    }
}

/// One job.
fn line(job: &ListedJob) -> String {
    let state = match job.state {
        State::Waiting => "waiting",
        State::Leased => "leased",
        State::Dead => "dead",
    };
    let id = job.id.0.to_string();
    let tries = format!("{} of {}", job.tries, job.most_tries);
    row([&id, state, &tries, &date::minute(job.asked_at.0), &date::minute(job.at.0), &job.kind])
}

/// A line of the table. The kind comes last, as it may be long.
fn row([id, state, tries, asked, at, kind]: [&str; 6]) -> String {
    format!("{id:36}  {state:7}  {tries:10}  {asked:20}  {at:20}  {kind}\n")
}

/// A number that is not counted to its end.
fn counted(number: usize) -> String {
    if number < JOBS_COUNTED { number.to_string() } else { format!("{JOBS_COUNTED} or more") }
}
