//! Which back end keeps everything; opening it, and saying well why that cannot be.

use std::path::Path;
use std::sync::Arc;

use chinwag_store::Store;
use chinwag_store::postgres::{self, PostgresStore};
use chinwag_store::sqlite::{OpenError, Options, SqliteStore};

use crate::config::Config;
use crate::failure::Failure;

/// With less room than this on its disk a database cannot be opened (its log and its index need it), and how that comes
/// out differs: as a full disk, as an I/O error, as a folder that cannot be used.
const ROOM_BYTES: u64 = 256 * 1_024;

/// An opened store.
pub(crate) enum Opened {
    /// In a data folder of this machine.
    Folder(Arc<SqliteStore>),
    /// In a PostgreSQL database.
    Database(Arc<PostgresStore>),
}

impl Opened {
    /// For the application.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Folder(store) => Arc::clone(store) as _,
            Self::Database(store) => Arc::clone(store) as _,
        }
    }

    /// Looks up how many transactions were committed, as long as there is a store.
    pub(crate) fn commits(&self) -> Box<dyn Fn() -> Option<u64> + Send + Sync> {
        match self {
            Self::Folder(store) => {
                let store = Arc::downgrade(store);
                Box::new(move || store.upgrade().map(|store| store.commits()))
            }
            Self::Database(store) => {
                let store = Arc::downgrade(store);
                Box::new(move || store.upgrade().map(|store| store.commits()))
            }
        }
    }
}

/// Opens the store that is configured.
///
/// # Errors
/// It cannot be opened, or another process has it.
pub(crate) async fn open_configured(config: &Config) -> Result<Opened, Failure> {
    match config.postgres() {
        Some(options) => open_database(&options).await.map(Opened::Database),
        None => open(&config.data, config.store_readers).map(Opened::Folder),
    }
}

/// Opens the store in a database.
///
/// # Errors
/// It cannot be opened.
pub(crate) async fn open_database(options: &postgres::Options) -> Result<Arc<PostgresStore>, Failure> {
    PostgresStore::open(options).await.map_err(Failure::new)
}

/// Opens the store in a data folder. `None` if another process has it.
///
/// # Errors
/// It cannot be opened.
pub(crate) fn open_unless_in_use(data: &Path, readers: usize) -> Result<Option<Arc<SqliteStore>>, Failure> {
    match SqliteStore::open(data, &Options { readers, ..Options::default() }) {
        Ok(store) => Ok(Some(store)),
        Err(OpenError::InUse(_)) => Ok(None),
        Err(error) => Err(explain(data, error)),
    }
}

/// Opens the store in a data folder.
///
/// # Errors
/// It cannot be opened, or another process has it.
pub(crate) fn open(data: &Path, readers: usize) -> Result<Arc<SqliteStore>, Failure> {
    let in_use = || Failure::new(OpenError::InUse(data.to_owned()));
    open_unless_in_use(data, readers)?.ok_or_else(in_use)
}

/// Why the store in a data folder cannot be opened.
pub(crate) fn explain(data: &Path, error: OpenError) -> Failure {
    match error {
        OpenError::Folder { .. } | OpenError::Database { .. } if is_full(data) => Failure::Run(format!(
            "The disk with the data folder {} is full; make room and start again.",
            data.display()
        )),
        error => Failure::new(error),
    }
}

fn is_full(data: &Path) -> bool {
    // The folder itself may be what there was no room for.
    let there = data.ancestors().find(|folder| folder.exists());
    let there = there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Some file systems, like /proc, have no blocks at all, which is not the same as none left.
    rustix::fs::statvfs(there).is_ok_and(|disk| {
        disk.f_blocks > 0 && disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_BYTES
            || disk.f_files > 0 && disk.f_favail == 0
    })
}
