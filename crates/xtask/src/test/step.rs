//! One step of `cargo xtask test`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use xtask::left_out;

use crate::run;
use crate::test::counts::{Counts, Runner};

#[cfg(test)]
mod tests;

/// How long one command of a step may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// How many lines of a failing command are shown; its log has all.
const SHOWN_LINES: usize = 400;

/// A step: what to run, and when.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Another name for this and its like.
    pub(crate) group: &'static str,
    pub(crate) about: &'static str,
    /// The steps without which this one cannot run.
    pub(crate) needs: &'static [&'static str],
    pub(crate) action: Action,
}

/// What a step does.
pub(crate) enum Action {
    /// Runs commands, one after another, all of them even if one fails.
    Commands(Box<dyn Fn() -> Result<Vec<Command>, String>>, Runner),
    /// Collects faults, a sentence each.
    Faults(fn() -> Result<Vec<String>, String>),
    /// Prepares something and tells what it did; it is no test and counts for nothing unless it fails.
    Prepare(fn() -> Result<String, String>),
}

/// What came of a step.
pub(crate) struct Outcome {
    pub(crate) counts: Counts,
    /// What to show if it failed.
    pub(crate) failure: Option<String>,
}

impl Step {
    /// Whether this step is meant by `name`.
    pub(crate) fn is(&self, name: &str) -> bool {
        name == self.name || name == self.group
    }

    pub(crate) fn run(&self, logs: &Path) -> Outcome {
        match &self.action {
            Action::Commands(commands, runner) => match commands() {
                Ok(commands) => self.commands(commands, *runner, logs),
                Err(failure) => failed(failure),
            },
            Action::Faults(check) => match check() {
                Ok(faults) if faults.is_empty() => Outcome { counts: Counts::one(true), failure: None },
                Ok(faults) => failed(faults.join("\n")),
                Err(failure) => failed(failure),
            },
            Action::Prepare(prepare) => match prepare() {
                Ok(done) => {
                    println!("   {done}");
                    Outcome { counts: Counts::default(), failure: None }
                }
                Err(failure) => failed(failure),
            },
        }
    }

    fn commands(&self, commands: Vec<Command>, runner: Runner, logs: &Path) -> Outcome {
        let mut outcome = Outcome { counts: Counts::default(), failure: None };
        for (number, mut command) in commands.into_iter().enumerate() {
            let log = logs.join(format!("{}-{}.log", self.name, number + 1));
            let ran = run::logged(&mut command, &log, LIMIT);
            for sentence in ran.iter().flat_map(|run| left_out::said_in(&run.output)) {
                println!("   left out: {sentence}");
            }
            let one = match ran {
                Ok(run) if run.success => outcome_of(runner, &run.output, None),
                Ok(run) => {
                    let shown = format!("{}\n{command:?}: {}", last_lines(&run.output, &log), run.reason);
                    outcome_of(runner, &run.output, Some(shown))
                }
                Err(failure) => failed(failure),
            };
            outcome.counts += one.counts;
            if let Some(failure) = one.failure {
                outcome.failure =
                    Some(outcome.failure.take().map_or(failure.clone(), |all| all + "\n" + &failure));
            }
        }
        // A step that found no test has tested nothing, whatever the exit codes. One of its commands may have none of
        // those that were asked for by name.
        if outcome.failure.is_none() && outcome.counts == Counts::default() {
            outcome.failure = Some("no test ran".to_owned());
        }
        outcome
    }
}

fn outcome_of(runner: Runner, output: &str, failure: Option<String>) -> Outcome {
    let mut counts =
        if runner == Runner::None { Counts::one(failure.is_none()) } else { runner.read(output) };
    let failure = match failure {
        // A suite that could not run at all has no failed test, and is a failure all the same.
        Some(failure) if counts.failed == 0 => {
            counts.failed = 1;
            Some(failure)
        }
        failure => failure,
    };
    Outcome { counts, failure }
}

fn failed(failure: String) -> Outcome {
    Outcome { counts: Counts::one(false), failure: Some(failure) }
}

fn last_lines(output: &str, log: &Path) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let hidden = lines.len().saturating_sub(SHOWN_LINES);
    let shown = lines.get(hidden..).unwrap_or_default().join("\n");
    if hidden == 0 {
        return shown;
    }
    format!("({hidden} lines before are in {})\n{shown}", log.display())
}
