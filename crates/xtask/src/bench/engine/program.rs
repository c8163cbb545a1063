//! A server that is measured: started on a port of its own, ended with the measurement.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use xtask::ports::Port;

use super::servers::Contender;
use crate::bench::cores::{Cores, Place};

/// How long a server may take to say that it is ready.
const LIMIT: Duration = Duration::from_secs(20);

/// A running server; killed when dropped.
pub(super) struct Program {
    child: Child,
    port: Port,
}

impl Program {
    /// Starts a server and waits until it says that it is ready.
    pub(super) fn start(contender: Contender, cores: &Cores, place: Place) -> Result<Self, String> {
        let port = Port::claim().map_err(|error| format!("no port can be claimed: {error}"))?;
        let mut command = contender.command(port.number());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let name = contender.name();
        let child = cores.at(place, || spawn(&mut command, name))?;
        let mut program = Self { child, port };
        let output = program.child.stdout.take().map(BufReader::new);
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in output.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
                // Nobody listens any more once it is ready.
                let _ = tell.send(line);
            }
        });
        match told.recv_timeout(LIMIT) {
            Ok(line) if line.starts_with("ready") => Ok(program),
            Ok(line) => Err(format!("{name} said \"{line}\", not \"ready\"")),
            Err(_) => Err(format!("{name} did not say \"ready\"")),
        }
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }
}

fn spawn(command: &mut Command, name: &str) -> Result<Child, String> {
    command.spawn().map_err(|error| format!("cannot start {name}: {error}"))
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
