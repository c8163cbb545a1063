//! A database that is being made beside its place, and gets its name once it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::ffi::{Error as Reason, SQLITE_ERROR};
use rusqlite::{Connection, Error, OpenFlags};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

#[cfg(test)]
mod tests;

/// What SQLite appends to a database's name for the files beside it.
pub(super) const BESIDE: &[&str] = &["-wal", "-shm", "-journal"];

/// A file that nobody else may read, under a name of its own. It goes when this is dropped, unless it was finished.
pub(super) struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    /// Makes it. The path begins with `/`; there must be nothing there.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, file })
    }

    /// Its content.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Where it is now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection to it, without locks: nobody else knows the file, and some network file systems have none. Nothing
    /// is synced, [`finish`](Self::finish) does that, and a change that breaks off is not undone. If the database has a
    /// write-ahead log it has none from here on.
    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags_and_vfs(&self.path, flags, c"unix-none")?;
        connection.pragma_update(None, "locking_mode", "exclusive")?;
        connection.pragma_update(None, "synchronous", "off")?;
        set_journal(&connection, "off")?;
        Ok(connection)
    }

    /// Whether SQLite has left a file beside it.
    pub(super) fn has_files_beside(&self) -> bool {
        BESIDE.iter().any(|end| beside(&self.path, end).exists())
    }

    /// Syncs it and gives it its name, in the same folder.
    ///
    /// # Errors
    /// `AlreadyExists` if there is something of that name, which is left as it is.
    pub(super) fn finish(self, name: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        rename_to_new(&self.path, name)?;
        sync_names(name.parent().unwrap_or(Path::new("/")))
    }
}

/// Syncs the names in a folder, where that can be done.
fn sync_names(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Not every file system can do that, nor may everybody read where they may write. The name is there all the same.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            tracing::warn!(%error, folder = %folder.display(), "a new name could not be synced");
            Ok(())
        }
        synced => synced,
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Sets the journal's mode. `wal`, and another one after that, are remembered in the file.
pub(super) fn set_journal(connection: &Connection, mode: &str) -> rusqlite::Result<()> {
    let set: String = connection.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0))?;
    if set == mode { Ok(()) } else { Err(Error::SqliteFailure(Reason::new(SQLITE_ERROR), None)) }
}

/// Removes an unfinished file and what SQLite has left beside it. What is not there, or stays, harms nobody.
pub(super) fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    for end in BESIDE {
        let _ = fs::remove_file(beside(path, end));
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can; NFS cannot.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => rename_over_own(from, to),
        done => Ok(done?),
    }
}

/// Makes an empty file of that name first, so that what is overwritten is nobody else's.
fn rename_over_own(from: &Path, to: &Path) -> io::Result<()> {
    File::create_new(to)?;
    let renamed = fs::rename(from, to);
    if renamed.is_err() {
        // What is empty is no backup anyway, if it stays.
        let _ = fs::remove_file(to);
    }
    renamed
}
