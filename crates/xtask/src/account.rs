//! Who a private server runs as: some refuse to be root, and none has to be.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// An account of a Debian package if we are root, otherwise ourselves.
#[derive(Debug)]
pub(crate) struct Account {
    /// User and group; nothing for ourselves.
    numbers: Option<(u32, u32)>,
}

impl Account {
    /// The user `name`, which `package` makes, if we are root; an error says what to install.
    pub(crate) fn find(name: &str, package: &str) -> Result<Self, String> {
        let is_root = rustix::process::geteuid().is_root();
        Ok(Self { numbers: is_root.then(|| look_up(name, package)).transpose()? })
    }

    /// Makes `command` run as this account.
    pub(crate) fn run(&self, command: &mut Command) {
        if let Some((user, group)) = self.numbers {
            // As root this also leaves all other groups.
            command.uid(user).gid(group);
        }
    }

    /// Gives it a file or folder.
    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        self.numbers.map_or(Ok(()), |(user, group)| chown(path, Some(user), Some(group)))
    }
}

/// User and group of the account `name`.
fn look_up(name: &str, package: &str) -> Result<(u32, u32), String> {
    let missing = || format!("there is no user {name}, which the Debian package {package} makes");
    let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("cannot read users: {error}"))?;
    let fields = users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    // After the name there is the password's place.
    let mut numbers = fields.ok_or_else(missing)?.split(':').skip(1).map_while(|field| field.parse().ok());
    numbers.next().zip(numbers.next()).ok_or_else(missing)
}
