//! What the runs come to, and what it is to be.

use super::systems::System;
use crate::bench::load::Measured;
use crate::bench::table::{self, Line, median, thousands};

#[cfg(test)]
mod tests;

/// The parts of a system whose processor time is counted, as the load generator calls them.
pub(super) const NODES: &str = "nodes";
pub(super) const REDIS: &str = "redis";
pub(super) const POSTGRES: &str = "postgres";

/// From one node to so many.
pub(super) const MOST_NODES: usize = 3;

/// A delivery costs at most this much of one of Node's.
const BESIDE_NODE: f64 = 0.2;
/// A delivery with one node more costs at most this much of one without it.
const NODE_MORE: f64 = 1.15;

/// What one run measured; costs are microseconds of processor time per delivery.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Run {
    pub(super) deliveries_per_second: f64,
    nodes: f64,
    redis: f64,
    /// Nothing where there is no PostgreSQL.
    postgres: f64,
    messages_per_frame: f64,
    /// How many cores the load generator kept busy.
    load_cores: f64,
    /// From the sending of a message to its delivery, from the first node to the second where there are two.
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// How often a node read from the store what did not reach it in order.
    pub(super) holes: f64,
}

impl Run {
    /// Takes it from what the load generator printed.
    pub(super) fn read(measured: &Measured, system: System, holes: f64) -> Result<Self, String> {
        let number = |name: &str| measured.number(&format!("window_{name}"));
        let part = |name: &str| {
            if system.parts().contains(&name) { number(&format!("{name}_us")) } else { Ok(0.0) }
        };
        Ok(Self {
            deliveries_per_second: number("deliveries_per_s")?,
            nodes: part(NODES)?,
            redis: part(REDIS)?,
            postgres: part(POSTGRES)?,
            messages_per_frame: number("messages_per_frame")?,
            load_cores: number("load_cores")?,
            p50_ms: measured.number("delivery_p50_us")? / 1e3,
            p99_ms: measured.number("delivery_p99_us")? / 1e3,
            holes,
        })
    }

    /// All processes together.
    pub(super) fn total(&self) -> f64 {
        self.without_postgres() + self.postgres
    }

    fn without_postgres(&self) -> f64 {
        self.nodes + self.redis
    }
}

/// The runs of all rounds.
#[derive(Debug, Default)]
pub(super) struct Results {
    chinwag: [Vec<Run>; MOST_NODES],
    node: [Vec<Run>; MOST_NODES],
}

impl Results {
    /// Keeps a run. Each round adds one for each system and number of nodes, from one on.
    pub(super) fn add(&mut self, system: System, nodes: usize, run: Run) {
        let runs = match system {
            System::Chinwag => &mut self.chinwag,
            System::Node => &mut self.node,
        };
        runs.get_mut(nodes - 1).into_iter().for_each(|runs| runs.push(run.clone()));
    }

    /// Prints everything.
    pub(super) fn print(&self) {
        let title = [
            "system",
            "deliveries/s",
            "CPU per delivery",
            "nodes",
            "Redis",
            "PostgreSQL",
            "messages per frame",
            "cores of the load",
            "delivery, p50",
            "p99",
            "holes",
        ];
        let mut rows = vec![title.map(str::to_owned)];
        for (name, of_nodes) in [("Chinwag", &self.chinwag), ("Node", &self.node)] {
            rows.extend(of_nodes.iter().enumerate().map(|(more, runs)| row(name, more + 1, runs)));
        }
        table::print_rows(&rows);
        table::print(["CPU per delivery, all processes", "this", "beside", "target"], &self.lines());
    }

    /// The comparisons, with what they are to be.
    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for (nodes, (ours, node)) in (1..).zip(self.chinwag.iter().zip(&self.node)) {
            let figure = format!("Chinwag beside Node, {}", on(nodes));
            lines.push(line(figure, ours, node, Run::total, Some(("at most 0.20", BESIDE_NODE))));
        }
        for (name, of_nodes, target) in
            [("Chinwag", &self.chinwag, Some(("at most 1.15", NODE_MORE))), ("Node", &self.node, None)]
        {
            for (nodes, pair) in (2..).zip(of_nodes.windows(2)) {
                if let [fewer, more] = pair {
                    let figure = format!("{name}, {} beside one less", on(nodes));
                    lines.push(line(figure, more, fewer, Run::total, target));
                }
            }
        }
        for (nodes, pair) in (2..).zip(self.chinwag.windows(2)) {
            if let [fewer, more] = pair {
                let figure = format!("Chinwag without PostgreSQL, {} beside one less", on(nodes));
                lines.push(line(figure, more, fewer, Run::without_postgres, None));
            }
        }
        lines
    }
}

/// A line of the table of costs: medians.
fn row(name: &str, nodes: usize, runs: &[Run]) -> [String; 11] {
    let of = |figure: fn(&Run) -> f64| median(runs.iter().map(figure));
    let postgres = of(|run| run.postgres);
    [
        format!("{name}, {}", on(nodes)),
        thousands(of(|run| run.deliveries_per_second)),
        micros(of(Run::total)),
        micros(of(|run| run.nodes)),
        micros(of(|run| run.redis)),
        if postgres > 0.0 { micros(postgres) } else { String::new() },
        format!("{:.1}", of(|run| run.messages_per_frame)),
        format!("{:.2}", of(|run| run.load_cores)),
        format!("{:.1} ms", of(|run| run.p50_ms)),
        format!("{:.1} ms", of(|run| run.p99_ms)),
        if postgres > 0.0 { thousands(of(|run| run.holes)) } else { String::new() },
    ]
}

/// Compares runs of the same rounds: the ratio is the median of those of each round, so that what disturbs the machine for
/// longer than a round disturbs both.
fn line(
    figure: String,
    ours: &[Run],
    other: &[Run],
    cost: fn(&Run) -> f64,
    target: Option<(&'static str, f64)>,
) -> Line {
    let ratio = median(ours.iter().zip(other).map(|(ours, other)| cost(ours) / cost(other)));
    Line {
        figure,
        ours: micros(median(ours.iter().map(cost))),
        other: micros(median(other.iter().map(cost))),
        ratio: Some(ratio),
        target: target.map_or("", |(text, _)| text),
        met: target.map(|(_, most)| ratio <= most),
    }
}

fn on(nodes: usize) -> String {
    if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") }
}

fn micros(micros: f64) -> String {
    format!("{micros:.3} µs")
}
