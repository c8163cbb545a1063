//! `cargo xtask prove`: the long forms of tests whose short forms are in `cargo xtask test`.

use crate::commands::cargo;
use crate::{paths, run};

/// An area: its name, what it proves, the test and the environment that makes it long.
type Area = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const AREAS: &[Area] = &[
    (
        "kill",
        "32 clients post while the server is killed and restarted, 20 times",
        "kill",
        &[("CHINWAG_KILL_CLIENTS", "32"), ("CHINWAG_KILL_ROUNDS", "20")],
    ),
    (
        "powercut",
        "the power is cut 200 times, whatever part of the unsynced is on the disk",
        "powercut",
        &[("CHINWAG_POWER_CUTS", "200")],
    ),
];

/// Runs the area named by the first of `arguments`; `CHINWAG_SEED` in the environment repeats a run.
pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let [name] = arguments else {
        return Err(format!("name one area:\n{}", help()));
    };
    let Some((_, _, test, environment)) = AREAS.iter().find(|(known, ..)| known == name) else {
        return Err(format!("there is no area \"{name}\". There are:\n{}", help()));
    };
    run::shown(&mut cargo(["build", "--quiet", "--release", "--package", "chinwag"]))?;
    let mut command = cargo(["test", "--package", "chinwag-tests", "--test"]);
    command.args([test, "--", "--nocapture"]).envs(environment.iter().copied());
    run::shown(command.env("CHINWAG_BIN", paths::server("release")))
}

/// For `--help`.
pub(crate) fn help() -> String {
    AREAS.iter().map(|(name, about, ..)| format!("  {name:<10} {about}\n")).collect()
}
