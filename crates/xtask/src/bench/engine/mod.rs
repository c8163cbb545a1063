//! The Socket.IO engine beside the least that such a server can do and beside its peers: one job, all servers in turns.

mod both_cores;
mod figures;
mod many;
mod options;
mod plot;
mod product;
mod program;
mod results;
mod runs;
mod servers;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use figures::{JOBS, Job};
use options::Options;
use results::Results;
use runs::Bench;

use crate::server;

/// What is measured beside the jobs in the list, and is picked by these names.
const MANY: &str = "many";
const BOTH_CORES: &str = "cores";
const PRODUCT: &str = "product";

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let names: Vec<&str> = JOBS.iter().map(|job| job.name).chain([BOTH_CORES, PRODUCT, MANY]).collect();
    let drawn: Vec<&str> = plot::jobs().collect();
    let options = Options::parse(arguments, &names, &drawn)?;
    let most_files = raise_file_limit()?;
    let contenders = servers::build()?;
    if options.wants(PRODUCT) {
        server::build_release()?;
    }
    let mut bench = Bench::new(options, contenders)?;
    let results = jobs(&mut bench);
    results.print(bench.contenders());
    if bench.options.plot {
        plot::write(&results)?;
    }
    let mut failures = results.failures;
    // What one of these cannot measure is no reason to leave out the next.
    if bench.options.wants(BOTH_CORES) {
        note(&mut failures, BOTH_CORES, both_cores::measure(&mut bench));
    }
    if bench.options.wants(PRODUCT) {
        note(&mut failures, PRODUCT, product::measure(&mut bench));
    }
    if bench.options.names(MANY) || (bench.options.wants(MANY) && !bench.options.quick) {
        note(&mut failures, MANY, many::measure(&mut bench, most_files));
    }
    println!("\nraw figures: {}", bench.raw_path().display());
    if failures.is_empty() { Ok(()) } else { Err(format!("not measured:\n  {}", failures.join("\n  "))) }
}

/// Keeps in mind what could not be measured.
fn note(failures: &mut Vec<String>, name: &str, outcome: Result<(), String>) {
    failures.extend(outcome.err().map(|reason| format!("{name}: {reason}")));
}

/// Makes the runs of the list, every server after the other in every round, so that neighbours in time are compared.
fn jobs(bench: &mut Bench) -> Results {
    let mut results = Results::default();
    let rounds = bench.options.rounds;
    let wanted: Vec<&Job> = JOBS.iter().filter(|job| bench.options.wants(job.name)).collect();
    for round in 1..=rounds {
        for job in &wanted {
            if job.once && round > 1 {
                continue;
            }
            println!("round {round} of {rounds}, {}: {}", job.name, job.title);
            for contender in job.contenders.iter().copied() {
                if !bench.takes_part(contender) {
                    continue;
                }
                match bench.job(job, contender, round) {
                    Ok(measured) => results.add(job, contender, round, measured),
                    Err(reason) => results.fail(job, contender, round, &reason),
                }
            }
        }
    }
    results
}

/// Lets this process, and so whatever it starts, have as many connections as it may. Answers how many files that is.
fn raise_file_limit() -> Result<u64, String> {
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most })
        .map_err(|error| format!("cannot raise the limit of open files: {error}"))?;
    Ok(most.unwrap_or(u64::MAX))
}
