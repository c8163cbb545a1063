//! Signing in: how often it can be done, and what it does to those who are already here.

use super::folder::Folder;
use super::load::{self, Load, Measured};
use super::table::median;
use crate::server::{self, Server};

/// Clients that sign in at once: more than there are threads that hash.
const SIGNING: u32 = 16;
/// Messages per second meanwhile, between eight people in one room.
const RATE: f64 = 100.0;
/// What is promised of the 99th percentile of messages, in times of what it is while nobody signs in.
const TARGET: f64 = 1.5;

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let (mut rounds, mut seconds) = (5, 10);
    for argument in arguments {
        let wrong = || format!("\"{argument}\" is not one of rounds=N and seconds=N, N being from 1");
        let (name, number) = argument.split_once('=').ok_or_else(wrong)?;
        let number = number.parse().ok().filter(|number: &u32| *number > 0).ok_or_else(wrong)?;
        match name {
            "rounds" => rounds = number,
            "seconds" => seconds = number,
            _ => return Err(wrong()),
        }
    }
    server::build_release()?;
    load::build()?;
    let folder = Folder::of("login");
    let mut measured = Vec::new();
    for round in 1..=rounds {
        println!("round {round} of {rounds}");
        measured.push(one_round(&folder, seconds)?);
    }
    print(&measured)
}

/// What one round measured.
struct Round {
    quiet: Measured,
    loud: Measured,
    signing_in: Measured,
}

/// Messages alone, then messages while others sign in, on one server.
fn one_round(folder: &Folder, seconds: u32) -> Result<Round, String> {
    let server = Server::start(&folder.fresh("data")?)?;
    let messages =
        Load { kind: "chinwag", clients: 8, rooms: 1, rate: Some(RATE), seconds, ..Load::default() };
    let quiet = load::exact(|| messages.run(&server.address))?;
    // They begin before the messages do and go on until after their end.
    let signing_in = load::sign_in(&server.address, SIGNING, seconds + 6)?;
    let loud = load::exact(|| messages.run(&server.address))?;
    let signing_in = signing_in.end()?;
    server.stop()?;
    Ok(Round { quiet, loud, signing_in })
}

fn print(rounds: &[Round]) -> Result<(), String> {
    let of = |pick: fn(&Round) -> &Measured, name: &str| -> Result<f64, String> {
        let values: Result<Vec<f64>, String> = rounds.iter().map(|round| pick(round).number(name)).collect();
        Ok(median(values?))
    };
    let ratios = |name: &str| -> Result<f64, String> {
        let ratio = |round: &Round| Ok(round.loud.number(name)? / round.quiet.number(name)?);
        let values: Result<Vec<f64>, String> = rounds.iter().map(ratio).collect();
        Ok(median(values?))
    };
    let per_second = of(|round| &round.signing_in, "sign_ins_per_s")?;
    let (p50, p99) = (of(|round| &round.signing_in, "p50_us")?, of(|round| &round.signing_in, "p99_us")?);
    println!(
        "\nsign-ins: {per_second:.1}/s by {SIGNING} clients at once, p50 {:.0} ms, p99 {:.0} ms",
        p50 / 1e3,
        p99 / 1e3
    );
    println!(
        "\n{:38} {:>12} {:>16} {:>8}",
        format!("{RATE} messages/s among 8 people"),
        "nobody signs in",
        "16 sign in",
        "ratio"
    );
    for (name, what) in [
        ("ack_p50_us", "acknowledgement, p50"),
        ("ack_p99_us", "acknowledgement, p99"),
        ("delivery_p50_us", "delivery, p50"),
        ("delivery_p99_us", "delivery, p99"),
    ] {
        let (quiet, loud, ratio) =
            (of(|round| &round.quiet, name)?, of(|round| &round.loud, name)?, ratios(name)?);
        let target = if name.ends_with("p99_us") { format!("  (target {TARGET})") } else { String::new() };
        println!("{what:38} {:>12.2} ms {:>13.2} ms {ratio:>8.2}{target}", quiet / 1e3, loud / 1e3);
    }
    Ok(())
}
