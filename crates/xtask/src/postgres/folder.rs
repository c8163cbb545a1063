//! The folder of a private server, before the server is first started.

use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Installed;
use crate::private_folder;

/// What differs from PostgreSQL's own defaults. `fsync` and `synchronous_commit` do not: what is committed is on the
/// disk.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("max_connections", "200"),
    ("shared_buffers", "64MB"),
    // Segments of POSIX shared memory would outlive a server that is killed, with nothing that says whose they were.
    // What is set aside beforehand, from memory that goes with the processes, serves before files in the folder do.
    ("dynamic_shared_memory_type", "mmap"),
    ("min_dynamic_shared_memory", "16MB"),
];

/// A new folder whose name is nobody else's, with `data` in it, for the account that the server runs as.
pub(super) fn create(installed: &Installed) -> Result<PathBuf, String> {
    let folder = private_folder::create("postgres")?;
    let data = folder.join("data");
    DirBuilder::new()
        .mode(0o700)
        .create(&data)
        .and_then(|()| installed.account.give(&folder))
        .and_then(|()| installed.account.give(&data))
        .map_err(|error| format!("cannot make {}: {error}", data.display()))?;
    Ok(folder)
}

/// What fills `data`.
pub(super) fn initdb(installed: &Installed, folder: &Path) -> Command {
    let data = folder.join("data");
    let mut command = installed.command("initdb");
    command.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
    command.args(["--locale=C.UTF-8", "-D"]).arg(&data).current_dir(&data);
    command
}

/// Adds settings to `data`: the port, those that hold for all private servers, and `more`, which override these.
pub(super) fn configure(folder: &Path, port: u16, more: &[(&str, &str)]) -> Result<(), String> {
    let (port, sockets) = (port.to_string(), folder.display().to_string());
    let own = [("port", port.as_str()), ("unix_socket_directories", sockets.as_str())];
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "''");
    let lines: String = own
        .iter()
        .chain(SETTINGS)
        .chain(more)
        .map(|(name, value)| format!("{name} = '{}'\n", quoted(value)))
        .collect();
    File::options()
        .append(true)
        .open(folder.join("data/postgresql.conf"))
        .and_then(|mut file| file.write_all(lines.as_bytes()))
        .map_err(|error| format!("cannot configure PostgreSQL: {error}"))
}
