//! The server's process as the test sees it.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::de::DeserializeOwned;

use crate::SERVER;
use crate::server::{MARK, Told};
use crate::settings::Settings;

/// Ends with this, or by itself when the test ends however that may be: it reads from the test.
pub(crate) struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
    pub(crate) settings: Settings,
}

/// What is known of the server at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) told: Told,
    pub(crate) descriptors: u64,
    /// Bytes that are resident.
    pub(crate) memory: u64,
}

impl Server {
    /// This program once more, as the server.
    pub(crate) fn start(test: &str, settings: Settings) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(SERVER, "1")
            .env("CHINWAG_SOAK_CLIENTS", settings.clients.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let address = read(&mut output);
        Self { child, input, output, address, settings }
    }

    pub(crate) fn figures(&mut self) -> Figures {
        self.input.write_all(b"figures\n").unwrap();
        let told = read(&mut self.output);
        let id = self.child.id();
        let descriptors = std::fs::read_dir(format!("/proc/{id}/fd")).unwrap().count() as u64;
        Figures { told, descriptors, memory: memory(id) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read<T: DeserializeOwned>(output: &mut BufReader<ChildStdout>) -> T {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "the server has ended");
        // The test harness begins a line of its own with the test's name.
        if let Some((_, told)) = line.split_once(MARK) {
            return serde_json::from_str(told).unwrap();
        }
    }
}

/// Resident memory of a process, in bytes.
fn memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
