//! Where RabbitMQ is installed, and who may run it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::Account;
use crate::processes;

/// What Debian's own service starts. The program of that name in /usr/sbin goes to that service's folder first.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// What knows on which port a node of Erlang is; nodes cannot do without. A program of Erlang.
const MAPPER: &str = "/usr/bin/epmd";

/// RabbitMQ on this machine.
#[derive(Debug)]
pub(super) struct Installed {
    /// Where the server's scripts and plugins are.
    pub(super) home: PathBuf,
    /// Whom it runs as.
    pub(super) account: Account,
}

impl Installed {
    /// An error says what to install.
    pub(super) fn find() -> Result<Self, String> {
        let missing = |program| {
            format!(
                "{program} is missing: install the Debian package rabbitmq-server (`cargo xtask test` does so as \
                 root)"
            )
        };
        // It is a link to the one in `sbin` of a folder that has the version in its name.
        let server = Path::new(SERVER).canonicalize().map_err(|_| missing(SERVER))?;
        let home = server.ancestors().nth(2).ok_or_else(|| missing(SERVER))?.to_owned();
        if !Path::new(MAPPER).is_file() {
            return Err(missing(MAPPER));
        }
        Ok(Self { home, account: Account::find("rabbitmq", "rabbitmq-server")? })
    }

    /// The port mapper. It stays in the foreground.
    pub(super) fn mapper(&self) -> Command {
        self.command(Path::new(MAPPER))
    }

    /// A command that runs a program as the right account and for itself.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        processes::prepare(&mut command);
        self.account.run(&mut command);
        command
    }
}
