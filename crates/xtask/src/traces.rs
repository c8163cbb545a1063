//! What must not be left of a private server, for the tests of these.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::processes;

/// Set in the environment of the process that is to start a server and die.
const STARTER: &str = "CHINWAG_TEST_STARTER";

/// How long what has to end may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A server of which nothing is to stay.
pub(crate) struct Traces {
    folder: PathBuf,
    /// Its processes and its guardian.
    processes: Vec<OwnedFd>,
}

impl Traces {
    pub(crate) fn of(folder: &Path) -> Self {
        assert!(folder.is_dir());
        let found = concerned(folder);
        assert!(found.len() >= 2, "{found:?}");
        Self {
            folder: folder.to_owned(),
            processes: found.into_iter().filter_map(processes::watch).collect(),
        }
    }

    /// Waits until the processes have ended, of which the guardian is the last.
    pub(crate) fn are_gone(self) {
        assert!(self.processes.iter().all(|process| processes::ended_within(process, LIMIT)));
        assert_eq!(concerned(&self.folder), Vec::<u32>::new());
        assert!(!self.folder.exists());
    }
}

/// A process that has started a server.
pub(crate) struct Starter {
    process: Child,
    /// The server's.
    pub(crate) folder: PathBuf,
}

impl Starter {
    /// Has the `test`, which calls this, `begin` a server in a process of its own. Nothing in that process, when it was not
    /// ended in time.
    pub(crate) fn of<Server>(
        test: &str,
        begin: impl FnOnce() -> Result<Server, String>,
        folder: impl FnOnce(&Server) -> &Path,
    ) -> Option<Self> {
        if std::env::var_os(STARTER).is_some() {
            let server = begin().unwrap();
            println!("\nfolder {}", folder(&server).display());
            // Until this is killed, or nobody is left who would.
            let _ = std::io::stdin().read_line(&mut String::new());
            return None;
        }
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(STARTER, "1")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut folders = lines.filter_map(|line: String| line.strip_prefix("folder ").map(PathBuf::from));
        let folder = folders.next().unwrap();
        Some(Self { process, folder })
    }

    /// Has `end` end it, which is told its id.
    pub(crate) fn end(mut self, end: fn(u32)) {
        end(self.process.id());
        self.process.wait().unwrap();
    }
}

/// The processes that are at work in a folder.
pub(crate) fn at_work(folder: &Path) -> Vec<u32> {
    processes::all().into_iter().filter(|id| works_in(*id, folder)).collect()
}

/// The processes that have to do with a folder: they are at work there, or were told of it.
fn concerned(folder: &Path) -> Vec<u32> {
    let is_told = |id| {
        let told =
            ["cmdline", "environ"].map(|file| fs::read(format!("/proc/{id}/{file}")).unwrap_or_default());
        let is_path = |word: &[u8]| Path::new(OsStr::from_bytes(word)).starts_with(folder);
        told.iter().any(|text| text.split(|byte| matches!(byte, 0 | b'=')).any(is_path))
    };
    processes::all().into_iter().filter(|id| is_told(*id) || works_in(*id, folder)).collect()
}

fn works_in(id: u32, folder: &Path) -> bool {
    fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|path| path.starts_with(folder))
}
