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

use chinwag_store::postgres::{Options, PostgresStore};
use suite::Subject;
use xtask::Postgres;

suite::all_tests!(fresh_store);

/// For the suite: an empty database.
async fn fresh_store() -> ((), Subject) {
    let url = Postgres::shared().new_database().unwrap();
    let subject = Subject::new(PostgresStore::open(&Options::new(url.parse().unwrap())).await.unwrap());
    let subject = subject.indexed(move |room| {
        let sql = format!("SELECT below FROM chinwag.search_room WHERE room = '{}'", room.0);
        Postgres::shared().query_at(&url, &sql).unwrap().parse().unwrap_or(0)
    });
    ((), subject)
}
