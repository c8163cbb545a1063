//! One large room on several nodes: what a delivery costs all processes together, and what one more node adds, beside Node's
//! socket.io with its Redis adapter.
//!
//! All servers are kept to the first core and the load generator to the second, as for the engine: what is measured is the
//! processor time of a delivery, not how much faster more machines are.

mod figures;
mod systems;

use super::cores::{Cores, Place};
use super::folder::Folder;
use super::load::{self, Failed, Load};
use super::table::thousands;
use crate::{debian, install, server};
use figures::{Results, Run};
use systems::{Running, System};

#[cfg(test)]
mod tests;

/// How many are in the room.
const MEMBERS: u32 = 1_000;
/// How many of them post, each again when its last message is acknowledged.
const SENDERS: u32 = 32;
/// Seconds of posting before it counts: both compile or grow something first.
const WARM_UP: u32 = 2;

/// How much is measured.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    rounds: u32,
    seconds: u32,
}

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    debian::ensure()?;
    install::peer(systems::NODE_CLUSTER)?;
    server::build_release()?;
    load::build()?;
    let cores = Cores::find()?;
    if !cores.are_apart() {
        println!("there is one core only: servers and load generator share it, and rates mean little");
    }
    let folder = Folder::of("cluster");
    let mut results = Results::default();
    for round in 1..=options.rounds {
        for nodes in 1..=figures::MOST_NODES {
            for system in [System::Chinwag, System::Node] {
                let run = load::exact(|| run(&cores, &folder, system, nodes, options.seconds))?;
                println!(
                    "round {round} of {}, {} on {nodes}: {} deliveries/s, {:.3} µs each, p99 {:.1} ms, holes {}",
                    options.rounds,
                    system.name(),
                    thousands(run.deliveries_per_second),
                    run.total(),
                    run.p99_ms,
                    run.holes
                );
                results.add(system, nodes, run);
            }
        }
    }
    results.print();
    Ok(())
}

/// Starts everything anew, lets everybody in, and measures.
fn run(cores: &Cores, folder: &Folder, system: System, nodes: usize, seconds: u32) -> Result<Run, Failed> {
    let running = cores.at(Place::Server, || Running::start(system, nodes, &folder.fresh(system.name())?))?;
    let load = Load {
        kind: system.kind(),
        clients: MEMBERS,
        rooms: 1,
        posters: Some(SENDERS),
        seconds,
        ..Load::default()
    };
    let groups = running.processes()?;
    let measured = cores.at(Place::Load, || load.with_cost(&running.addresses(), WARM_UP, &groups))?;
    let holes = running.holes()?;
    running.stop()?;
    Ok(Run::read(&measured, system, holes)?)
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self { rounds: 3, seconds: 5 };
        for argument in arguments {
            let wrong = || format!("\"{argument}\" is not one of rounds=N and seconds=N, N being from 1");
            let (name, number) = argument.split_once('=').ok_or_else(wrong)?;
            let number = number.parse().ok().filter(|number: &u32| *number > 0).ok_or_else(wrong)?;
            match name {
                "rounds" => options.rounds = number,
                "seconds" => options.seconds = number,
                _ => return Err(wrong()),
            }
        }
        Ok(options)
    }
}
