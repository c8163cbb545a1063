//! The folder of a private server.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::installed::Installed;
use crate::private_folder;

/// The server's program, in its folder.
pub(super) const SERVER: &str = "home/sbin/rabbitmq-server";

/// Where the server looks for its parts, in its folder.
pub(super) const PARTS: &str = "home/plugins";

/// A new folder whose name is nobody else's, for the account that the server runs as, with a home that has only what the
/// server needs.
pub(super) fn create(installed: &Installed) -> Result<PathBuf, String> {
    let folder = private_folder::create("rabbitmq")?;
    installed.account.give(&folder).and_then(|()| furnish(&folder, installed)).map_err(|error| {
        // Nobody else would; that it fails is not the news.
        let _ = fs::remove_dir_all(&folder);
        format!("cannot furnish {}: {error}", folder.display())
    })?;
    Ok(folder)
}

/// Puts links to the scripts, and to the libraries without the plugins, into the folder. For each of a thousand modules
/// all libraries are searched, so that with the plugins, which nobody enables, it takes half as long again to begin.
fn furnish(folder: &Path, installed: &Installed) -> io::Result<()> {
    let home = folder.join("home");
    let parts = folder.join(PARTS);
    fs::create_dir_all(&parts)?;
    installed.account.give(&home)?;
    installed.account.give(&parts)?;
    symlink(installed.home.join("sbin"), home.join("sbin"))?;
    for entry in fs::read_dir(installed.home.join("plugins"))? {
        let entry = entry?;
        if is_needed(&entry.file_name().to_string_lossy()) {
            symlink(entry.path(), parts.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Whether the server needs what is in `plugins` under this name, which ends with a version. All plugins have one prefix,
/// and so has the part of the server that begins.
fn is_needed(name: &str) -> bool {
    !name.starts_with("rabbitmq_") || name.starts_with("rabbitmq_prelaunch-")
}
