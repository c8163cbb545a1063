//! Where the servers of a measurement keep their data.

use std::fs;
use std::path::PathBuf;

use crate::paths;

/// The folder of a measurement, removed at its end.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// That of a measurement with this name.
    pub(super) fn of(bench: &str) -> Self {
        Self(paths::target().join("xtask").join(format!("bench-{bench}-{}", std::process::id())))
    }

    /// An empty one below it.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        // It may not be there.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is only untidy.
        let _ = fs::remove_dir_all(&self.0);
    }
}
