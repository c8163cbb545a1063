//! npm packages, installed as the lock files name them.

use std::fs::{self, File};
use std::path::Path;

use crate::commands;
use crate::paths;
use crate::run;

/// The folders with a lock file of npm's, each with the file that builds lock meanwhile: for `web` the one that the
/// build script of crates/client takes, since several builds may want the same `node_modules` at once.
const FOLDERS: &[(&str, &str)] = &[
    ("web", "crates/client/build.rs"),
    ("tests/node", "tests/node/package.json"),
    ("examples/node-client", "examples/node-client/package.json"),
    ("examples/node-worker", "examples/node-worker/package.json"),
];

/// A copy of the lock file that was installed; the build script of crates/client keeps to it as well.
const MARKER: &str = "node_modules/.chinwag-installed";

/// Installs what a server needs that measurements compare with.
pub(crate) fn peer(folder: &str) -> Result<(), String> {
    let path = paths::root().join(folder);
    let lock = lock_file(&path.join("package.json"))?;
    install(folder, &path)?;
    drop(lock);
    Ok(())
}

/// Installs where the lock file is not the one that was installed. Tells what it did.
pub(crate) fn npm_packages() -> Result<String, String> {
    let mut done = Vec::new();
    for (folder, lock) in FOLDERS {
        let lock = lock_file(&paths::root().join(lock))?;
        if install(folder, &paths::root().join(folder))? {
            done.push(*folder);
        }
        drop(lock);
    }
    Ok(if done.is_empty() {
        "everything is there".to_owned()
    } else {
        format!("installed in {}", done.join(", "))
    })
}

fn install(folder: &str, path: &Path) -> Result<bool, String> {
    let wanted = fs::read(path.join("package-lock.json"))
        .map_err(|error| format!("cannot read {folder}/package-lock.json: {error}"))?;
    // The content tells more than times, which a fresh clone and a restored cache both get wrong.
    if fs::read(path.join(MARKER)).is_ok_and(|installed| installed == wanted) {
        return Ok(false);
    }
    let quiet = ["ci", "--no-audit", "--no-fund", "--loglevel", "error"];
    run::captured(&mut commands::npm(folder, quiet))?;
    fs::write(path.join(MARKER), wanted)
        .map_err(|error| format!("cannot write {folder}/{MARKER}: {error}"))?;
    Ok(true)
}

fn lock_file(path: &Path) -> Result<File, String> {
    let failed = |error| format!("cannot lock {}: {error}", path.display());
    let file = File::open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}
