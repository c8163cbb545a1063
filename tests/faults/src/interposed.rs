//! The functions of the C library, each with the name and the type that it has there.
#![allow(unsafe_code, reason = "the C library's functions are replaced by name, and called by pointer")]

use std::ffi::{CStr, c_int, c_void};
use std::path::PathBuf;

use libc::{off64_t, size_t, ssize_t};

use crate::orders::{self, Part};

/// What a file descriptor is of.
enum Of {
    Part(Part),
    Folder(PathBuf),
    Other,
}

fn of(descriptor: c_int) -> Of {
    let Ok(path) = std::fs::read_link(format!("/proc/self/fd/{descriptor}")) else { return Of::Other };
    match Part::of(&path) {
        Some(part) => Of::Part(part),
        None if path.is_dir() => Of::Folder(path),
        None => Of::Other,
    }
}

fn part(descriptor: c_int) -> Option<Part> {
    match of(descriptor) {
        Of::Part(part) => Some(part),
        Of::Folder(_) | Of::Other => None,
    }
}

/// Says why a call fails.
fn fail(reason: c_int) -> c_int {
    // SAFETY: the place of this thread's `errno`.
    unsafe { *libc::__errno_location() = reason };
    -1
}

/// The C library's own function of this name.
macro_rules! original {
    ($name:literal, $type:ty) => {{
        let name: &CStr = $name;
        // SAFETY: the next function of that name behind this library is the C library's, which has this type.
        unsafe {
            let found = libc::dlsym(libc::RTLD_NEXT, name.as_ptr());
            assert!(!found.is_null(), "the C library has {name:?}");
            std::mem::transmute::<*mut c_void, $type>(found)
        }
    }};
}

type Sync = unsafe extern "C" fn(c_int) -> c_int;
type Read = unsafe extern "C" fn(c_int, *mut c_void, size_t, off64_t) -> ssize_t;
type Write = unsafe extern "C" fn(c_int, *const c_void, size_t, off64_t) -> ssize_t;

fn sync(descriptor: c_int, original: Sync) -> c_int {
    let of = of(descriptor);
    if let Of::Part(part) = of
        && orders::fails_sync(part)
    {
        orders::trace(part, "sync failed");
        return fail(libc::EIO);
    }
    // SAFETY: the original, with what it was to be given.
    let done = unsafe { original(descriptor) };
    match of {
        Of::Part(part) if done == 0 => {
            orders::trace(part, "sync");
            if orders::dies_after_sync(part) {
                // SAFETY: these have no conditions.
                unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
            }
        }
        Of::Folder(path) if done == 0 => orders::trace_folder(&path),
        _ => {}
    }
    done
}

/// Writes a file's data and what describes it to the disk.
#[unsafe(no_mangle)]
extern "C" fn fsync(descriptor: c_int) -> c_int {
    sync(descriptor, original!(c"fsync", Sync))
}

/// Writes a file's data to the disk.
#[unsafe(no_mangle)]
extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    sync(descriptor, original!(c"fdatasync", Sync))
}

/// Reads from a place in a file.
///
/// # Safety
/// There is room for `amount` bytes at `into`.
#[unsafe(no_mangle)]
unsafe extern "C" fn pread64(descriptor: c_int, into: *mut c_void, amount: size_t, at: off64_t) -> ssize_t {
    if part(descriptor).is_some() && orders::refuses_reads() {
        return fail(libc::EIO) as ssize_t;
    }
    let original = original!(c"pread64", Read);
    // SAFETY: the original, with what it was to be given.
    unsafe { original(descriptor, into, amount, at) }
}

/// Writes to a place in a file.
///
/// # Safety
/// There are `amount` bytes at `from`.
#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(
    descriptor: c_int,
    from: *const c_void,
    amount: size_t,
    at: off64_t,
) -> ssize_t {
    if let Some(part) = part(descriptor) {
        if orders::refuses_writes() {
            return fail(libc::ENOSPC) as ssize_t;
        }
        orders::trace(part, &format!("write {at} {amount}"));
    }
    let original = original!(c"pwrite64", Write);
    // SAFETY: the original, with what it was to be given.
    unsafe { original(descriptor, from, amount, at) }
}
