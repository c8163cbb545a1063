//! Writing what is left of a log once more.
//!
//! Where a sync fails the system does not try again: what was to be synced stays in its memory as if it were on the disk,
//! every read finds it there, and no later sync writes it. Whoever opens the folder next cannot tell. They would answer
//! by it, and copy it into the database, and lose both when the power is cut. What is written again is synced in earnest.
//! After an orderly end nothing is left.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How much at once.
const PART: usize = 1024 * 1024;

/// Writes a log again in its place and syncs it, if it is there. Nobody else may have it open.
pub(super) fn write(log: &Path) -> io::Result<()> {
    let file = match File::options().read(true).write(true).open(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut part = vec![0; PART];
    let mut at = 0;
    loop {
        let read = file.read_at(&mut part, at)?;
        let Some(bytes) = part.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        file.write_all_at(bytes, at)?;
        at += bytes.len() as u64;
    }
    file.sync_all()
}
