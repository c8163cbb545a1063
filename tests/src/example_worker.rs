//! The workers of `examples`, as processes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use xtask::programs;

/// A worker that does a slash command. Dropping it ends it.
#[derive(Debug)]
pub struct ExampleWorker(Child);

impl ExampleWorker {
    /// The one in Node that charges cards, at the broker with this URL.
    #[must_use]
    pub fn node(broker: &str) -> Self {
        Self::start("examples/node-worker", &["node", "worker.js", broker])
    }

    /// The one in Python that throws dice.
    #[must_use]
    pub fn python(broker: &str) -> Self {
        Self::start("examples/python-worker", &["/usr/bin/python3", "worker.py", broker])
    }

    /// Starts it, and waits until it takes questions. It ends with the thread that started it.
    fn start(folder: &str, program: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
        let mut command = programs::command("setpriv").unwrap_or_else(|refusal| panic!("{refusal}"));
        command.args(["--pdeathsig", "KILL", "--"]).args(program).current_dir(folder);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the example starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("waiting for questions"), "{line}");
        Self(child)
    }

    /// Stops it in the middle of whatever it does, without ending it.
    pub fn pause(&self) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::STOP).unwrap();
    }
}

impl Drop for ExampleWorker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
