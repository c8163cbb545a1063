//! A backup: the database as it was at one moment, in one file, with a [trailer](trailer) by which it is known to be
//! whole.
//!
//! It is made by a process of its own, from a [snapshot] that it holds while it copies. The server goes on meanwhile, but
//! its write-ahead log cannot start afresh; when that becomes long the backup gives way.

mod error;
mod snapshot;
pub(super) mod trailer;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use chinwag_model::Millis;
use sha2::{Digest, Sha256};

pub use self::error::BackupError;
use self::error::Fault;
use self::snapshot::Snapshot;
use self::trailer::Trailer;
use super::checkpoint::GIVE_WAY_BYTES;
use super::open::LOG;
use super::pieces::Pieces;
use super::unfinished::Unfinished;
use crate::progress::{Part, Progress};

#[cfg(test)]
mod tests;

/// Between two looks whether a check is to stop, in steps of SQLite's.
const CHECK_STEPS: i32 = 1_000;

/// A backup that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// How long the file is.
    pub bytes: u64,
    /// What it holds is of this moment.
    pub made_at: Millis,
}

/// Makes a backup of a data folder, whether or not a server runs there, in a file that is not there yet. Blocks for as
/// long as that takes.
///
/// # Errors
/// [`BackupError`]: there is nothing to back up, the file cannot be made, or so much is written meanwhile that the backup
/// gives way. Nothing is left behind.
pub fn backup(data: &Path, file: &Path, progress: &Progress) -> Result<BackedUp, BackupError> {
    backup_unless(data, file, progress, || must_give_way(data))
}

/// Whether the write-ahead log of a data folder is so long that a backup has to let go of its snapshot.
#[must_use]
pub fn must_give_way(data: &Path) -> bool {
    fs::metadata(data.join(LOG)).is_ok_and(|log| log.len() > GIVE_WAY_BYTES)
}

fn backup_unless(
    data: &Path,
    file: &Path,
    progress: &Progress,
    give_way: impl Fn() -> bool,
) -> Result<BackedUp, BackupError> {
    let place = place(data, file)?;
    let snapshot = Snapshot::take(data)?;
    let (format, epoch, made_at) = (snapshot.format, snapshot.epoch, snapshot.taken_at);
    let copy = beside(&place).and_then(Unfinished::create);
    let copy = copy.map_err(|reason| BackupError::writing(file, reason))?;
    let failed = |fault| BackupError::copying(data, file, fault);
    snapshot.copy_to(&copy, progress, give_way).map_err(failed)?;
    // The server is free of it from here on.
    drop(snapshot);
    check(&copy, progress).map_err(failed)?;
    let (bytes, sha256) = digest(copy.file(), progress).map_err(failed)?;
    let chinwag = env!("CARGO_PKG_VERSION").to_owned();
    let trailer =
        Trailer { chinwag_backup: trailer::VERSION, chinwag, format, epoch, made_at, bytes, sha256 };
    let written = trailer.encode().and_then(|trailer| {
        copy.file().write_all_at(&trailer, bytes)?;
        copy.finish(&place)?;
        Ok(bytes + trailer.len() as u64)
    });
    let bytes = written.map_err(|reason| BackupError::writing(file, reason))?;
    Ok(BackedUp { bytes, made_at })
}

/// Where the backup goes: a path from `/`, where nothing is yet.
fn place(data: &Path, file: &Path) -> Result<PathBuf, BackupError> {
    let wrong = |reason: io::Error| BackupError::writing(file, reason);
    let place = std::path::absolute(file).map_err(wrong)?;
    if fs::symlink_metadata(&place).is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let folder = place.parent().unwrap_or(Path::new("/")).canonicalize().map_err(wrong)?;
    let name = place.file_name().ok_or_else(|| wrong(io::ErrorKind::InvalidFilename.into()))?;
    if data.canonicalize().is_ok_and(|data| data == folder) {
        return Err(BackupError::Inside(file.to_owned()));
    }
    Ok(folder.join(name))
}

/// A name that nobody else has, beside a backup's.
fn beside(place: &Path) -> io::Result<PathBuf> {
    let random = getrandom::u32().map_err(|error| io::Error::other(error.to_string()))?;
    let mut path = OsString::from(place);
    path.push(format!(".{random:08x}.partial"));
    Ok(path.into())
}

/// Has SQLite look through the copy. By being opened so it becomes a database without a log, which can be read where nothing
/// may be written.
fn check(copy: &Unfinished, progress: &Progress) -> Result<(), Fault> {
    progress.is_at(Part::Checking, 0, 0);
    let mut connection = copy.connect()?;
    let looker = progress.clone();
    connection.progress_handler(CHECK_STEPS, Some(move || looker.is_stopped()))?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    connection.close().map_err(|(_, reason)| reason)?;
    if verdict == "ok" { Ok(()) } else { Err(Fault::Damaged(verdict)) }
}

/// Length and SHA-256 of a file.
fn digest(file: &File, progress: &Progress) -> Result<(u64, String), Fault> {
    let all = file.metadata()?.len();
    let mut pieces = Pieces::of(file, all)?;
    let mut hash = Sha256::new();
    let mut done = 0;
    while let Some(piece) = pieces.next()? {
        hash.update(piece);
        done += piece.len() as u64;
        progress.is_at(Part::Sealing, done, all);
        if progress.is_stopped() {
            return Err(Fault::Stopped);
        }
    }
    Ok((done, trailer::digits(hash)))
}
