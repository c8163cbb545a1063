//! Starting processes: the built server, and only programs on the one list (`xtask::programs`).

use std::path::PathBuf;
use std::process::Command;

use xtask::programs;

use crate::namespace::Namespace;

/// The built server: `CHINWAG_BIN`, or where cargo puts it beside the tests.
pub(crate) fn server_binary() -> PathBuf {
    if let Some(path) = std::env::var_os("CHINWAG_BIN") {
        return PathBuf::from(path);
    }
    beside_the_tests("chinwag")
}

/// Something that is built, where cargo puts it beside the tests.
pub(crate) fn beside_the_tests(name: &str) -> PathBuf {
    // target/debug/deps/system-…  ->  target/debug/NAME
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join(name);
    assert!(path.is_file(), "{} is not built; `cargo xtask test system` builds it", path.display());
    path
}

/// `chinwag`, which the kernel ends when the thread that started it ends, however that comes about. So start it from a
/// thread that lives as long as the test, and not from tokio's pool for blocking work. With a number it runs as that user,
/// which only root can have it do.
pub(crate) fn chinwag(user: Option<u32>) -> Command {
    chinwag_by(program("setpriv"), user)
}

/// The same in a network of its own.
pub(crate) fn chinwag_in(namespace: &Namespace) -> Command {
    let mut command = namespace.enter();
    command.arg(path("setpriv"));
    chinwag_by(command, None)
}

/// A program of the one list.
pub(crate) fn program(name: &str) -> Command {
    programs::command(name).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Where one is.
pub(crate) fn path(name: &str) -> PathBuf {
    programs::find(name).unwrap_or_else(|refusal| panic!("{refusal}")).path
}

fn chinwag_by(mut command: Command, user: Option<u32>) -> Command {
    if let Some(user) = user {
        command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--clear-groups");
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(server_binary());
    // What the developer has set for a server of their own is not for ours.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CHINWAG_")) {
        command.env_remove(name);
    }
    command
}
