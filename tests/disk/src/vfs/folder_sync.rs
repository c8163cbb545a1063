//! Noticing that SQLite syncs a folder. It does so within the sync or the deletion of a file, where no VFS sees it; but
//! it opens the folder for nothing else.

use std::cell::Cell;
use std::ffi::{c_char, c_int};
use std::mem::transmute;
use std::sync::OnceLock;

use rusqlite::ffi;

type OpenDirectory = unsafe extern "C" fn(*const c_char, *mut c_int) -> c_int;

static OPEN_DIRECTORY: OnceLock<OpenDirectory> = OnceLock::new();

thread_local! {
    static OPENED: Cell<bool> = const { Cell::new(false) };
}

/// Lets `unix` open folders by way of this module.
pub(super) fn notice(unix: *mut ffi::sqlite3_vfs) {
    let name = c"openDirectory".as_ptr();
    // SAFETY: `unix` is SQLite's own VFS, which has these methods; the function of that name has the type
    // `OpenDirectory` (sqlite3.c, `aSyscall`), which is transmuted to SQLite's type for all of them and back.
    let code = unsafe {
        let original = ((*unix).xGetSystemCall.expect("version 3"))(unix, name).expect("it is there");
        OPEN_DIRECTORY.get_or_init(|| transmute::<unsafe extern "C" fn(), OpenDirectory>(original));
        let ours = transmute::<OpenDirectory, unsafe extern "C" fn()>(open_directory);
        ((*unix).xSetSystemCall.expect("version 3"))(unix, name, Some(ours))
    };
    assert_eq!(code, ffi::SQLITE_OK);
}

unsafe extern "C" fn open_directory(path: *const c_char, descriptor: *mut c_int) -> c_int {
    OPENED.set(true);
    let original = OPEN_DIRECTORY.get().expect("it was replaced");
    // SAFETY: the original, with what it was to be given.
    unsafe { original(path, descriptor) }
}

/// What `act` answers, and whether it synced a folder.
pub(super) fn of(act: impl FnOnce() -> c_int) -> (c_int, bool) {
    OPENED.set(false);
    let code = act();
    (code, OPENED.get() && code == ffi::SQLITE_OK)
}
