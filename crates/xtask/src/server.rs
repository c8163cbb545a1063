//! The built server, started for a measurement.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use xtask::processes;

use crate::{commands, paths, run};

/// How long a server may take to begin or to end before that is a failure.
const LIMIT: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
    /// Where its metrics are.
    metrics: String,
    /// From the start of the process to the line that says where it listens.
    pub(crate) ready_after: Duration,
}

/// Builds the server as it ships.
pub(crate) fn build_release() -> Result<(), String> {
    println!("building the server");
    run::shown(&mut commands::cargo(["build", "--quiet", "--release", "--package", "chinwag"]))
}

impl Server {
    /// Starts the release build on a free port with its data in `folder`. Nobody needs an invitation, and what is
    /// measured is not limited.
    pub(crate) fn start(folder: &Path) -> Result<Self, String> {
        Self::start_with(folder, None)
    }

    /// The same with everything in this PostgreSQL database, if there is one.
    pub(crate) fn start_with(folder: &Path, database: Option<&str>) -> Result<Self, String> {
        Self::start_in(folder, &[("CHINWAG_DATABASE", database.unwrap_or_default())])
    }

    /// Starts a node of several, which share this PostgreSQL database and Redis.
    pub(crate) fn start_node(folder: &Path, database: &str, redis: &str) -> Result<Self, String> {
        let node = Self::start_in(folder, &[("CHINWAG_DATABASE", database), ("CHINWAG_REDIS", redis)])?;
        let begun = Instant::now();
        // It serves without Redis as well, and says so.
        while !get(&node.address, "readyz")?.ends_with("\r\n\r\nok\n") {
            if begun.elapsed() > LIMIT {
                return Err(format!("the node at {} does not reach Redis at {redis}", node.address));
            }
            thread::park_timeout(Duration::from_millis(10));
        }
        Ok(node)
    }

    fn start_in(folder: &Path, environment: &[(&str, &str)]) -> Result<Self, String> {
        let program = paths::server("release");
        let begun = Instant::now();
        let mut child = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .env("CHINWAG_SIGN_UP", "open")
            .env("CHINWAG_LIMITS_ACCOUNTS_PER_HOUR", "1000000")
            .env("CHINWAG_LIMITS_SIGN_IN_PER_MINUTE", "1000000")
            .env("CHINWAG_LIMITS_MESSAGES_PER_MINUTE", "1000000")
            .env("CHINWAG_LIMITS_ROOMS_PER_HOUR", "1000000")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let output = child.stdout.take();
        let (address, metrics) = (String::new(), String::new());
        let mut server = Self { child, address, metrics, ready_after: Duration::ZERO };
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in output.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok)
            {
                // Nobody listens any more once the limit is over.
                let _ = tell.send((line, Instant::now()));
            }
        });
        // The line after these two comes when everything stands.
        for (begins, place) in
            [("listening on http://", &mut server.address), ("metrics at http://", &mut server.metrics)]
        {
            let (line, at) = told
                .recv_timeout(LIMIT)
                .map_err(|_| format!("{} did not say \"{begins}\"", program.display()))?;
            line.strip_prefix(begins)
                .ok_or_else(|| format!("{} said \"{line}\", not \"{begins}\"", program.display()))?
                .clone_into(place);
            if server.ready_after.is_zero() {
                server.ready_after = at - begun;
            }
        }
        Ok(server)
    }

    /// What one of its metrics is now.
    pub(crate) fn metric(&self, name: &str) -> Result<f64, String> {
        let (address, path) = self.metrics.split_once('/').unwrap_or((&self.metrics, "metrics"));
        let page = get(address, path)?;
        page.lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
            .ok_or_else(|| format!("there is no metric {name}"))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
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

/// What a server answers at this path, head and body.
fn get(address: &str, path: &str) -> Result<String, String> {
    let failed = |error| format!("cannot ask {address} for /{path}: {error}");
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    Ok(answer)
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
