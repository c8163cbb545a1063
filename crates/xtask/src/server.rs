//! The built server, started for a measurement.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{commands, paths, processes, run};

/// How long a server may take to begin or to end before that is a failure.
const LIMIT: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// From the start of the process to the line that says where it listens.
    pub(crate) ready_after: Duration,
}

/// Builds the server as it ships.
pub(crate) fn build_release() -> Result<(), String> {
    println!("building the server");
    run::shown(&mut commands::cargo(["build", "--quiet", "--release", "--package", "chinwag"]))
}

impl Server {
    /// Starts the release build on a free port with its data in `folder`.
    pub(crate) fn start(folder: &Path) -> Result<Self, String> {
        let program = paths::server("release");
        let begun = Instant::now();
        let mut child = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let output = child.stdout.take();
        let mut server = Self { child, ready_after: Duration::ZERO };
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in output.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok)
            {
                if line.contains("listening on ") {
                    // Nobody listens any more once the limit is over.
                    let _ = tell.send(Instant::now());
                }
            }
        });
        let ready = told
            .recv_timeout(LIMIT)
            .map_err(|_| format!("{} did not say that it listens", program.display()))?;
        server.ready_after = ready - begun;
        Ok(server)
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64, String> {
        processes::resident_bytes(self.child.id())
    }

    /// Asks it to end and waits until it has; an error if it did not end well.
    pub(crate) fn stop(mut self) -> Result<Duration, String> {
        let begun = Instant::now();
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or("the server has no process id")?;
        kill_process(pid, Signal::TERM).map_err(|error| format!("cannot stop the server: {error}"))?;
        let status = self.child.wait().map_err(|error| format!("cannot wait for the server: {error}"))?;
        if status.success() { Ok(begun.elapsed()) } else { Err(format!("the server ended with {status}")) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
