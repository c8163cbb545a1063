//! How long an empty server takes to be ready, and how much memory it then holds.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::paths;
use crate::server::{self, Server};

const ROUNDS: usize = 10;
const TARGET_READY: Duration = Duration::from_millis(200);
const TARGET_BYTES: u64 = 25_000_000;

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let rounds = match arguments.first() {
        None => ROUNDS,
        Some(text) => text.parse().ok().filter(|&rounds| rounds > 0).ok_or("ROUNDS is a number from 1")?,
    };
    server::build_release()?;
    let folder = paths::target().join("xtask").join(format!("bench-start-{}", std::process::id()));
    let measured = measure(&folder, rounds);
    // A folder that stays is only untidy.
    let _ = fs::remove_dir_all(&folder);
    let (first, again) = measured?;
    println!("{rounds} rounds each; ready: from the start of the process to its line \"listening on\"");
    print("first start, a fresh data folder", &first);
    print("start with that folder again", &again);
    println!(
        "targets: ready under {} ms, memory under {} MB",
        TARGET_READY.as_millis(),
        TARGET_BYTES / 1_000_000
    );
    Ok(())
}

/// One start: time to ready, resident bytes, time to stop.
type Sample = (Duration, u64, Duration);

fn measure(folder: &Path, rounds: usize) -> Result<(Vec<Sample>, Vec<Sample>), String> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let data = folder.join(round.to_string());
        fs::create_dir_all(&data).map_err(|error| format!("cannot make {}: {error}", data.display()))?;
        first.push(sample(&data)?);
        again.push(sample(&data)?);
    }
    Ok((first, again))
}

fn sample(data: &Path) -> Result<Sample, String> {
    let server = Server::start(data)?;
    let (ready, bytes) = (server.ready_after, server.resident_bytes()?);
    Ok((ready, bytes, server.stop()?))
}

fn print(what: &str, samples: &[Sample]) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    #[expect(clippy::cast_precision_loss, reason = "a memory size in megabytes needs three digits")]
    let megabytes = |bytes: u64| bytes as f64 / 1_000_000.0;
    let line = |name: &str, unit: &str, mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let (low, middle, high) = (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)));
        println!("  {name:<8} median {middle:7.1} {unit} (from {low:.1} to {high:.1})");
    };
    println!("{what}");
    line("ready", "ms", samples.iter().map(|(ready, ..)| milliseconds(*ready)).collect());
    line("memory", "MB", samples.iter().map(|(_, bytes, _)| megabytes(*bytes)).collect());
    line("stop", "ms", samples.iter().map(|(.., stop)| milliseconds(*stop)).collect());
}
