//! The file that is to be restored.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::RestoreError;
use crate::progress::{Part, Progress};
use crate::sqlite::backup::trailer::{self, Fault, Trailer};
use crate::sqlite::migrate;
use crate::sqlite::open::APPLICATION_ID;
use crate::sqlite::pieces::Pieces;

/// What every SQLite database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Where in its first bytes an SQLite database says whose it is.
const APPLICATION_ID_AT: usize = 68;

/// A file that says of itself that it is a backup which can be restored here.
pub(super) struct Source {
    path: PathBuf,
    file: File,
    /// What it says.
    pub(super) trailer: Trailer,
}

impl Source {
    /// Opens it and reads what it says of itself.
    pub(super) fn open(path: &Path) -> Result<Self, RestoreError> {
        let unreadable = |reason| RestoreError::Read { file: path.to_owned(), reason };
        // Without waiting: a pipe would have to be opened by somebody else as well.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(flags).open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(RestoreError::NotAFile(path.to_owned()));
        }
        let newer = |what, found, known| RestoreError::Newer { file: path.to_owned(), what, found, known };
        let trailer = match Trailer::read(&file, metadata.len()) {
            Ok(trailer) => trailer,
            Err(Fault::Missing) if is_ours(&file).map_err(unreadable)? => {
                return Err(RestoreError::CutOff(path.to_owned()));
            }
            Err(Fault::Missing) => return Err(RestoreError::Foreign(path.to_owned())),
            Err(Fault::Damaged) => return Err(RestoreError::Damaged(path.to_owned())),
            Err(Fault::Newer(found)) => {
                return Err(newer("version of backups", found.into(), trailer::VERSION.into()));
            }
            Err(Fault::Io(reason)) => return Err(unreadable(reason)),
        };
        if trailer.format > migrate::KNOWN {
            return Err(newer("format of the database", trailer.format, migrate::KNOWN));
        }
        Ok(Self { path: path.to_owned(), file, trailer })
    }

    /// Copies the database in it, and refuses it unless it is what was written.
    pub(super) fn copy_to(
        &self,
        mut copy: &File,
        folder: &Path,
        progress: &Progress,
    ) -> Result<(), RestoreError> {
        let unreadable = |reason| RestoreError::Read { file: self.path.clone(), reason };
        let all = self.trailer.bytes;
        let mut pieces = Pieces::of(&self.file, all).map_err(unreadable)?;
        let mut hash = Sha256::new();
        let mut done = 0;
        while let Some(piece) = pieces.next().map_err(unreadable)? {
            hash.update(piece);
            copy.write_all(piece).map_err(|reason| RestoreError::writing(folder, reason))?;
            done += piece.len() as u64;
            progress.is_at(Part::Copying, done, all);
            if progress.is_stopped() {
                return Err(RestoreError::Stopped);
            }
        }
        if done == all && trailer::digits(hash) == self.trailer.sha256 {
            Ok(())
        } else {
            Err(RestoreError::Damaged(self.path.clone()))
        }
    }
}

/// Whether a file begins as our databases do.
fn is_ours(mut file: &File) -> io::Result<bool> {
    let mut header = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(100).read_to_end(&mut header)?;
    let ours = u32::try_from(APPLICATION_ID).unwrap_or_default().to_be_bytes();
    Ok(header.starts_with(MAGIC)
        && header.get(APPLICATION_ID_AT..).is_some_and(|rest| rest.starts_with(&ours)))
}
