//! A small disk that fills up: a file system in memory, which only root can make.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use xtask::{left_out, programs};

/// A file system of a given size. It goes when this is dropped, which must come after everything that uses it.
#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Makes one. If that cannot be done here the test is left out, and is to return.
    pub fn of(bytes: u64) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            left_out::say("only root can make a small disk");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("chinwag-disk-").tempdir().unwrap();
        let mut mount = programs::command("mount").unwrap_or_else(|refusal| panic!("{refusal}"));
        let size = format!("size={bytes},mode=0700");
        let status = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).status().unwrap();
        if !status.success() {
            left_out::say("root may not mount a small disk here");
            return None;
        }
        Some(Self { folder })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file that takes what is left, but for `spare` bytes; deleting it makes room.
    #[must_use]
    pub fn fill(&self, spare: u64) -> PathBuf {
        let state = rustix::fs::statvfs(self.path()).unwrap();
        let size = (state.f_bavail * state.f_frsize).saturating_sub(spare);
        let ballast = self.path().join("ballast");
        fs::write(&ballast, vec![0; usize::try_from(size).unwrap()]).unwrap();
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let umount =
            programs::command("umount").map(|mut umount| umount.arg("--lazy").arg(self.path()).status());
        if !matches!(umount, Ok(Ok(status)) if status.success()) {
            println!("{} stays mounted", self.path().display());
        }
    }
}
