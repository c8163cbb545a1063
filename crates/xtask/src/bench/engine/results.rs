//! What all runs measured, and the table that comes of it.

use super::figures::{Figure, JOBS, Job, Target};
use super::servers::Contender;
use crate::bench::load::Measured;
use crate::bench::table::{self, median};

#[cfg(test)]
mod tests;

/// What stands where nothing was measured.
const NOTHING: &str = "–";

/// One run.
struct Run {
    job: &'static str,
    contender: Contender,
    round: u32,
    measured: Measured,
}

/// All of them.
#[derive(Default)]
pub(super) struct Results {
    runs: Vec<Run>,
    /// Sentences about those that could not be made.
    pub(super) failures: Vec<String>,
}

impl Results {
    /// Keeps a run and tells what it measured first of all.
    pub(super) fn add(&mut self, job: &'static Job, contender: Contender, round: u32, measured: Measured) {
        let shown = job.figures.iter().filter_map(|figure| {
            let number = measured.number(figure.field).ok()?;
            Some(format!("{} ({})", figure.unit.text(number), figure.field))
        });
        println!("  {:12} {}", contender.name(), shown.collect::<Vec<_>>().join(", "));
        self.runs.push(Run { job: job.name, contender, round, measured });
    }

    /// Keeps in mind that a run could not be made.
    pub(super) fn fail(&mut self, job: &Job, contender: Contender, round: u32, reason: &str) {
        let sentence = format!("{}, round {round}, {}: {reason}", job.name, contender.name());
        println!("  {sentence}");
        self.failures.push(sentence);
    }

    /// A number of each round in which it was measured.
    fn numbers(&self, job: &str, contender: Contender, field: &str) -> Vec<(u32, f64)> {
        let of_it = self.runs.iter().filter(|run| run.job == job && run.contender == contender);
        of_it.filter_map(|run| Some((run.round, run.measured.number(field).ok()?))).collect()
    }

    /// The middle of all rounds.
    pub(super) fn median(&self, job: &str, contender: Contender, field: &str) -> Option<f64> {
        let numbers = self.numbers(job, contender, field);
        (!numbers.is_empty()).then(|| median(numbers.into_iter().map(|(_, number)| number)))
    }

    /// The middle of how one compares with another in each round.
    pub(super) fn ratio(&self, job: &str, field: &str, one: Contender, other: Contender) -> Option<f64> {
        let others = self.numbers(job, other, field);
        let ratios = self.numbers(job, one, field).into_iter().filter_map(|(round, number)| {
            let (_, divisor) = others.iter().find(|(of, _)| *of == round)?;
            Some(number / divisor)
        });
        let ratios: Vec<f64> = ratios.collect();
        (!ratios.is_empty()).then(|| median(ratios))
    }

    /// Prints the table of all that was measured.
    pub(super) fn print(&self, contenders: &[Contender]) {
        if self.runs.is_empty() {
            return;
        }
        let mut rows = vec![
            ["figure", "Chinwag", "ceiling", "socketioxide", "Node", "ratio", "target", "met"]
                .map(str::to_owned),
        ];
        for job in JOBS.iter().filter(|job| self.runs.iter().any(|run| run.job == job.name)) {
            for figure in job.figures {
                rows.extend(self.rows(job, figure, contenders));
            }
        }
        table::print_rows(&rows);
    }

    /// A row for each target of a figure; one if it has none.
    fn rows(&self, job: &Job, figure: &Figure, contenders: &[Contender]) -> Vec<[String; 8]> {
        let number = |contender: Contender| {
            let median = self.median(job.name, contender, figure.field);
            let measured = median.filter(|_| contenders.contains(&contender));
            measured.map_or_else(|| NOTHING.to_owned(), |median| figure.unit.text(median))
        };
        let title = figure.title.to_owned();
        let numbers =
            [Contender::Chinwag, Contender::Ceiling, Contender::Socketioxide, Contender::Node].map(number);
        let [ours, ceiling, socketioxide, node] = numbers;
        let first = [title, ours, ceiling, socketioxide, node];
        let mut compared = figure.targets.iter().map(|target| self.compared(job, figure, *target));
        let begin = |cells: [String; 5], [ratio, target, met]: [String; 3]| {
            let [title, ours, ceiling, socketioxide, node] = cells;
            [title, ours, ceiling, socketioxide, node, ratio, target, met]
        };
        let mut rows = vec![begin(first, compared.next().unwrap_or_default())];
        rows.extend(compared.map(|compared| begin(Default::default(), compared)));
        rows
    }

    /// Ratio, target, and whether it is met.
    fn compared(&self, job: &Job, figure: &Figure, target: Target) -> [String; 3] {
        let measured = match target.other() {
            Some(other) => self.ratio(job.name, figure.field, Contender::Chinwag, other),
            None => self.median(job.name, Contender::Chinwag, figure.field),
        };
        let met = match measured.map(|measured| target.is_met_by(measured)) {
            None => NOTHING,
            Some(true) => "yes",
            Some(false) => "NO",
        };
        let ratio = measured.map_or_else(|| NOTHING.to_owned(), |measured| target.ratio_text(measured));
        [ratio, target.text(figure.unit), met.to_owned()]
    }
}
