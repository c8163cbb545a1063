//! `chinwag worker --log-stream`, as a process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::{DEADLINE, process};

/// Somebody who reads what happens in an installation. Dropping it ends it.
#[derive(Debug)]
pub struct LogReader {
    child: Child,
    lines: mpsc::Receiver<String>,
    _folder: TempDir,
}

impl LogReader {
    /// Starts one for an installation, at the broker with this URL. Start it from a thread that lives as long as the test.
    #[must_use]
    pub fn start(instance: &str, broker: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = process::chinwag(None);
        command.args(["worker", "--log-stream", "--instance", instance]).env("CHINWAG_AMQP", broker);
        command.env("CHINWAG_LOG", "error").current_dir(folder.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        // Ends with the process, or when nobody listens any more.
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, _folder: folder }
    }

    /// The next entry with all of these words: its queue and its key, and what it says.
    pub fn read_until(&mut self, words: &[&str]) -> (String, Value) {
        let begun = Instant::now();
        loop {
            let patience = DEADLINE.saturating_sub(begun.elapsed());
            let line = self.lines.recv_timeout(patience);
            let line = line.unwrap_or_else(|_| panic!("there is no entry with {words:?}"));
            if words.iter().all(|word| line.contains(word)) {
                let (key, entry) = line.split_once(" {").unwrap();
                return (key.to_owned(), serde_json::from_str(&format!("{{{entry}")).unwrap());
            }
        }
    }
}

impl Drop for LogReader {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
