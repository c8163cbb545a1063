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

/// Where it is.
pub(super) fn program() -> PathBuf {
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
    /// How many of the clients post; all if not given.
    pub(super) posters: Option<u32>,
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

impl From<Failed> for String {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Inexact(reason) | Failed::Other(reason) => reason,
        }
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
            Err(failed) => return Err(failed.into()),
        }
    }
}

/// What one run measured.
#[derive(Clone, Debug)]
pub(super) struct Measured(Value);

impl Load {
    /// Runs it against the chat at `address`. Inexact if an acknowledgement or a delivery is missing.
    pub(super) fn run(&self, address: &str) -> Result<Measured, Failed> {
        one_line(&mut self.command(address))?.exact()
    }

    /// Runs it against the nodes at these addresses, and has it tell, after a warm-up of so many seconds, what a delivery costs
    /// these processes and those that they have started, by the name of each group: `window_NAME_us`.
    pub(super) fn with_cost(
        &self,
        addresses: &[String],
        warm_up: u32,
        groups: &[(&str, Vec<u32>)],
    ) -> Result<Measured, Failed> {
        let mut command = self.command(&addresses.join(","));
        command.args(["--warm-up", &warm_up.to_string()]);
        for (name, ids) in groups {
            let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
            command.args(["--cost-of", &format!("{name}={}", ids.join(","))]);
        }
        one_line(&mut command)?.exact()
    }

    /// Starts it; everybody is in and posting begins when this returns.
    pub(super) fn begin(&self, address: &str) -> Result<Begun, String> {
        Begun::start(self.command(address).arg("--announce"))
    }

    fn command(&self, address: &str) -> Command {
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
        if let Some(posters) = self.posters {
            command.args(["--posters", &posters.to_string()]);
        }
        command
    }
}

/// Loads the Socket.IO server at `address` with the broadcast job; inexact if anything is missing, twice or out of order.
pub(super) fn broadcast(
    arguments: &[&str],
    label: &str,
    address: &str,
    pid: u32,
) -> Result<Measured, Failed> {
    let mut command = Command::new(program());
    command.arg("broadcast").args(arguments).args(["--label", label, "--address", address]);
    one_line(command.args(["--pid", &pid.to_string()]))?.exact()
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
pub(super) fn fill(folder: &Path, database: Option<&str>, messages: &[u64]) -> Result<Vec<Measured>, String> {
    let mut command = Command::new(program());
    match database {
        None => command.arg("fill").arg("--data").arg(folder),
        Some(url) => command.args(["fill", "--database", url]),
    };
    for count in messages {
        command.args(["--messages", &count.to_string()]);
    }
    command.stderr(std::process::Stdio::inherit());
    run::captured(&mut command)?.lines().map(parse).collect()
}

/// Lets clients sign in, again and again, while something else goes on; they have their accounts when this returns.
pub(super) fn sign_in(address: &str, clients: u32, seconds: u32) -> Result<Begun, String> {
    let mut command = Command::new(program());
    command.args(["sign-in", "--address", address, "--clients", &clients.to_string()]);
    Begun::start(command.args(["--seconds", &seconds.to_string()]))
}

/// A load that goes on by itself.
pub(super) struct Begun {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Begun {
    /// Starts it, and waits for the line by which it says that all is prepared.
    fn start(command: &mut Command) -> Result<Self, String> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("cannot start the load generator: {error}"))?;
        let output = child.stdout.take().ok_or("the load generator has no output")?;
        let mut begun = Self { child, output: BufReader::new(output) };
        begun.line()?;
        Ok(begun)
    }

    /// Waits until it has done; what it measured.
    pub(super) fn end(mut self) -> Result<Measured, String> {
        let line = self.line()?;
        let status = self.child.wait();
        let status = status.map_err(|error| format!("cannot wait for the load generator: {error}"))?;
        if !status.success() {
            return Err(format!("the load generator failed ({status})"));
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

impl Drop for Begun {
    fn drop(&mut self) {
        // It has ended by itself, unless something else went wrong.
        let _ = self.child.kill();
        let _ = self.child.wait();
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
    /// This, if everything came as it should.
    pub(super) fn exact(self) -> Result<Self, Failed> {
        if self.0.get("exact") == Some(&Value::Bool(true)) {
            return Ok(self);
        }
        Err(Failed::Inexact(format!("what was delivered is not what was sent: {}", self.0)))
    }

    /// One that measured this.
    #[cfg(test)]
    pub(super) fn of(value: Value) -> Self {
        Self(value)
    }

    /// With a word more about it, as a line of JSON.
    pub(super) fn line(&self, about: &[(&str, Value)]) -> String {
        let mut line = self.0.clone();
        if let Value::Object(line) = &mut line {
            line.extend(about.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        line.to_string()
    }

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
