//! The commands that most steps run.

use std::process::Command;

use crate::paths;

/// Cargo, in the project's folder; a web build that fails is an error of the build.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(paths::root()).env("CHINWAG_WEB", "require");
    // Cargo sets these for xtask itself; a build that saw them would take itself for a changed one.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// npm, in a folder of the project.
pub(crate) fn npm<const N: usize>(folder: &str, arguments: [&str; N]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(paths::root().join(folder));
    command
}

/// Node, in a folder of the project.
pub(crate) fn node(folder: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(paths::root().join(folder));
    command
}
