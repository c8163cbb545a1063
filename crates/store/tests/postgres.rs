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
use std::time::Duration;

use chinwag_model::Millis;
use chinwag_store::NewJob;
use chinwag_store::postgres::{Options, PostgresStore};
use suite::Subject;
use suite::jobs::{job, kind};
use tokio_postgres::NoTls;
use xtask::Postgres;

fn options_at(url: &str) -> Options {
    Options::new(url.parse().unwrap())
}

/// A node on a database.
async fn open(options: &Options) -> Arc<PostgresStore> {
    PostgresStore::open(options).await.unwrap()
}

suite::all_tests!(fresh_store);

/// For the suite: an empty database.
async fn fresh_store() -> ((), Subject) {
    let url = Postgres::shared().new_database().unwrap();
    let subject = Subject::new(open(&options_at(&url)).await);
    let subject = subject.with_sql(move |room, sql| {
        let sql = sql.replace("ROOM", &format!("'{}'", room.0));
        Postgres::shared().query_at(&url, &format!("SET search_path = chinwag; {sql}")).unwrap()
    });
    ((), subject)
}

#[tokio::test]
async fn a_job_that_somebody_is_about_to_take_is_passed_over() {
    let url = Postgres::shared().new_database().unwrap();
    let nodes = [open(&options_at(&url)).await, open(&options_at(&url)).await].map(|node| Subject::new(node));
    let mut asked = Vec::new();
    for at in 1..=3 {
        let new = NewJob { not_before: Some(Millis(at)), ..job("work") };
        asked.push(new.id);
        nodes[0].store.ask_for(new).await.unwrap();
    }
    let (other, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let lock = "BEGIN; SELECT 1 FROM chinwag.job WHERE due_at = 1 FOR UPDATE";
    other.batch_execute(lock).await.unwrap();
    for (node, expected) in nodes.iter().zip(&asked[1..]) {
        // Waiting for the lock would end in an error, and not in another job.
        let leased = node.store.lease_jobs(&[kind("work")], 1, Duration::from_secs(60)).await.unwrap();
        assert_eq!(leased[0].job.id, *expected);
    }
    other.batch_execute("COMMIT").await.unwrap();
    let leased = nodes[1].store.lease_jobs(&[kind("work")], 9, Duration::from_secs(60)).await.unwrap();
    assert_eq!(leased.iter().map(|leased| leased.job.id).collect::<Vec<_>>(), asked[..1]);
    let refused = nodes[0].store.finish_job(asked[0], chinwag_store::Lease(uuid::Uuid::new_v4())).await;
    assert_eq!(suite::refused(refused), chinwag_model::Refusal::LeaseLost);
    nodes[0].store.finish_job(asked[0], leased[0].lease).await.unwrap();
}
