//! Where PostgreSQL is installed, and who may run it.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::processes;

#[cfg(test)]
mod tests;

/// Where Debian, and PostgreSQL's own packages for it, put the programs: a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The oldest version that Chinwag works with.
const OLDEST: u32 = 15;

/// PostgreSQL on this machine.
#[derive(Debug)]
pub(super) struct Installed {
    programs: PathBuf,
    /// The user and group `postgres` if we are root, whom PostgreSQL refuses to run as. Otherwise it runs as ourselves.
    account: Option<(u32, u32)>,
}

impl Installed {
    /// The newest version; an error says what to install.
    pub(super) fn find() -> Result<Self, String> {
        let programs = newest(Path::new(VERSIONS)).ok_or_else(|| {
            format!(
                "PostgreSQL {OLDEST} or newer is not in {VERSIONS}: install the Debian package postgresql \
                 (`cargo xtask test` does so as root)"
            )
        })?;
        let account = rustix::process::geteuid().is_root().then(account).transpose()?;
        Ok(Self { programs, account })
    }

    /// A command that starts a program of PostgreSQL as the right account.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        self.prepare(&mut command);
        command
    }

    /// Makes `command` run as the right account and for itself: nothing like `PGHOST` changes what it does.
    pub(super) fn prepare(&self, command: &mut Command) {
        processes::prepare(command);
        self.become_account(command);
    }

    /// Makes `command` run as the right account.
    pub(super) fn become_account(&self, command: &mut Command) {
        if let Some((user, group)) = self.account {
            // As root this also leaves all other groups.
            command.uid(user).gid(group);
        }
    }

    /// Gives a file or folder to the account.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        self.account.map_or(Ok(()), |(user, group)| chown(path, Some(user), Some(group)))
    }
}

/// The programs of the newest server below `folder`. A version may be there with its clients only.
fn newest(folder: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(folder).ok()?.flatten();
    versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(version, programs)| *version >= OLDEST && programs.join("postgres").is_file())
        .max()
        .map(|(_, programs)| programs)
}

/// User and group of the account `postgres`, which Debian's package makes.
fn account() -> Result<(u32, u32), String> {
    let missing = || "there is no user postgres, which the Debian package postgresql makes".to_owned();
    let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("cannot read users: {error}"))?;
    let line = users.lines().find(|line| line.starts_with("postgres:")).ok_or_else(missing)?;
    let mut numbers = line.split(':').skip(2).map_while(|field| field.parse().ok());
    numbers.next().zip(numbers.next()).ok_or_else(missing)
}
