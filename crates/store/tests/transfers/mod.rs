//! Data folders to be transferred, and what must be the same afterwards.

pub mod filled;
pub mod observed;
pub mod raw;
mod refused;

use std::path::Path;

use chinwag_store::Progress;
use chinwag_store::postgres::{Options, PostgresStore};
use chinwag_store::sqlite::{self, SqliteStore};
use chinwag_store::transfer::{Chunks, TransferError, Transferred, transfer_in};
use tempfile::TempDir;
use xtask::Postgres;

use self::filled::Filled;
use self::observed::observe;
use crate::suite::Subject;

/// So small that there are many.
pub const SMALL: Chunks = Chunks { rows: 5, bytes: 4_096 };

/// An empty database.
pub fn database() -> (String, Options) {
    let url = Postgres::shared().new_database().unwrap();
    let options = Options::new(url.parse().unwrap());
    (url, options)
}

pub fn open_sqlite(folder: &Path) -> Subject {
    Subject::new(SqliteStore::open(folder, &sqlite::Options::default()).unwrap())
}

pub async fn open_postgres(options: &Options) -> Subject {
    Subject::new(PostgresStore::open(options).await.unwrap())
}

/// Transfers on a thread that may wait.
pub async fn run(
    folder: &Path,
    options: &Options,
    progress: &Progress,
) -> Result<Transferred, TransferError> {
    let (folder, options, progress) = (folder.to_owned(), options.clone(), progress.clone());
    let done = tokio::task::spawn_blocking(move || transfer_in(&folder, &options, SMALL, &progress));
    done.await.unwrap()
}

/// Transfers everything.
pub async fn run_to_the_end(folder: &Path, options: &Options) -> Transferred {
    run(folder, options, &Progress::default()).await.unwrap()
}

/// What SQL answers in the database.
pub fn query(url: &str, sql: &str) -> String {
    Postgres::shared().query_at(url, &format!("SET search_path = chinwag; {sql}")).unwrap()
}

/// A data folder with everything, which nobody has open, and what was seen in it.
pub async fn full() -> (TempDir, Filled, String) {
    let folder = TempDir::new().unwrap();
    let subject = open_sqlite(folder.path());
    let filled = filled::fill(&subject).await;
    let seen = observe(&subject, &filled).await;
    subject.store.close().await;
    (folder, filled, seen)
}

/// What both have, line by line, so that a difference can be read.
#[track_caller]
pub fn assert_same(seen: &str, expected: &str) {
    for (seen, expected) in seen.lines().zip(expected.lines()) {
        assert_eq!(seen, expected);
    }
    assert_eq!(seen.lines().count(), expected.lines().count());
}

/// Begins a transfer that is stopped before its first row.
pub async fn begun(folder: &TempDir, options: &Options) {
    let progress = Progress::default();
    progress.stop();
    let stopped = run(folder.path(), options, &progress).await;
    assert!(matches!(stopped, Err(TransferError::Stopped)), "{stopped:?}");
}

/// Transfers some of it.
pub async fn half_done(folder: &TempDir, url: &str, options: &Options) {
    begun(folder, options).await;
    query(url, "ALTER TABLE message ADD CONSTRAINT early CHECK (seq < 13)");
    run(folder.path(), options, &Progress::default()).await.unwrap_err();
    query(url, "ALTER TABLE message DROP CONSTRAINT early");
    assert_ne!(query(url, "SELECT count(*) FROM message"), "0");
}

/// A store that was transferred while there was nothing in it yet.
pub async fn transferred() -> (TempDir, Subject) {
    let folder = TempDir::new().unwrap();
    open_sqlite(folder.path()).store.close().await;
    let (url, options) = database();
    run_to_the_end(folder.path(), &options).await;
    let subject = open_postgres(&options).await;
    let subject =
        subject.with_sql(move |room, sql| query(&url, &sql.replace("ROOM", &format!("'{}'", room.0))));
    (folder, subject)
}
