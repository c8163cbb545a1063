//! `cargo xtask prove`: the long forms of tests whose short forms are in `cargo xtask test`.

use std::process::Command;
use std::time::Instant;

use crate::commands::cargo;
use crate::{paths, run};

/// A promise, and the test that proves it.
struct Area {
    name: &'static str,
    about: &'static str,
    package: &'static str,
    /// The file or folder of the package's tests.
    test: &'static str,
    /// What makes the test long.
    environment: &'static [(&'static str, &'static str)],
}

/// The whole-system tests.
const SYSTEM: &str = "chinwag-tests";

/// The name by which all of [`DELIVERY`] are run.
const ALL: &str = "delivery";

/// The variable that repeats what a seed has done.
const SEED: &str = "CHINWAG_SEED";

/// What the delivery rule promises, one server after the other; half an hour in all.
const DELIVERY: &[Area] = &[
    Area {
        name: "kill",
        about: "32 clients do all they can while the server is killed and restarted, 20 times",
        package: SYSTEM,
        test: "kill",
        environment: &[("CHINWAG_KILL_CLIENTS", "32"), ("CHINWAG_KILL_ROUNDS", "20")],
    },
    Area {
        name: "unknown",
        about: "4,000 commands are cut off around their commit and asked for again",
        package: SYSTEM,
        test: "unknown",
        environment: &[("CHINWAG_CUTS", "4000")],
    },
    Area {
        name: "convergence",
        about: "8 clients come to the same picture through losses and restarts, 500 seeds",
        package: SYSTEM,
        test: "convergence",
        environment: &[("CHINWAG_SEEDS", "500")],
    },
    Area {
        name: "slow",
        about: "a client stops reading while its room receives 100 MB",
        package: SYSTEM,
        test: "slow",
        environment: &[("CHINWAG_SLOW_MEGABYTES", "100")],
    },
    Area {
        name: "powercut",
        about: "the power is cut 200 times, whatever part of the unsynced is on the disk",
        package: SYSTEM,
        test: "powercut",
        environment: &[("CHINWAG_POWER_CUTS", "200")],
    },
    Area {
        name: "disk",
        about: "20 disks that fill up and fail syncs and reads while 16 people do all they can",
        package: SYSTEM,
        test: "disk_faults",
        environment: &[("CHINWAG_FAILING_DISKS", "20")],
    },
    Area {
        name: "faults",
        about: "the same failures under the built server, and 20 servers of 8 clients each that fail a sync",
        package: SYSTEM,
        test: "faulty_disk",
        environment: &[("CHINWAG_FAILED_SYNCS", "20")],
    },
];

/// What takes several servers, or much longer, and is asked for by name.
const OTHERS: &[Area] = &[
    Area {
        name: "store",
        about: "two nodes over one PostgreSQL: 64 writers at once, 40 kills and stand-stills, 500 seeds converge, outages",
        package: SYSTEM,
        test: "store",
        environment: &[
            ("CHINWAG_WRITERS_STEPS", "1500"),
            ("CHINWAG_STORE_KILL_CLIENTS", "32"),
            ("CHINWAG_STORE_KILL_ROUNDS", "20"),
            ("CHINWAG_STORE_MESSAGES", "50"),
            ("CHINWAG_STORE_SEEDS", "500"),
            ("CHINWAG_STORE_LANES", "4"),
            ("CHINWAG_STORE_UPGRADE_CLIENTS", "32"),
        ],
    },
    Area {
        name: "scale",
        about: "200 socket.io-clients through nginx and HAProxy to three nodes, while nodes, Redis and PostgreSQL fail and one \
                node is cut off (as root)",
        package: SYSTEM,
        test: "scale",
        environment: &[("CHINWAG_SCALE_CLIENTS", "200")],
    },
    Area {
        name: "engine",
        about: "2,000 clients of the engine come, talk and vanish at random for 20 minutes, which leaves nothing",
        package: "chinwag-socketio",
        test: "soak",
        environment: &[("CHINWAG_SOAK_CLIENTS", "2000"), ("CHINWAG_SOAK_SECONDS", "1200")],
    },
];

/// Runs the area named by the first of `arguments`, or several; `CHINWAG_SEED` in the environment repeats a run.
pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let [name] = arguments else {
        return Err(format!("name one area:\n{}", help()));
    };
    let chosen: Vec<&Area> = if name == ALL {
        DELIVERY.iter().collect()
    } else {
        DELIVERY.iter().chain(OTHERS).filter(|area| area.name == name).collect()
    };
    if chosen.is_empty() {
        return Err(format!("there is no area \"{name}\". There are:\n{}", help()));
    }
    if chosen.iter().any(|area| area.package == SYSTEM) {
        run::shown(&mut cargo(["build", "--quiet", "--release", "--package", "chinwag"]))?;
        // What is loaded into a server whose disk is to fail; no test depends on it as a crate.
        run::shown(&mut cargo(["build", "--quiet", "--package", "chinwag-test-faults"]))?;
    }
    if let Some(seed) = std::env::var_os(SEED) {
        let seed = seed.display();
        println!(
            "{SEED}={seed}: each random test begins with it, and those of convergence run this one seed and no other"
        );
    }
    let mut failed = Vec::new();
    for area in &chosen {
        println!(">> {}: {}", area.name, area.about);
        let begun = Instant::now();
        let outcome = run::shown(&mut command(area));
        let seconds = begun.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => println!("ok {} in {seconds:.0} s", area.name),
            Err(reason) => {
                println!("FAILED {} in {seconds:.0} s: {reason}", area.name);
                failed.push(area.name);
            }
        }
    }
    println!("{} passed, {} failed", chosen.len() - failed.len(), failed.len());
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
}

/// Runs the test. What the environment has set already stays.
fn command(area: &Area) -> Command {
    let mut command = cargo(["test", "--quiet", "--package", area.package, "--test", area.test]);
    if area.package == SYSTEM {
        command.env("CHINWAG_BIN", paths::server("release"));
    } else {
        // The tests themselves are what is to be fast.
        command.arg("--release");
    }
    command.args(["--", "--nocapture"]);
    command.envs(area.environment.iter().copied().filter(|(name, _)| std::env::var_os(name).is_none()));
    command
}

/// For `--help`.
pub(crate) fn help() -> String {
    let list = |areas: &[Area]| -> String {
        areas.iter().map(|area| format!("  {:<12} {}\n", area.name, area.about)).collect()
    };
    format!("{}  {ALL:<12} all of these, half an hour\n{}", list(DELIVERY), list(OTHERS))
}
