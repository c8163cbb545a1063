//! The load generator, run once, and what it printed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::commands::cargo;
use crate::{paths, run};

/// Builds it as it is to be measured with.
pub(super) fn build() -> Result<(), String> {
    println!("building the load generator");
    run::shown(&mut cargo(["build", "--quiet", "--release", "--package", "chinwag-bench"]))
}

fn program() -> PathBuf {
    paths::target().join("release").join("chinwag-bench")
}

/// How clients post.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    pub(super) kind: &'static str,
    pub(super) clients: u32,
    pub(super) rooms: u32,
    /// Members of each room; all if not given.
    pub(super) members: Option<u32>,
    /// Posts per second of all together; as fast as they are acknowledged if not given.
    pub(super) rate: Option<f64>,
    /// Nothing is posted, only asked for: what a round trip costs by itself.
    pub(super) ask_only: bool,
    /// Members of all rooms who never read.
    pub(super) stalled: u32,
    pub(super) seconds: u32,
}

/// Why a run measured nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// What was delivered is not what was acknowledged: its figures would be of something else.
    Inexact(String),
    /// It could not be made.
    Other(String),
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        Self::Other(reason)
    }
}

/// How often a run is made before it is given up.
const TRIES: usize = 3;

#[cfg(test)]
mod tests;

/// Makes a run, and makes it again if it was inexact: one moment of a busy machine is not to cost all the others.
pub(super) fn exact<T>(mut run: impl FnMut() -> Result<T, Failed>) -> Result<T, String> {
    let mut tries = 0;
    loop {
        tries += 1;
        match run() {
            Ok(measured) => return Ok(measured),
            Err(Failed::Inexact(reason)) if tries < TRIES => {
                println!("  try {tries} of {TRIES} does not count and is made again: {reason}");
            }
            Err(Failed::Inexact(reason) | Failed::Other(reason)) => return Err(reason),
        }
    }
}

/// What one run measured.
#[derive(Clone, Debug)]
pub(super) struct Measured(Value);

impl Load {
    /// Runs it against the chat at `address`. Inexact if an acknowledgement or a delivery is missing.
    pub(super) fn run(&self, address: &str) -> Result<Measured, Failed> {
        let mut command = Command::new(program());
        command.args(["post", "--kind", self.kind, "--address", address]);
        command.args(["--clients", &self.clients.to_string(), "--rooms", &self.rooms.to_string()]);
        command.args(["--seconds", &self.seconds.to_string()]);
        if self.ask_only {
            command.arg("--ask-only");
        }
        if self.stalled > 0 {
            command.args(["--stalled", &self.stalled.to_string()]);
        }
        if let Some(members) = self.members {
            command.args(["--members", &members.to_string()]);
        }
        if let Some(rate) = self.rate {
            command.args(["--rate", &rate.to_string()]);
        }
        let measured = one_line(&mut command)?;
        if measured.0.get("exact") != Some(&Value::Bool(true)) {
            let reason = format!("what was delivered is not what was acknowledged: {}", measured.0);
            return Err(Failed::Inexact(reason));
        }
        Ok(measured)
    }
}

/// One synced commit of the rows of a message and one bare fdatasync, in a folder on the disk that matters.
pub(super) fn commit(folder: &Path) -> Result<Measured, String> {
    one_line(Command::new(program()).arg("commit").arg("--folder").arg(folder))
}

/// Room pages and `sync` of a room.
pub(super) fn pages(address: &str, room: &str) -> Result<Measured, String> {
    one_line(Command::new(program()).args(["pages", "--address", address, "--room", room]))
}

/// Fills rooms with so many messages each, with a progress bar. Answers the rooms in their order.
pub(super) fn fill(folder: &Path, messages: &[u64]) -> Result<Vec<Measured>, String> {
    let mut command = Command::new(program());
    command.arg("fill").arg("--data").arg(folder);
    for count in messages {
        command.args(["--messages", &count.to_string()]);
    }
    command.stderr(std::process::Stdio::inherit());
    run::captured(&mut command)?.lines().map(parse).collect()
}

/// Clients that sign in, again and again, while something else goes on.
pub(super) struct SigningIn {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl SigningIn {
    /// Lets `clients` of them begin, for so long; they have their accounts when this returns.
    pub(super) fn begin(address: &str, clients: u32, seconds: u32) -> Result<Self, String> {
        let mut command = Command::new(program());
        command.args(["sign-in", "--address", address, "--clients", &clients.to_string()]);
        command.args(["--seconds", &seconds.to_string()]).stdout(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| format!("cannot start the load generator: {error}"))?;
        let output = child.stdout.take().ok_or("the load generator has no output")?;
        let mut signing_in = Self { child, output: BufReader::new(output) };
        signing_in.line()?;
        Ok(signing_in)
    }

    /// Waits until they have done; what they measured.
    pub(super) fn end(mut self) -> Result<Measured, String> {
        let line = self.line()?;
        let status = self.child.wait();
        let status = status.map_err(|error| format!("cannot wait for the load generator: {error}"))?;
        if !status.success() {
            return Err(format!("signing in failed ({status})"));
        }
        parse(line.trim())
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        read.map_err(|error| format!("cannot read what the load generator prints: {error}"))?;
        Ok(line)
    }
}

fn one_line(command: &mut Command) -> Result<Measured, String> {
    parse(run::captured(command)?.trim())
}

fn parse(line: &str) -> Result<Measured, String> {
    serde_json::from_str(line)
        .map(Measured)
        .map_err(|error| format!("the load generator printed no JSON ({error}): {line}"))
}

impl Measured {
    /// A number of it.
    pub(super) fn number(&self, name: &str) -> Result<f64, String> {
        let number = self.0.get(name).and_then(Value::as_f64);
        number.ok_or_else(|| format!("the load generator did not print {name}: {}", self.0))
    }

    /// A text of it.
    pub(super) fn text(&self, name: &str) -> Result<&str, String> {
        let text = self.0.get(name).and_then(Value::as_str);
        text.ok_or_else(|| format!("the load generator did not print {name}: {}", self.0))
    }
}
