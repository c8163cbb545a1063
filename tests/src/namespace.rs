//! A network of its own for a server, which can be cut off: nothing comes through in either direction, and nobody is told,
//! so that connections stay half open as when a cable is pulled.
//!
//! It takes root. All of it goes with the process that holds it, which goes with the test.

use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::DEADLINE;
use crate::process::{path, program};

/// A network namespace, and a pair of interfaces between it and this machine.
#[derive(Debug)]
pub struct Namespace {
    holder: Child,
    outer: String,
    inner: String,
}

impl Namespace {
    /// Makes one. To be called by the thread that the test begins with: it ends with that.
    #[must_use]
    pub fn make() -> Self {
        let mut holder = program("setpriv");
        holder.args(["--pdeathsig", "KILL", "--"]).arg(path("unshare")).arg("--net").arg(path("sleep"));
        let holder = holder.arg("infinity").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let id = holder.id();
        let network = format!("10.77.{}", id % 250);
        let this = Self { holder, outer: format!("{network}.1"), inner: format!("{network}.2") };
        this.until_apart();
        let (outside, inside) = (format!("chinwag{id}"), "node");
        run(program("ip")
            .args(["link", "add", &outside, "type", "veth", "peer", "name", inside])
            .args(["netns", &id.to_string()]));
        run(program("ip").args(["addr", "add", &format!("{}/30", this.outer), "dev", &outside]));
        run(program("ip").args(["link", "set", &outside, "up"]));
        this.run_inside("ip", &["addr", "add", &format!("{}/30", this.inner), "dev", inside]);
        for interface in ["lo", inside] {
            this.run_inside("ip", &["link", "set", interface, "up"]);
        }
        this
    }

    /// This machine's address there.
    #[must_use]
    pub fn outer(&self) -> &str {
        &self.outer
    }

    /// The server's address there.
    #[must_use]
    pub fn inner(&self) -> &str {
        &self.inner
    }

    /// From now on nothing comes through.
    pub fn cut_off(&self) {
        for chain in ["INPUT", "OUTPUT"] {
            self.run_inside("iptables", &["-A", chain, "-j", "DROP"]);
        }
    }

    /// From now on everything does.
    pub fn heal(&self) {
        self.run_inside("iptables", &["-F"]);
    }

    /// To run a program there, whose path is the next argument.
    pub(crate) fn enter(&self) -> Command {
        let mut command = program("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.holder.id()));
        command
    }

    fn run_inside(&self, name: &str, arguments: &[&str]) {
        run(self.enter().arg(path(name)).args(arguments));
    }

    /// Waits until the holder has left this machine's network.
    fn until_apart(&self) {
        let network = |id: &str| std::fs::read_link(format!("/proc/{id}/ns/net")).ok();
        let begun = Instant::now();
        let id = self.holder.id().to_string();
        while network(&id).is_none_or(|held| Some(held) == network("self")) {
            assert!(begun.elapsed() < DEADLINE, "a network of one's own takes root");
            std::thread::yield_now();
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
