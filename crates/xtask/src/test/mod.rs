//! `cargo xtask test`: everything that must hold, in one command.

mod counts;
mod failures;
mod house_rules;
mod imports;
mod sources;
mod step;
mod steps;

use std::fs;
use std::time::Instant;

use counts::Counts;
use step::{Outcome, Step};

use crate::paths;

#[cfg(test)]
mod tests;

/// The steps that prepare what others need, and run before any of them.
const PREPARATION: &str = "prepare";

/// What the command line asks for.
struct Wanted {
    names: Vec<String>,
    filter: Option<String>,
}

/// Runs the steps named in `arguments`, or all; an error if one failed.
pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let wanted = parse(arguments)?;
    let all = steps::all(wanted.filter.as_deref());
    let chosen: Vec<Step> = all.into_iter().filter(|step| wanted.has(step)).collect();
    let logs = paths::target().join("xtask");
    fs::create_dir_all(&logs).map_err(|error| format!("cannot make {}: {error}", logs.display()))?;

    let begun = Instant::now();
    let mut total = Counts::default();
    let mut broken: Vec<&str> = Vec::new();
    for step in &chosen {
        if let Some(missing) = step.needs.iter().find(|need| broken.contains(need)) {
            println!("-- {}: not run, because {missing} failed", step.name);
            broken.push(step.name);
            total += Counts::one(false);
            continue;
        }
        println!(">> {}: {}", step.name, step.about);
        let step_begun = Instant::now();
        let outcome = step.run(&logs);
        if report(step, &outcome, step_begun) {
            total += outcome.counts;
        } else {
            broken.push(step.name);
            // A step that failed without a failed test, as one that does not compile, is itself a failure.
            total += if outcome.counts.failed == 0 { Counts::one(false) } else { outcome.counts };
        }
    }
    println!();
    if !broken.is_empty() {
        println!("failed: {}", broken.join(", "));
    }
    println!("{:.0} s in all", begun.elapsed().as_secs_f64());
    println!("{total}");
    if broken.is_empty() { Ok(()) } else { Err(String::new()) }
}

/// Tells how a step went; whether it went well.
fn report(step: &Step, outcome: &Outcome, begun: Instant) -> bool {
    let seconds = begun.elapsed().as_secs_f64();
    match &outcome.failure {
        None => {
            let counts =
                if step.group == PREPARATION { String::new() } else { format!(": {}", outcome.counts) };
            println!("ok {} in {seconds:.1} s{counts}", step.name);
            true
        }
        Some(failure) => {
            println!("{}", failure.trim_end());
            println!("FAILED {} in {seconds:.1} s: {}", step.name, outcome.counts);
            false
        }
    }
}

fn parse(arguments: &[String]) -> Result<Wanted, String> {
    let mut arguments = arguments.iter();
    let names: Vec<String> = arguments.by_ref().take_while(|argument| *argument != "--").cloned().collect();
    let known = steps::all(None);
    for name in &names {
        if !known.iter().any(|step| step.is(name)) {
            return Err(format!("there is no step \"{name}\". There are:\n{}", steps::help()));
        }
    }
    let filter = arguments.next().cloned();
    if arguments.next().is_some() {
        return Err("only one name may follow `--`".to_owned());
    }
    Ok(Wanted { names, filter })
}

impl Wanted {
    fn has(&self, step: &Step) -> bool {
        self.names.is_empty()
            || self.names.iter().any(|name| step.is(name))
            || (step.group == PREPARATION && self.needed(step))
    }

    fn needed(&self, step: &Step) -> bool {
        let all = steps::all(None);
        let mut wanted: Vec<&str> = all
            .iter()
            .filter(|other| self.names.iter().any(|name| other.is(name)))
            .flat_map(|other| other.needs.iter().copied())
            .collect();
        while let Some(name) = wanted.pop() {
            if name == step.name {
                return true;
            }
            wanted.extend(
                all.iter().filter(|other| other.name == name).flat_map(|other| other.needs.iter().copied()),
            );
        }
        false
    }
}

/// For `--help`.
pub(crate) fn help() -> String {
    steps::help()
}
