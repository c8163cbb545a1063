//! Watched folders and their open files: what the layer under SQLite asks, and what it is told.

use std::collections::HashMap;
use std::ffi::c_int;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use rusqlite::ffi;

use crate::faults::{Faults, Part, is_checkpointer, is_this_thread};
use crate::tape::{FileId, Operation, Tape};

/// All folders that are watched.
static WATCHED: Mutex<Vec<Weak<Watched>>> = Mutex::new(Vec::new());

/// A folder that is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) folder: PathBuf,
    pub(crate) state: Mutex<State>,
    /// Told whenever something was met.
    pub(crate) met: Condvar,
}

/// What is known of it.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) tape: Tape,
    /// The files that have a name.
    pub(crate) names: HashMap<String, FileId>,
    /// How often each file is open.
    open: HashMap<FileId, usize>,
    /// How often a sync of each file has failed.
    sync_failures: HashMap<FileId, usize>,
    pub(crate) faults: Faults,
    /// How many regions of the log's index there are.
    regions: c_int,
}

/// The watched folder with this file in it.
pub(crate) fn find(file: &Path) -> Option<Arc<Watched>> {
    let folder = file.parent()?;
    lock(&WATCHED).iter().filter_map(Weak::upgrade).find(|watched| watched.folder == folder)
}

impl Watched {
    /// From now on this folder is watched, as long as anybody has the answer.
    pub(crate) fn begin(folder: PathBuf, state: State) -> Arc<Self> {
        let watched = Arc::new(Self { folder, state: Mutex::new(state), met: Condvar::new() });
        let mut all = lock(&WATCHED);
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(&watched));
        watched
    }

    /// Whether connections are to sync nothing.
    pub(crate) fn is_unsynced(&self) -> bool {
        lock(&self.state).faults.unsynced
    }

    /// Opens a file by `open`, whose success is `SQLITE_OK`.
    pub(crate) fn open(
        self: &Arc<Self>,
        name: &str,
        part: Part,
        open: impl FnOnce() -> c_int,
    ) -> Result<WatchedFile, c_int> {
        let mut state = lock(&self.state);
        match open() {
            ffi::SQLITE_OK => {}
            error => return Err(error),
        }
        let path = self.folder.join(name);
        let file = match state.names.get(name) {
            Some(file) => *file,
            None => {
                let file = state.tape.create(name);
                state.names.insert(name.to_owned(), file);
                mark(&path).unwrap();
                file
            }
        };
        if state.open.get(&file).is_none_or(|times| *times == 0) && !is_marked(&path).unwrap() {
            state.tape.record_whole(file, fs::read(&path).unwrap());
        }
        *state.open.entry(file).or_default() += 1;
        let told = state.sync_failures.get(&file).copied().unwrap_or_default().into();
        Ok(WatchedFile { folder: Arc::clone(self), part, file, path, told })
    }

    /// Deletes a file by `delete`, which also says whether it synced the folder.
    pub(crate) fn delete(&self, name: &str, delete: impl FnOnce() -> (c_int, bool)) -> c_int {
        let mut state = lock(&self.state);
        let (code, synced) = delete();
        if code == ffi::SQLITE_OK {
            state.names.remove(name);
            state.tape.record(Operation::Deleted { name: name.to_owned() });
            if synced {
                let begun = state.tape.position();
                state.tape.record(Operation::FolderSynced { begun });
            }
        }
        code
    }
}

/// An open file that is watched.
#[derive(Debug)]
pub(crate) struct WatchedFile {
    folder: Arc<Watched>,
    part: Part,
    file: FileId,
    path: PathBuf,
    /// Of how many failed syncs of the file this opening was told. Linux tells each of them once.
    told: AtomicUsize,
}

impl WatchedFile {
    pub(crate) fn folder(&self) -> &Watched {
        &self.folder
    }

    /// Writes bytes by `write`, which is told how many of them. The tape is locked meanwhile, so that it has all writes
    /// in the order in which they came about.
    pub(crate) fn write(&self, at: u64, bytes: &[u8], write: impl FnOnce(usize) -> c_int) -> c_int {
        let mut state = lock(&self.folder.state);
        let taken = state.faults.take_room(self.part, bytes.len() as u64);
        let taken = bytes.get(..usize::try_from(taken).unwrap_or(usize::MAX)).unwrap_or(bytes);
        let full = taken.len() < bytes.len();
        state.faults.met.written += taken.len() as u64;
        if self.part == Part::Log {
            state.faults.met.logs += usize::from(at == 0);
            state.faults.met.log_bytes = at + taken.len() as u64;
        }
        if self.part == Part::Database && is_this_thread(is_checkpointer) {
            state.faults.met.pages_copied_by_store += 1;
        }
        self.folder.met.notify_all();
        if !taken.is_empty() {
            state.tape.record(Operation::Written { file: self.file, at, bytes: taken.into() });
            let code = write(taken.len());
            if code != ffi::SQLITE_OK {
                return code;
            }
        }
        if full { ffi::SQLITE_FULL } else { ffi::SQLITE_OK }
    }

    /// Changes the file's length by `resize`.
    pub(crate) fn resize(&self, to: u64, resize: impl FnOnce() -> c_int) -> c_int {
        let mut state = lock(&self.folder.state);
        state.tape.record(Operation::Resized { file: self.file, to });
        state.faults.met.copies += usize::from(self.part == Part::Database);
        self.folder.met.notify_all();
        resize()
    }

    /// Syncs the file by `sync`, which also says whether it synced the folder. The tape is not locked meanwhile: others
    /// write while a sync lasts.
    pub(crate) fn sync(&self, sync: impl FnOnce() -> (c_int, bool)) -> c_int {
        let (begun, fails) = self.begin_sync();
        let (mut code, synced_folder) = if fails { (ffi::SQLITE_IOERR_FSYNC, false) } else { sync() };
        let mut state = lock(&self.folder.state);
        let file = self.file;
        let failures = state.sync_failures.entry(file).or_default();
        *failures += usize::from(code != ffi::SQLITE_OK);
        if self.told.swap(*failures, Ordering::Relaxed) < *failures {
            code = ffi::SQLITE_IOERR_FSYNC;
        }
        state.tape.record(match code {
            ffi::SQLITE_OK => Operation::Synced { file, begun },
            _ => Operation::SyncFailed { file, begun },
        });
        if synced_folder {
            state.tape.record(Operation::FolderSynced { begun });
        }
        self.folder.met.notify_all();
        code
    }

    /// Where a sync begins, and whether it fails. Waits while syncs are held.
    fn begin_sync(&self) -> (usize, bool) {
        let mut state = lock(&self.folder.state);
        let begun = (state.tape.position(), state.faults.take_sync(self.part));
        self.wait_while(state, |faults| faults.holds_syncs(self.part));
        begun
    }

    /// Whether a read fails. Waits while reads are held.
    pub(crate) fn read_fails(&self) -> bool {
        let mut state = lock(&self.folder.state);
        let fails = state.faults.take_read();
        if fails {
            self.folder.met.notify_all();
        }
        self.wait_while(state, Faults::holds_reads);
        fails
    }

    fn wait_while(&self, mut state: MutexGuard<'_, State>, held: impl Fn(&Faults) -> bool) {
        if held(&state.faults) {
            state.faults.met.held += 1;
            self.folder.met.notify_all();
            let held = |state: &mut State| held(&state.faults);
            drop(self.folder.met.wait_while(state, held).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Whether there is room for a region of the log's index, of which there must be `regions` then.
    pub(crate) fn has_room_for_index(&self, regions: c_int, bytes: u64) -> bool {
        let mut state = lock(&self.folder.state);
        if regions <= state.regions {
            return true;
        }
        let has_room = state.faults.take_room(Part::Index, bytes) == bytes;
        if has_room {
            state.regions = regions;
        } else {
            self.folder.met.notify_all();
        }
        has_room
    }

    /// The index is gone; the next one begins afresh.
    pub(crate) fn index_is_gone(&self) {
        lock(&self.folder.state).regions = 0;
    }
}

impl Drop for WatchedFile {
    fn drop(&mut self) {
        let mut state = lock(&self.folder.state);
        let times = state.open.entry(self.file).or_default();
        *times = times.saturating_sub(1);
        // It may have been deleted meanwhile.
        if *times == 0 && state.names.values().any(|file| *file == self.file) {
            let _ = mark(&self.path);
        }
    }
}

/// The time that files bear which nobody has open: whoever writes to them by other ways than SQLite changes it. That
/// counts as written and synced when SQLite opens the file.
const MARK: SystemTime = SystemTime::UNIX_EPOCH;

/// Gives a file that time.
pub(crate) fn mark(file: &Path) -> io::Result<()> {
    fs::File::options().write(true).open(file)?.set_modified(MARK)
}

fn is_marked(file: &Path) -> io::Result<bool> {
    Ok(fs::metadata(file)?.modified()? == MARK)
}

/// The value, whatever became of who had it before.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
