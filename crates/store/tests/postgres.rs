//! The PostgreSQL back end: the suite of all back ends, and what is its own.
#![allow(unreachable_pub, reason = "the suite is shared by the test files of all back ends")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod own_server;
mod suite;

use std::sync::Arc;

use chinwag_store::postgres::{Options, PostgresStore};
use suite::Subject;
use xtask::Postgres;

/// The options for an empty database.
fn options() -> Options {
    Options::new(Postgres::shared().new_database().unwrap().parse().unwrap())
}

/// A node on a database.
async fn open(options: &Options) -> Arc<PostgresStore> {
    PostgresStore::open(options).await.unwrap()
}

suite::all_tests!(fresh_store);

/// For the suite.
async fn fresh_store() -> ((), Subject) {
    ((), Subject::new(open(&options()).await))
}
