//! One step of `cargo xtask test`.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use xtask::left_out;

use crate::run;
use crate::test::counts::{Counts, Runner};
use crate::test::failures;

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

/// A command of a step, by the name that its log has.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) command: Command,
}

/// What a step does.
pub(crate) enum Action {
    /// Runs all of them, even if one fails.
    Commands {
        make: Box<dyn Fn() -> Result<Vec<Part>, String>>,
        runner: Runner,
        /// How many run at once.
        lanes: usize,
    },
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
            Action::Commands { make, runner, lanes } => match make() {
                Ok(parts) => run_parts(parts, *runner, *lanes, logs),
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
}

/// Runs the parts, so many at once, and tells of each when it has ended if there are several.
fn run_parts(parts: Vec<Part>, runner: Runner, lanes: usize, logs: &Path) -> Outcome {
    let several = parts.len() > 1;
    let waiting = Mutex::new(parts.into_iter().enumerate());
    let ended = Mutex::new(Vec::new());
    let lane = || {
        loop {
            // Its own statement: the lock is not held while the part runs.
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((number, part)) = next else { return };
            let (name, begun) = (part.name.clone(), Instant::now());
            let outcome = run_part(part, runner, logs);
            if several {
                let how = if outcome.failure.is_none() { "ok" } else { "FAILED" };
                println!("   {how} {name} in {:.1} s: {}", begun.elapsed().as_secs_f64(), outcome.counts);
            }
            ended.lock().unwrap_or_else(PoisonError::into_inner).push((number, outcome));
        }
    };
    thread::scope(|scope| (0..lanes.max(1)).for_each(|_| drop(scope.spawn(lane))));
    let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.sort_unstable_by_key(|(number, _)| *number);
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    for (_, outcome) in ended {
        counts += outcome.counts;
        failures.extend(outcome.failure);
    }
    // A step that found no test has tested nothing, whatever the exit codes. One of its parts may have none of those that
    // were asked for by name.
    if failures.is_empty() && counts == Counts::default() {
        failures.push("no test ran".to_owned());
    }
    Outcome { counts, failure: Some(failures.join("\n")).filter(|_| !failures.is_empty()) }
}

fn run_part(Part { name, mut command }: Part, runner: Runner, logs: &Path) -> Outcome {
    let log = logs.join(format!("{name}.log"));
    let ran = run::logged(&mut command, &log, LIMIT);
    for sentence in ran.iter().flat_map(|run| left_out::said_in(&run.output)) {
        println!("   left out: {sentence}");
    }
    match ran {
        Ok(run) if run.success => outcome_of(runner, &run.output, None),
        Ok(run) => {
            let shown = format!("{}\n{command:?}: {}", shown_of(runner, &run.output, &log), run.reason);
            outcome_of(runner, &run.output, Some(shown))
        }
        Err(failure) => failed(failure),
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

/// What is shown of a failure: what failed tests have said, where the runner tells that from the rest.
fn shown_of(runner: Runner, output: &str, log: &Path) -> String {
    let said = if runner == Runner::Cargo { failures::of_cargo(output) } else { None };
    let all = said.as_deref().unwrap_or(output);
    let lines: Vec<&str> = all.lines().collect();
    let hidden = lines.len().saturating_sub(SHOWN_LINES);
    let shown = lines.get(hidden..).unwrap_or_default().join("\n");
    if said.is_none() && hidden == 0 {
        shown
    } else {
        format!("(all of it is in {})\n{shown}", log.display())
    }
}
