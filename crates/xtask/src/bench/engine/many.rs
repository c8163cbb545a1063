//! A hundred thousand connections in groups, in as many processes as the limit of files demands.

use std::thread;

use super::MANY;
use super::program::Program;
use super::runs::Bench;
use super::servers::Contender;
use crate::bench::cores::Place;
use crate::bench::load::{self, Failed, Measured};
use crate::bench::table::{self, Line, thousands};

#[cfg(test)]
mod tests;

/// Connections, all together.
const CONNECTIONS: u64 = 100_000;
/// Groups of them in each process; a message to one is heard by its members alone.
const GROUPS: u32 = 15;
/// Addresses that they come from; one has about 28,000 ports.
const ADDRESSES: u32 = 15;
/// Files that a process needs beside its connections.
const OTHER_FILES: u64 = 200;

/// Measures once and prints.
pub(super) fn measure(bench: &mut Bench, most_files: u64) -> Result<(), String> {
    let shares = shares(most_files)?;
    println!(
        "{MANY}: {} connections in {} server processes and as many load generators, since one may have {} files open",
        thousands(CONNECTIONS as f64),
        shares.len(),
        thousands(most_files as f64),
    );
    let servers: Result<Vec<Program>, String> =
        shares.iter().map(|_| Program::start(Contender::Chinwag, &bench.cores, Place::Server)).collect();
    let servers = servers?;
    let hold = bench.options.minute().to_string();
    let cores = &bench.cores;
    let measured: Result<Vec<Measured>, Failed> = thread::scope(|scope| {
        let loads: Vec<_> = servers
            .iter()
            .zip(&shares)
            .map(|(server, members)| {
                let hold = &hold;
                scope.spawn(move || cores.at(Place::Load, || one(server, *members, hold)))
            })
            .collect();
        let join = |load: thread::ScopedJoinHandle<'_, Result<Measured, Failed>>| {
            load.join().unwrap_or_else(|_| Err("a thread panicked".to_owned().into()))
        };
        loads.into_iter().map(join).collect()
    });
    let measured = measured?;
    for one in &measured {
        bench.keep(MANY, 1, one)?;
    }
    let sum = |field: &str| -> Result<f64, String> {
        measured.iter().map(|one| one.number(field)).sum::<Result<f64, String>>()
    };
    let kib = (sum("resident_kib")? - sum("empty_kib")?) / sum("members")?;
    let line = |figure: &str, ours: String| Line {
        figure: figure.to_owned(),
        ours,
        other: String::new(),
        ratio: None,
        target: "",
        met: None,
    };
    let lines = [
        line(
            "connections, each heard a message to its group, and nobody else's",
            thousands(sum("delivered")?),
        ),
        line("resident memory per connection, without the kernel's", format!("{kib:.2} KiB")),
        line("CPU per second of their heartbeats", format!("{:.1} ms", sum("heartbeat_cpu_ms_per_s")?)),
        line("server processes, 15 groups in each", servers.len().to_string()),
    ];
    table::print(["figure", "Chinwag", "", "target"], &lines);
    Ok(())
}

fn one(server: &Program, members: u64, hold: &str) -> Result<Measured, Failed> {
    let (members, groups, addresses) = (members.to_string(), GROUPS.to_string(), ADDRESSES.to_string());
    let mut arguments = vec!["--mode", "connect", "--members", &members, "--hold", hold];
    arguments.extend(["--groups", &groups, "--addresses", &addresses]);
    load::broadcast(&arguments, Contender::Chinwag.name(), &server.address(), server.id())
}

/// How many connections each process gets.
fn shares(most_files: u64) -> Result<Vec<u64>, String> {
    let most = most_files.saturating_sub(OTHER_FILES);
    if most < 1_000 {
        return Err(format!("a process may have {most_files} files open here: too few"));
    }
    let processes = CONNECTIONS.div_ceil(most);
    let (each, more) = (CONNECTIONS / processes, CONNECTIONS % processes);
    Ok((0..processes).map(|process| each + u64::from(process < more)).collect())
}
