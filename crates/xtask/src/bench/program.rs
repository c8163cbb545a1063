//! A program that a measurement needs and that listens on a port: on this machine only, ended with the measurement.

use std::fs::File;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use xtask::ports::Port;

/// How long a program may take until it can be connected to.
const LIMIT: Duration = Duration::from_secs(20);

/// A program that listens on a port of its own. Killed when dropped.
pub(super) struct Program {
    child: Child,
    port: Port,
}

/// A port for it.
pub(super) fn claim() -> Result<Port, String> {
    Port::claim().map_err(|error| format!("no port can be claimed: {error}"))
}

impl Program {
    /// Starts it, with what it prints in the file `log`, and waits until it listens on this port.
    pub(super) fn start(mut command: Command, port: Port, log: &Path) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let failed = |error| format!("cannot start {name}: {error}");
        let output = File::create(log).map_err(failed)?;
        let errors = output.try_clone().map_err(failed)?;
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().map_err(failed)?;
        let mut program = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", program.port.number())).is_err() {
            let ended = program.child.try_wait().is_ok_and(|ended| ended.is_some());
            if ended || begun.elapsed() > LIMIT {
                return Err(format!("{name} does not listen: see {}", log.display()));
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Ok(program)
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The port that it listens on.
    pub(super) fn port(&self) -> u16 {
        self.port.number()
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
