//! How PostgreSQL carries out what the store asks of it, in an installation with a million messages: by an index, in
//! steps whose size follows from what is asked for and not from how much there is.
//!
//! The statements are those that the store runs: PostgreSQL explains each in its log (`auto_explain`), with how many rows
//! it went through. A statement that is prepared is planned for its values the first five times, and then perhaps once for
//! all values; which of both it is depends on estimates. So everything is done twice, held to the one and to the other
//! (for commands the store itself has decided that it is one for all).
#![allow(unreachable_pub, reason = "the modules are those of one test file")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may fail loudly"
)]

mod large;

use std::time::{Duration, Instant};

use chinwag_store::Streams;
use chinwag_store::postgres::{Options, PostgresStore};
use large::Held;
use xtask::Postgres;

/// How long PostgreSQL may take to count.
const LIMIT: Duration = Duration::from_secs(20);

/// Nothing of it has to outlive the test, and nobody is to clean up while it looks.
const SETTINGS: [(&str, &str); 8] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "8GB"),
    ("autovacuum", "off"),
    ("log_line_prefix", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_for_is_found_by_an_index_among_a_million_messages() {
    let postgres = Postgres::start_with(&SETTINGS).unwrap();
    let begun = Instant::now();
    let filled = large::fill::fill(&postgres, &postgres.url(), 1_000_000).await;
    eprintln!("filling took {:.1} s", begun.elapsed().as_secs_f64());
    let mut report = String::new();
    for (pass, cache) in ["force_custom_plan", "force_generic_plan"].into_iter().enumerate() {
        large::plans::explain(&postgres, cache);
        let store = PostgresStore::open(&Options::new(postgres.url().parse().unwrap())).await.unwrap();
        let mut held = Held::new(&postgres, store, &filled, cache == "force_generic_plan");
        large::questions::ask_everything(&mut held).await;
        large::acts::do_everything(&mut held, pass).await;
        large::jobs::do_everything(&mut held).await;
        held.store.close().await;
        let (seen, faults) = held.finish();
        for fault in faults {
            report += &format!("\nwith {cache}, {fault}");
        }
        assert!(seen.len() > 100, "only {} statements were seen", seen.len());
    }
    assert!(report.is_empty(), "{report}");
    eprintln!("all of it took {:.1} s", begun.elapsed().as_secs_f64());
}

/// Rows that are changed in place stay on their page, and no index is touched: there is room for that, and nothing of what
/// changes is indexed. A tenth may find its page full; that makes room for the next ones.
///
/// Sessions are not among them: when one ends moves with its use, and those that are over are found by that.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_place_stays_on_its_page() {
    let postgres = Postgres::start_with(&SETTINGS).unwrap();
    let filled = large::fill::fill(&postgres, &postgres.url(), 10_000).await;
    postgres.query("SELECT pg_stat_reset()").unwrap();
    let store = PostgresStore::open(&Options::new(postgres.url().parse().unwrap())).await.unwrap();
    large::acts::change_in_place(&store, &filled).await;
    // What a connection has counted is known once it has ended.
    store.close().await;
    drop(store);
    let mut changed = Vec::new();
    for (table, least) in [("stream", 700), ("message", 300), ("room", 150), ("user", 200)] {
        let (hot, all) = updates(&postgres, table, least).await;
        changed.push(format!("{hot} of {all} in {table}"));
        assert!(hot * 10 >= all * 9, "{hot} of {all} updates of {table} stayed on their page");
    }
    eprintln!("stayed on their page: {}", changed.join(", "));
}

/// How many updates of a table stayed on their page, and how many there were, of which it is known how many at least.
async fn updates(postgres: &Postgres, table: &str, least: u64) -> (u64, u64) {
    let sql = format!("SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname = '{table}'");
    let begun = Instant::now();
    loop {
        let counted = postgres.query(&sql).unwrap();
        let (hot, all) = counted.split_once('|').unwrap();
        let (hot, all): (u64, u64) = (hot.parse().unwrap(), all.parse().unwrap());
        if all >= least {
            return (hot, all);
        }
        assert!(begun.elapsed() < LIMIT, "only {all} updates of {table} were counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
