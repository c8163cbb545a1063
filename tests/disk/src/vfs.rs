//! The layer under SQLite: a VFS that every connection of this process gets, and that hands everything on to SQLite's
//! own for Unix. Files of watched folders are recorded on the way.
#![allow(
    unsafe_code,
    reason = "SQLite calls this layer by C function pointers, and it calls SQLite's by theirs"
)]

mod file;
mod folder_sync;

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::OnceLock;

use rusqlite::ffi;

use self::file::File;
use crate::faults::Part;
use crate::watched::{self, WatchedFile};

/// SQLite's own VFS.
struct Unix(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's VFS objects are never changed or freed once SQLite is initialised, and all threads use them.
unsafe impl Send for Unix {}
// SAFETY: as above.
unsafe impl Sync for Unix {}

static UNIX: OnceLock<Unix> = OnceLock::new();

/// Makes this the VFS of every connection that is opened from now on.
pub(crate) fn register() {
    UNIX.get_or_init(|| {
        // SAFETY: `sqlite3_vfs_find` initialises SQLite and answers with a VFS that lives as long as the process, or
        // null, which is refused.
        let (unix, mut ours) = unsafe {
            let unix = ffi::sqlite3_vfs_find(c"unix".as_ptr());
            assert!(!unix.is_null(), "SQLite has a VFS for Unix");
            (unix, *unix)
        };
        // Everything else is as in SQLite's own, whose functions make no use of the VFS that they are called for but
        // for what is copied here.
        ours.zName = c"chinwag-test-disk".as_ptr();
        ours.pNext = ptr::null_mut();
        ours.szOsFile += c_int::try_from(size_of::<File>()).unwrap();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        folder_sync::notice(unix);
        // SAFETY: what is registered is never freed.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) };
        assert_eq!(code, ffi::SQLITE_OK);
        Unix(unix)
    });
}

fn unix() -> *mut ffi::sqlite3_vfs {
    UNIX.get().expect("it is registered").0
}

/// The file's folder, if it is watched, and its name.
///
/// # Safety
/// `path` is a C string.
unsafe fn watched<'a>(path: *const c_char) -> Option<(std::sync::Arc<watched::Watched>, &'a str)> {
    // SAFETY: by this function's contract.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    Some((watched::find(path)?, path.file_name()?.to_str()?))
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let part = match flags & (ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL)
    {
        ffi::SQLITE_OPEN_MAIN_DB => Some(Part::Database),
        ffi::SQLITE_OPEN_WAL => Some(Part::Log),
        ffi::SQLITE_OPEN_MAIN_JOURNAL => Some(Part::Journal),
        _ => None,
    };
    // SAFETY: SQLite gives `szOsFile` bytes at `file`, which are ours to fill, and the arguments of its own `xOpen`.
    let open = || unsafe { file::open(unix(), path, file, flags, out_flags) };
    // SAFETY: a path that is not null is a C string.
    let watched = if path.is_null() { None } else { unsafe { watched(path) } };
    let opened: Result<Option<WatchedFile>, c_int> = match (part, watched) {
        (Some(part), Some((folder, name))) => folder.open(name, part, open).map(Some),
        _ => match open() {
            ffi::SQLITE_OK => Ok(None),
            code => Err(code),
        },
    };
    match opened {
        Ok(opened) => {
            // SAFETY: `file::open` has succeeded.
            unsafe { file::begin(file, opened) };
            ffi::SQLITE_OK
        }
        Err(code) => code,
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, sync: c_int) -> c_int {
    let delete = || {
        // SAFETY: SQLite's own `xDelete`, with what it was to be given.
        folder_sync::of(|| unsafe { ((*unix()).xDelete.expect("every VFS has it"))(unix(), path, sync) })
    };
    // SAFETY: SQLite gives a C string.
    match unsafe { watched(path) } {
        Some((folder, name)) => folder.delete(name, delete),
        None => delete().0,
    }
}
