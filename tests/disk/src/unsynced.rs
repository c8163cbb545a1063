//! Connections on which `synchronous` stays off, to show that tests see what that loses.
#![allow(unsafe_code, reason = "SQLite calls a C function for each new connection")]

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::Once;

use rusqlite::ffi;

use crate::watched;

static REGISTERED: Once = Once::new();

/// Looks at every connection that is opened from now on.
pub(crate) fn register() {
    REGISTERED.call_once(|| {
        // SAFETY: the function has the type that SQLite wants and lives as long as the process.
        let code = unsafe { ffi::sqlite3_auto_extension(Some(opened)) };
        assert_eq!(code, ffi::SQLITE_OK);
    });
}

unsafe extern "C" fn opened(
    connection: *mut ffi::sqlite3,
    _: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: the connection is open; what it answers is null or a C string that lives as long as it.
    let name = unsafe {
        let name = ffi::sqlite3_db_filename(connection, c"main".as_ptr());
        if name.is_null() {
            return ffi::SQLITE_OK;
        }
        CStr::from_ptr(name)
    };
    let folder = watched::find(Path::new(OsStr::from_bytes(name.to_bytes())));
    if !folder.is_some_and(|folder| folder.is_unsynced()) {
        return ffi::SQLITE_OK;
    }
    let pragma = c"PRAGMA synchronous=OFF".as_ptr();
    // SAFETY: the connection is open; nothing is asked for each row.
    unsafe { ffi::sqlite3_exec(connection, pragma, None, ptr::null_mut(), ptr::null_mut()) }
}
