//! Why nothing was restored.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::sqlite::open::OpenError;

/// Why a backup was not restored. Each sentence says what to do; nothing was left behind.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file cannot be read.
    #[error("The backup {file} cannot be read ({reason}).")]
    Read {
        /// Which.
        file: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{0} is not a file. Name the file that `chinwag backup` made.")]
    NotAFile(PathBuf),
    /// Something else.
    #[error("{0} is not a backup of Chinwag. Name a file that `chinwag backup` made.")]
    Foreign(PathBuf),
    /// A database of ours without the end of a backup.
    #[error(
        "{0} does not end as a backup does: it was cut off, or is a copy of a database and no backup. Use another."
    )]
    CutOff(PathBuf),
    /// Not what was written.
    #[error(
        "The backup {0} is damaged: it is not what was written when it was made. Use another copy or another backup."
    )]
    Damaged(PathBuf),
    /// Of a newer version.
    #[error(
        "The backup {file} was made by a newer Chinwag ({what} {found}; this one knows up to {known}). Use that version or a later one."
    )]
    Newer {
        /// Which.
        file: PathBuf,
        /// What is newer.
        what: &'static str,
        /// Its version.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// There is something in the folder.
    #[error(
        "The data folder {folder} is not empty, it has {name}; nothing in it was changed. Restore into an empty folder with --data, and put that in its place."
    )]
    Occupied {
        /// Which.
        folder: PathBuf,
        /// Something in it.
        name: String,
    },
    /// The folder cannot be used, or is in use.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no room in it.
    #[error("There is no room in the data folder {0}: make room on its disk, or choose another with --data.")]
    Full(PathBuf),
    /// Somebody asked it to stop.
    #[error("The restore was interrupted; nothing was restored.")]
    Stopped,
}

impl RestoreError {
    /// What a failure to write to the folder means.
    pub(super) fn writing(folder: &Path, reason: io::Error) -> Self {
        let folder = folder.to_owned();
        match reason.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full(folder),
            _ => OpenError::Folder { folder, reason }.into(),
        }
    }

    /// What a failure of SQLite with the new database means.
    pub(super) fn changing(file: &Path, folder: &Path, reason: rusqlite::Error) -> Self {
        match reason.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full(folder.to_owned()),
            Some(rusqlite::ErrorCode::SystemIoFailure | rusqlite::ErrorCode::CannotOpen) => {
                Self::writing(folder, io::Error::other(reason.to_string()))
            }
            // Its content is not what a backup has, whatever its trailer says.
            _ => Self::Damaged(file.to_owned()),
        }
    }
}
