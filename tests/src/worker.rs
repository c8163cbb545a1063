//! `chinwag worker`, as a process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{DEADLINE, process};

/// A process that does jobs. Dropping it kills it; its log is shown when a test has failed.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    folder: TempDir,
}

impl Worker {
    /// Starts one with this in its environment, and waits until it does jobs.
    ///
    /// Start it from a thread that lives as long as the test.
    #[must_use]
    pub fn start(environment: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let log = File::create(folder.path().join("worker.log")).unwrap();
        let mut command = process::chinwag(None);
        command.arg("worker").envs(environment.iter().copied()).current_dir(folder.path());
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let this = Self { child, folder };
        assert_eq!(line, "doing jobs\n", "{}", this.log());
        this
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("worker.log")).unwrap()
    }

    /// Asks it to end, and waits for that.
    pub async fn stop(mut self) -> ExitStatus {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < DEADLINE, "the worker does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("--- what a worker logged\n{}--- end", self.log());
        }
    }
}
