//! The folder that a backup is restored into.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use super::RestoreError;
use crate::sqlite::open::{self, DATABASE, LOCK};
use crate::sqlite::unfinished::{self, BESIDE, Unfinished};

/// The name of a database that is not restored yet. No server looks for it.
const UNFINISHED: &str = "restoring";
/// What may be in the folder: the lock, a socket that a dead server left, and what a new disk has.
const HARMLESS: &[&str] = &[LOCK, "control.sock", "lost+found"];

/// A locked folder with nothing in it. If it was made for this, it goes when this is dropped, unless it was finished.
pub(super) struct Target {
    /// From `/`.
    path: PathBuf,
    lock: File,
    is_made: bool,
}

impl Target {
    /// Makes the folder if need be, and takes its lock.
    pub(super) fn take(folder: &Path) -> Result<Self, RestoreError> {
        let path = std::path::absolute(folder).map_err(|reason| RestoreError::writing(folder, reason))?;
        let is_made = !folder.exists();
        let lock = open::lock(folder)?;
        let target = Self { path, lock, is_made };
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(|reason| RestoreError::writing(folder, reason))?;
        for name in entries.iter().map(fs::DirEntry::file_name) {
            if !is_harmless(&name) {
                let name = name.to_string_lossy().into_owned();
                return Err(RestoreError::Occupied { folder: folder.to_owned(), name });
            }
        }
        // Of a restore that was killed.
        unfinished::remove(&target.path.join(UNFINISHED));
        Ok(target)
    }

    /// Makes a file in it.
    pub(super) fn create(&self) -> std::io::Result<Unfinished> {
        Unfinished::create(self.path.join(UNFINISHED))
    }

    /// Makes that file its database.
    pub(super) fn finish(mut self, database: Unfinished) -> std::io::Result<()> {
        self.give_to_owner(database.file())?;
        database.finish(&self.path.join(DATABASE))?;
        if self.is_made
            && let Some(parent) = self.path.parent()
        {
            File::open(parent)?.sync_all()?;
        }
        self.is_made = false;
        Ok(())
    }

    /// What root makes in somebody's folder is for them.
    fn give_to_owner(&self, database: &File) -> std::io::Result<()> {
        if rustix::process::geteuid().is_root() {
            let folder = fs::metadata(&self.path)?;
            for file in [database, &self.lock] {
                fchown(file, Some(folder.uid()), Some(folder.gid()))?;
            }
        }
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if self.is_made {
            // Nobody else has come in; whoever waits for the lock looks whether it is still this one.
            let _ = fs::remove_file(self.path.join(LOCK));
            let _ = fs::remove_dir(&self.path);
        }
    }
}

fn is_harmless(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let left = name.strip_prefix(UNFINISHED).is_some_and(|end| end.is_empty() || BESIDE.contains(&end));
    left || HARMLESS.contains(&name.as_ref())
}
