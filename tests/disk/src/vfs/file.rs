//! Open files: ours lies before SQLite's own, to which everything goes on.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::slice;

use rusqlite::ffi;

use super::folder_sync;
use crate::watched::WatchedFile;

/// What SQLite takes for its file. Its own follows right behind.
#[repr(C)]
pub(super) struct File {
    base: ffi::sqlite3_file,
    /// From `Box::into_raw`; null if the file is not watched.
    watched: *mut WatchedFile,
}

/// SQLite's own file.
///
/// # Safety
/// `file` was given to `open` of this VFS.
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` of this VFS is the size of `File` and what SQLite's own asks for.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// The file, if it is watched.
///
/// # Safety
/// As for [`inner`], and `file` is open.
unsafe fn watched<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a WatchedFile> {
    // SAFETY: null, or from `Box::into_raw` until `close` takes it back.
    unsafe { (*file.cast::<File>()).watched.as_ref() }
}

/// Opens SQLite's own file. Until [`begin`] SQLite takes ours for closed.
///
/// # Safety
/// As for `xOpen`.
pub(super) unsafe fn open(
    unix: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: by this function's contract there is room for both files at `file`.
    unsafe {
        (*file).pMethods = std::ptr::null();
        ((*unix).xOpen.expect("every VFS has it"))(unix, path, inner(file), flags, out_flags)
    }
}

/// From now on SQLite may use the file.
///
/// # Safety
/// [`open`] has succeeded with it.
pub(super) unsafe fn begin(file: *mut ffi::sqlite3_file, watched: Option<WatchedFile>) {
    let watched = watched.map_or(std::ptr::null_mut(), |watched| Box::into_raw(Box::new(watched)));
    // SAFETY: by this function's contract the place is ours.
    unsafe { file.cast::<File>().write(File { base: ffi::sqlite3_file { pMethods: &METHODS }, watched }) };
}

/// Without memory mapping, which would pass by this layer.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Calls a method of SQLite's own file.
macro_rules! hand_on {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls methods of open files only, so that its own is open too; what follows are the
        // method's own arguments.
        unsafe {
            let inner = inner($file);
            ((*(*inner).pMethods).$method.expect("files of Unix have it"))(inner $(, $argument)*)
        }
    }};
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = hand_on!(file, xClose);
    // SAFETY: the file is open, and closed once; what is not null is from `Box::into_raw`.
    unsafe {
        let watched = (*file.cast::<File>()).watched;
        if !watched.is_null() {
            drop(Box::from_raw(watched));
        }
    }
    code
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open.
    if unsafe { watched(file) }.is_some_and(WatchedFile::read_fails) {
        return ffi::SQLITE_IOERR_READ;
    }
    hand_on!(file, xRead, into, amount, at)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open.
    let Some(watched) = (unsafe { watched(file) }) else { return hand_on!(file, xWrite, from, amount, at) };
    // SAFETY: SQLite gives `amount` bytes, which is not negative.
    let bytes = unsafe { slice::from_raw_parts(from.cast::<u8>(), usize::try_from(amount).unwrap()) };
    watched.write(at.unsigned_abs(), bytes, |amount| {
        let amount = c_int::try_from(amount).unwrap();
        hand_on!(file, xWrite, from, amount, at)
    })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, to: ffi::sqlite3_int64) -> c_int {
    let truncate = || hand_on!(file, xTruncate, to);
    // SAFETY: the file is open.
    match unsafe { watched(file) } {
        Some(watched) => watched.resize(to.unsigned_abs(), truncate),
        None => truncate(),
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let sync = || folder_sync::of(|| hand_on!(file, xSync, flags));
    // SAFETY: the file is open.
    match unsafe { watched(file) } {
        Some(watched) => watched.sync(sync),
        None => sync().0,
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    hand_on!(file, xFileSize, size)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    hand_on!(file, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    hand_on!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, locked: *mut c_int) -> c_int {
    hand_on!(file, xCheckReservedLock, locked)
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the file is open.
    let unsynced = unsafe { watched(file) }.is_some_and(|watched| watched.folder().is_unsynced());
    // SAFETY: the argument of this operation is what `asks_to_sync` wants.
    if unsynced && operation == ffi::SQLITE_FCNTL_PRAGMA && unsafe { asks_to_sync(argument.cast()) } {
        // Done, says this, and nothing is.
        return ffi::SQLITE_OK;
    }
    hand_on!(file, xFileControl, operation, argument)
}

/// Whether a pragma turns syncing on.
///
/// # Safety
/// The second string is the pragma's name and the third null or its value.
unsafe fn asks_to_sync(strings: *const *const c_char) -> bool {
    // SAFETY: by this function's contract.
    let (name, value) = unsafe { (*strings.add(1), *strings.add(2)) };
    if value.is_null() {
        return false;
    }
    // SAFETY: by this function's contract.
    let (name, value) = unsafe { (CStr::from_ptr(name), CStr::from_ptr(value)) };
    name.to_bytes().eq_ignore_ascii_case(b"synchronous") && !value.to_bytes().eq_ignore_ascii_case(b"off")
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    hand_on!(file, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    hand_on!(file, xDeviceCharacteristics)
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    // SAFETY: the file is open.
    if let Some(watched) = unsafe { watched(file) }
        && extend != 0
        && !watched.has_room_for_index(region + 1, size.unsigned_abs().into())
    {
        // What SQLite's own answers if the index cannot grow.
        return ffi::SQLITE_IOERR_SHMSIZE;
    }
    hand_on!(file, xShmMap, region, size, extend, mapped)
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    hand_on!(file, xShmLock, offset, count, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    hand_on!(file, xShmBarrier);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: the file is open.
    if let Some(watched) = unsafe { watched(file) }
        && delete != 0
    {
        watched.index_is_gone();
    }
    hand_on!(file, xShmUnmap, delete)
}
