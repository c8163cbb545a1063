//! One run of a `chinwag` command to its end.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use xtask::left_out;

use crate::DEADLINE;
use crate::process;

/// What a command left.
#[derive(Debug)]
pub struct Done {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it printed to its standard output.
    pub output: String,
    /// What it printed to its standard error.
    pub complaint: String,
}

impl Done {
    /// Fails the test unless the command succeeded.
    #[track_caller]
    pub fn expect_success(&self) {
        assert_eq!(self.code, Some(0), "{self:?}");
    }

    /// Fails the test unless the command failed by itself and said why, in one clear line that has all of `words`.
    #[track_caller]
    pub fn expect_refusal(&self, words: &[&str]) {
        assert!(self.code.is_some_and(|code| code != 0), "it should fail by itself: {self:?}");
        // What is logged is not the sentence: JSON here, as there is no terminal.
        let lines: Vec<&str> =
            self.complaint.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('{')).collect();
        assert_eq!(lines.len(), 1, "one sentence is enough: {self:?}");
        for word in words {
            assert!(
                lines[0].to_lowercase().contains(&word.to_lowercase()),
                "\"{word}\" is missing: {self:?}"
            );
        }
        for sign in ["panicked", "RUST_BACKTRACE", "Error {", "Os {"] {
            assert!(!self.complaint.contains(sign), "this is not for people: {self:?}");
        }
    }
}

/// Who runs a command: whoever runs the tests, or the user of that number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Somebody(Option<u32>);

/// The user that owns nothing, by convention.
const NOBODY: u32 = 65_534;

impl Somebody {
    /// Somebody whom the rights of files bind: whoever runs the tests, or somebody else if that is root. The folder, and
    /// what is built here, must be theirs to read; if it cannot be, the test is left out, and is to return.
    pub fn bound_by_rights(folder: &Path) -> Option<Self> {
        if rustix::process::geteuid().is_root() { Self::whom_root_can_be(folder) } else { Some(Self(None)) }
    }

    /// Somebody else than root, who must run the tests. As above.
    pub fn whom_root_can_be(folder: &Path) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            left_out::say("only root can be somebody else");
            return None;
        }
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        let somebody = Self(Some(NOBODY));
        if chinwag(folder, &["version"]).by(somebody).run().code != Some(0) {
            left_out::say("somebody else than root may not run what was built here");
            return None;
        }
        Some(somebody)
    }

    /// Gives them a file or a folder.
    pub fn give(self, path: &Path) {
        std::os::unix::fs::chown(path, self.0, self.0).unwrap();
    }

    /// Whether a file or a folder is theirs.
    #[must_use]
    pub fn has(self, path: &Path) -> bool {
        let uid = fs::metadata(path).unwrap().uid();
        self.0.map_or(uid == rustix::process::geteuid().as_raw(), |user| user == uid)
    }
}

/// A run to prepare.
#[derive(Debug)]
pub struct Run<'a> {
    folder: &'a Path,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    input: String,
    somebody: Somebody,
}

/// To run `chinwag` with these arguments in this working folder.
#[must_use]
pub fn chinwag<'a>(folder: &'a Path, arguments: &[&str]) -> Run<'a> {
    let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
    Run { folder, arguments, environment: Vec::new(), input: String::new(), somebody: Somebody::default() }
}

impl Run<'_> {
    /// With this on its standard input.
    #[must_use]
    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// With this in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As somebody else, perhaps.
    #[must_use]
    pub fn by(mut self, somebody: Somebody) -> Self {
        self.somebody = somebody;
        self
    }

    /// Runs it to its end, which must come before the deadline. Blocks this thread.
    #[must_use]
    pub fn run(self) -> Done {
        let mut command = process::chinwag(self.somebody.0);
        command.args(&self.arguments).envs(self.environment).current_dir(self.folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(self.input.as_bytes());
        finish(child, &self.arguments)
    }
}

fn finish(child: Child, arguments: &[String]) -> Done {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        // The test may have given up.
        let _ = tell.send(child.wait_with_output());
    });
    let Ok(output) = told.recv_timeout(DEADLINE) else {
        kill_process(pid, Signal::KILL).unwrap();
        panic!("`chinwag {}` does not end", arguments.join(" "));
    };
    let output = output.unwrap();
    Done {
        code: output.status.code(),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
