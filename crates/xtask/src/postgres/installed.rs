//! Where PostgreSQL is installed, and who may run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::Account;
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
    /// Whom it runs as.
    pub(super) account: Account,
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
        Ok(Self { programs, account: Account::find("postgres", "postgresql")? })
    }

    /// A command that starts a program of PostgreSQL as the right account and for itself: nothing like `PGHOST` changes
    /// what it does.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        processes::prepare(&mut command);
        self.account.run(&mut command);
        command
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
