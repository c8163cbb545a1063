//! The project's own source files.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file, its path from the project's folder.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// All files with that ending in `folder` and below, in order of their paths. What npm installed is left out, and a
/// folder that is not there has none.
pub(crate) fn under(folder: &Path, ending: &str) -> Result<Vec<Source>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "node_modules") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(read(&path)?);
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn read(path: &Path) -> Result<Source, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let shown = path.strip_prefix(crate::paths::root()).unwrap_or(path);
    Ok(Source { path: shown.to_owned(), text: String::from_utf8_lossy(&bytes).into_owned() })
}
