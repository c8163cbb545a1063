//! The disk of a real server, made to fail: `tests/faults` is loaded into the server and told what to do.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::process;

/// Something that is to happen. Files are `database` or `log`.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The next sync of a file fails.
    FailSync(&'static str),
    /// The process dies (SIGKILL) right after the next sync of a file that succeeds.
    KillAfterSync(&'static str),
    /// There is no room to write, until the order is withdrawn.
    RefuseWrites,
    /// Nothing can be read, until the order is withdrawn.
    RefuseReads,
}

/// What a disk is told to do.
#[derive(Debug)]
pub struct FaultyDisk {
    folder: TempDir,
}

impl Default for FaultyDisk {
    fn default() -> Self {
        Self { folder: tempfile::Builder::new().prefix("chinwag-faults-").tempdir().unwrap() }
    }
}

impl FaultyDisk {
    /// The environment of a process whose disk this is.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 2] {
        let library = process::beside_the_tests("libchinwag_test_faults.so");
        [
            ("LD_PRELOAD", library.display().to_string()),
            ("FAULTY_DISK", self.folder.path().display().to_string()),
        ]
    }

    /// Says what is to happen. Another order that stands is withdrawn.
    pub fn order(&self, order: Order) {
        let line = match order {
            Order::FailSync(file) => format!("fail sync {file}"),
            Order::KillAfterSync(file) => format!("kill after sync {file}"),
            Order::RefuseWrites => "refuse writes".to_owned(),
            Order::RefuseReads => "refuse reads".to_owned(),
        };
        let _ = fs::remove_file(self.path("done"));
        // At once, so that no half of it is read.
        fs::write(self.path("new"), line).unwrap();
        fs::rename(self.path("new"), self.path("orders")).unwrap();
    }

    /// Withdraws what was ordered.
    pub fn withdraw(&self) {
        let _ = fs::remove_file(self.path("orders"));
    }

    /// Whether what was ordered, and happens once, has happened.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.path("done").exists()
    }

    /// Writes down what is written and synced from now on.
    pub fn begin_trace(&self) {
        fs::write(self.path("trace"), "").unwrap();
    }

    /// What was written and synced since: `log write AT LENGTH`, `database sync`, `folder PATH sync`.
    #[must_use]
    pub fn trace(&self) -> Vec<String> {
        fs::read_to_string(self.path("trace")).unwrap().lines().map(str::to_owned).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
