//! The servers that do the job, and how they are built.

use std::path::PathBuf;
use std::process::Command;

use crate::bench::load;
use crate::{commands, install, paths, run};

/// One that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contender {
    /// `crates/socketio/examples/broadcast.rs`.
    Chinwag,
    /// The least that such a server can do (`chinwag-bench ceiling`).
    Ceiling,
    /// `bench/peers/socketioxide`.
    Socketioxide,
    /// `bench/peers/node`.
    Node,
}

/// All of them, in the order of the table.
pub(super) const EVERYBODY: &[Contender] =
    &[Contender::Chinwag, Contender::Ceiling, Contender::Socketioxide, Contender::Node];

/// The peer in Rust, which is no member of the workspace.
const SOCKETIOXIDE: &str = "bench/peers/socketioxide/Cargo.toml";
/// The peer in JavaScript.
const NODE: &str = "bench/peers/node";

impl Contender {
    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Chinwag => "Chinwag",
            Self::Ceiling => "ceiling",
            Self::Socketioxide => "socketioxide",
            Self::Node => "Node",
        }
    }

    /// How it is started.
    pub(super) fn command(self, port: u16) -> Command {
        let port = port.to_string();
        match self {
            Self::Chinwag => {
                let mut command = Command::new(paths::examples("release").join("broadcast"));
                command.args(["--port", &port]);
                command
            }
            Self::Ceiling => {
                let mut command = Command::new(load::program());
                command.args(["ceiling", "--port", &port]);
                command
            }
            Self::Socketioxide => {
                let mut command = Command::new(socketioxide().join("release/chinwag-peer-socketioxide"));
                command.arg(port);
                command
            }
            Self::Node => {
                let mut command = commands::node(NODE);
                command.args(["server.js", &port]).env("NODE_ENV", "production");
                command
            }
        }
    }
}

/// Builds all that can be built here. Answers who takes part.
pub(super) fn build() -> Result<Vec<Contender>, String> {
    load::build()?;
    println!("building the servers");
    run::shown(&mut commands::cargo([
        "build",
        "--quiet",
        "--release",
        "--package",
        "chinwag-socketio",
        "--example",
        "broadcast",
    ]))?;
    let mut peer =
        commands::cargo(["build", "--quiet", "--release", "--locked", "--manifest-path", SOCKETIOXIDE]);
    run::shown(peer.arg("--target-dir").arg(socketioxide()))?;
    let mut contenders = EVERYBODY.to_vec();
    if run::captured(commands::node(NODE).arg("--version")).is_ok() {
        install::peer(NODE)?;
    } else {
        println!("Node is not installed here: its column stays empty");
        contenders.retain(|contender| *contender != Contender::Node);
    }
    Ok(contenders)
}

/// Where the peer in Rust is built: beside everything else that is, and not among the sources.
fn socketioxide() -> PathBuf {
    paths::target().join("peer-socketioxide")
}
