//! What all clients share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::settings::Settings;

/// How long a client waits for anything before it is a fault.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How many faults are kept; the first ones tell most.
const KEPT: usize = 20;

/// Why a client does not go on.
#[derive(Debug)]
pub(crate) enum End {
    /// The connection is no more.
    Gone(String),
    /// The server has done what it must not.
    Fault(String),
}

pub(crate) fn fault<T>(what: impl Into<String>) -> Result<T, End> {
    Err(End::Fault(what.into()))
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        // Without a descriptor or a port the test tests nothing.
        match error.kind() {
            std::io::ErrorKind::AddrNotAvailable => Self::Fault(format!("no ports are left: {error}")),
            _ if error.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error()) => {
                Self::Fault(format!("no descriptors are left: {error}"))
            }
            _ => Self::Gone(error.to_string()),
        }
    }
}

/// Waits for something that must come.
pub(crate) async fn within<T>(
    what: &str,
    patience: Duration,
    future: impl Future<Output = Result<T, End>>,
) -> Result<T, End> {
    match tokio::time::timeout(patience, future).await {
        Ok(outcome) => outcome,
        Err(_) => fault(format!("{what}: not within {} s", patience.as_secs())),
    }
}

pub(crate) struct Storm {
    pub(crate) address: SocketAddr,
    pub(crate) settings: Settings,
    over: AtomicBool,
    lives: AtomicU64,
    happened: Mutex<BTreeMap<&'static str, u64>>,
    /// How long the slowest acknowledgement took, in milliseconds.
    slowest: AtomicU64,
    faults: Mutex<Vec<String>>,
}

impl Storm {
    pub(crate) fn new(address: SocketAddr, settings: Settings) -> Self {
        Self {
            address,
            settings,
            over: AtomicBool::new(false),
            lives: AtomicU64::new(0),
            happened: Mutex::default(),
            slowest: AtomicU64::new(0),
            faults: Mutex::default(),
        }
    }

    /// Whether everybody is to go.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// A number that nobody has had.
    pub(crate) fn life(&self) -> u64 {
        self.lives.fetch_add(1, Ordering::Relaxed)
    }

    /// Something happened.
    pub(crate) fn count(&self, what: &'static str) {
        *self.happened.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// An acknowledgement took so long.
    pub(crate) fn answered(&self, time: Duration) {
        self.slowest.fetch_max(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// How long the slowest acknowledgement since the last call took, in milliseconds.
    pub(crate) fn slowest(&self) -> u64 {
        self.slowest.swap(0, Ordering::Relaxed)
    }

    pub(crate) fn happened(&self) -> BTreeMap<&'static str, u64> {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something happened that must not. Everybody goes then.
    pub(crate) fn failed(&self, fault: String) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() < KEPT {
            faults.push(fault);
        }
        self.end();
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
