//! Writing what is left of a log once more.
//!
//! Where a sync fails the system does not try again: what was to be synced stays in its memory as if it were on the disk,
//! every read finds it there, and no later sync writes it. Whoever opens the folder next cannot tell. They would answer
//! by it, and copy it into the database, and lose both when the power is cut. What is written again is synced in earnest.
//! After an orderly end nothing is left.
//!
//! How much of the log was copied into the database is in its index (`-shm`), which SQLite makes anew for the first who
//! opens the database. If another program, like a backup, has kept it open since, the index still counts as copied what a
//! failed sync of the database has lost. So nothing is begun before they have closed it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;

use super::migrate::MigrateError;
use super::open::{INDEX, LOG};

/// How much at once.
const PART: usize = 1024 * 1024;
/// How long others may go on reading: a backup takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at them.
const LOOK: Duration = Duration::from_millis(100);

/// Writes the log of a folder again in its place and syncs it, if there is one. To be called with the folder's lock, and
/// before this process opens the database.
pub(super) fn write(folder: &Path) -> Result<(), MigrateError> {
    let log = match File::options().read(true).write(true).open(folder.join(LOG)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(MigrateError::Log)?,
    };
    if log.metadata().map_err(MigrateError::Log)?.len() == 0 {
        return Ok(());
    }
    wait_for_others(folder, PATIENCE)?;
    again(&log).map_err(MigrateError::Log)
}

fn again(log: &File) -> io::Result<()> {
    let mut part = vec![0; PART];
    let mut at = 0;
    loop {
        let read = log.read_at(&mut part, at)?;
        let Some(bytes) = part.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        log.write_all_at(bytes, at)?;
        at += bytes.len() as u64;
    }
    log.sync_all()
}

/// Waits until nobody else has the database open. Whoever has holds a lock on its index.
fn wait_for_others(folder: &Path, patience: Duration) -> Result<(), MigrateError> {
    let begun = Instant::now();
    let index = match File::options().read(true).write(true).open(folder.join(INDEX)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(MigrateError::Log)?,
    };
    loop {
        match fcntl_lock(&index, FlockOperation::NonBlockingLockExclusive) {
            // Given up when the file is closed.
            Ok(()) => return Ok(()),
            Err(Errno::AGAIN | Errno::ACCESS) if begun.elapsed() < patience => {
                if begun.elapsed() < LOOK {
                    tracing::warn!(
                        "the last server ended badly, and another program has its database open: waiting for that"
                    );
                }
                std::thread::park_timeout(LOOK);
            }
            Err(Errno::AGAIN | Errno::ACCESS) => return Err(MigrateError::Held),
            Err(error) => return Err(MigrateError::Log(error.into())),
        }
    }
}
