//! Ports that tests may listen on again after a restart.
//!
//! A port that the kernel picks may be given to somebody else while the server that had it is down, and a client that
//! keeps knocking at it may even be connected to itself. So tests take ports below the kernel's range, each claimed by
//! a lock file with the claimant's process id; the Node tests keep to the same files.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// A port of 127.0.0.1 that no other test uses while this lives.
#[derive(Debug)]
pub struct Port {
    number: u16,
    claim: PathBuf,
}

impl Port {
    /// Claims a free port.
    ///
    /// # Errors
    /// The claim cannot be written, or no port is free.
    pub fn claim() -> io::Result<Self> {
        let folder = folder();
        fs::create_dir_all(&folder)?;
        clear_away_stale(&folder)?;
        // Anywhere, so that those who claim at the same time do not all try the same.
        let start = RandomState::new().hash_one(std::process::id()) % u64::from(COUNT);
        for step in 0..u64::from(COUNT) {
            let Ok(offset) = u16::try_from((start + step) % u64::from(COUNT)) else { continue };
            let number = FIRST + offset;
            let claim = folder.join(number.to_string());
            match File::options().write(true).create_new(true).open(&claim) {
                Ok(mut file) => {
                    write!(file, "{}", std::process::id())?;
                    let port = Self { number, claim };
                    // Somebody outside these tests may listen there.
                    if TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                        return Ok(port);
                    }
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(
            ErrorKind::AddrInUse,
            format!("no port from {FIRST} is free; claims are in {}", folder.display()),
        ))
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // A claim that stays is cleared away by a later run.
        let _ = fs::remove_file(&self.claim);
    }
}

fn folder() -> PathBuf {
    PathBuf::from("/tmp").join("chinwag-test-ports")
}

/// Removes the claims of processes that have ended. The lock keeps two cleaners apart, so that neither removes a claim
/// that was made anew after the other had removed the stale one.
fn clear_away_stale(folder: &Path) -> io::Result<()> {
    let lock = File::options().create(true).append(true).open(folder.join("lock"))?;
    lock.lock()?;
    for entry in fs::read_dir(folder)?.flatten() {
        // An empty file is a claim that is being written.
        let claimant = fs::read_to_string(entry.path()).ok().and_then(|text| text.parse::<u32>().ok());
        if claimant.is_some_and(|id| !PathBuf::from(format!("/proc/{id}")).exists()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}
