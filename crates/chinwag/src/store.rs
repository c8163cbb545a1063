//! Opening the store, and saying well why that cannot be.

use std::path::Path;
use std::sync::Arc;

use chinwag_store::sqlite::{OpenError, Options, SqliteStore};

use crate::failure::Failure;

/// With less room than this on its disk a database cannot be opened (its log and its index need it), and how that comes
/// out differs: as a full disk, as an I/O error, as a folder that cannot be used.
const ROOM_BYTES: u64 = 256 * 1_024;

/// Opens the store in a data folder. `None` if another process has it.
///
/// # Errors
/// It cannot be opened.
pub(crate) fn open_unless_in_use(data: &Path, readers: usize) -> Result<Option<Arc<SqliteStore>>, Failure> {
    match SqliteStore::open(data, &Options { readers, ..Options::default() }) {
        Ok(store) => Ok(Some(store)),
        Err(OpenError::InUse(_)) => Ok(None),
        Err(error) => Err(explain(data, error)),
    }
}

/// Opens the store in a data folder.
///
/// # Errors
/// It cannot be opened, or another process has it.
pub(crate) fn open(data: &Path, readers: usize) -> Result<Arc<SqliteStore>, Failure> {
    let in_use = || Failure::new(OpenError::InUse(data.to_owned()));
    open_unless_in_use(data, readers)?.ok_or_else(in_use)
}

/// Why the store in a data folder cannot be opened.
pub(crate) fn explain(data: &Path, error: OpenError) -> Failure {
    match error {
        OpenError::Folder { .. } | OpenError::Database { .. } if is_full(data) => Failure::Run(format!(
            "The disk with the data folder {} is full; make room and start again.",
            data.display()
        )),
        error => Failure::new(error),
    }
}

fn is_full(data: &Path) -> bool {
    // The folder itself may be what there was no room for.
    let there = data.ancestors().find(|folder| folder.exists());
    let there = there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Some file systems, like /proc, have no blocks at all, which is not the same as none left.
    rustix::fs::statvfs(there).is_ok_and(|disk| {
        disk.f_blocks > 0 && disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_BYTES
            || disk.f_files > 0 && disk.f_favail == 0
    })
}
