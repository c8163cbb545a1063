//! An issuer of OpenID Connect as a process: the real `oidc-provider`, started by `tests/node/support/issuer.js`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use xtask::ports::Port;

use crate::http::Http;
use crate::process::program;

/// An issuer, which may be away. Dropping it ends it; what it says is shown when a test has failed.
#[derive(Debug)]
pub struct Issuer {
    port: Port,
    folder: TempDir,
    running: Option<Child>,
}

impl Issuer {
    /// What its one client shows to be let in; `issuer.js` has the same.
    pub const CLIENT_SECRET: &str = "what-only-the-client-knows";

    /// One that is away until it is started: whoever is to ask it has to know where it will be, and it who that is.
    #[must_use]
    pub fn away() -> Self {
        let folder = tempfile::Builder::new().prefix("chinwag-issuer-").tempdir().unwrap();
        Self { port: Port::claim().unwrap(), folder, running: None }
    }

    /// Its issuer identifier.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }

    /// Starts it, with new keys, and waits until it listens. It sends browsers back to this address and to no other, and ends
    /// with the thread that started it.
    pub fn start(&mut self, redirect_uri: &str) {
        assert!(self.running.is_none(), "the issuer runs");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/support");
        let port = self.port.number().to_string();
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = program("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "node", "issuer.js", &port, redirect_uri]);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        self.running = Some(child);
        BufReader::new(output).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), format!("listening on {port}"));
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(&mut self) {
        let mut child = self.running.take().expect("the issuer runs");
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        assert!(child.wait().unwrap().success(), "an issuer that is to end ends");
    }

    /// Says to it under `/test/` what it is to be like.
    pub async fn tell(&self, path: &str, what: &Value) {
        Http::new(&self.address()).post(&format!("/test/{path}"), what).await.expect(200);
    }

    /// Does what a browser does that was sent to this address, and whose owner is known there by that name. Answers the address that
    /// it is sent back to.
    pub async fn visit(&self, url: &str, name: &str) -> String {
        let here = self.url();
        let mut browser = Http::new(&self.address());
        let mut at = format!("{url}&login_hint={name}");
        for _ in 0..10 {
            let path = match at.strip_prefix(&here) {
                Some(path) => path,
                // It names itself without its address.
                None if at.starts_with('/') => &at,
                None => return at,
            };
            let reply = browser.get(path).await;
            at = reply.header("location").to_owned();
            assert!(!at.is_empty(), "the issuer goes no further: {} {}", reply.status, reply.text());
        }
        panic!("the issuer sends a browser round and round: {at}");
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("issuer.log")
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.running {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.log_path()).unwrap_or_default();
            println!("--- what the issuer said\n{log}--- end");
        }
    }
}
