//! What a second core is worth: the server kept to one, and server and load generator wherever the kernel puts them.

use super::BOTH_CORES;
use super::figures::JOBS;
use super::runs::Bench;
use super::servers::Contender;
use crate::bench::cores::Place;
use crate::bench::load::Measured;
use crate::bench::table::{self, Line, median, thousands};

/// The job that is done both ways.
const JOB: &str = "full";

/// Measures and prints.
pub(super) fn measure(bench: &mut Bench) -> Result<(), String> {
    let job = JOBS.iter().find(|job| job.name == JOB).ok_or("the job is not in the list")?;
    let arguments = job.arguments(&bench.options);
    let mut rounds: Vec<(Measured, Measured)> = Vec::new();
    for round in 1..=bench.options.rounds {
        println!("round {round} of {}, {BOTH_CORES}: on one core, then on all", bench.options.rounds);
        let mut run = |places| bench.run(BOTH_CORES, round, Contender::Chinwag, places, &arguments);
        rounds.push((run((Place::Server, Place::Load))?, run((Place::Anywhere, Place::Anywhere))?));
    }
    let line = |title: &str, field: &str, text: fn(f64) -> String| -> Result<Line, String> {
        let (mut one, mut all, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for (on_one, on_all) in &rounds {
            let (on_one, on_all) = (on_one.number(field)?, on_all.number(field)?);
            one.push(on_one);
            all.push(on_all);
            ratios.push(on_all / on_one);
        }
        Ok(Line {
            figure: format!("{title}, 1,000 members, 32 in flight"),
            ours: text(median(all)),
            other: text(median(one)),
            ratio: Some(median(ratios)),
            target: "",
            met: None,
        })
    };
    let lines = [
        line("deliveries/s", "deliveries_per_s", thousands)?,
        line("CPU per million deliveries", "cpu_s_per_million", |seconds| format!("{seconds:.3} s"))?,
        line("cores that the server keeps busy", "server_cores", |cores| format!("{cores:.2}"))?,
    ];
    table::print(["figure", "all cores, shared with the load", "one core", "target"], &lines);
    Ok(())
}
