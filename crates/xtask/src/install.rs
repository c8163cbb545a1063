//! npm packages, installed as the lock files name them.

use std::fs::{self, File};
use std::path::Path;

use crate::commands;
use crate::paths;
use crate::run;

/// The folders with a lock file of their own.
const FOLDERS: &[&str] = &["web", "tests/node"];

/// Installs where the lock file is newer than what is installed. Tells what it did.
pub(crate) fn npm_packages() -> Result<String, String> {
    let mut done = Vec::new();
    for folder in FOLDERS {
        let path = paths::root().join(folder);
        if !path.join("package-lock.json").is_file() {
            return Err(format!("{folder}/package-lock.json is missing"));
        }
        let lock = lock(&path)?;
        if is_stale(&path) {
            run::captured(&mut commands::npm(folder, ["ci"]))?;
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

/// Several builds may run at once; the build of the browser client takes the same lock.
fn lock(folder: &Path) -> Result<File, String> {
    let path = folder.join("node_modules.lock");
    let failed = |error| format!("cannot lock {}: {error}", path.display());
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Whether npm has to run: it writes its own copy of the lock file when it has finished.
fn is_stale(folder: &Path) -> bool {
    let age = |name: &str| fs::metadata(folder.join(name)).and_then(|file| file.modified());
    match (age("package-lock.json"), age("node_modules/.package-lock.json")) {
        (Ok(wanted), Ok(installed)) => wanted > installed,
        _ => true,
    }
}
