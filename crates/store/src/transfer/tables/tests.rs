use std::collections::BTreeSet;

use rusqlite::Connection;
use tempfile::TempDir;
use xtask::Postgres;

use super::*;
use crate::Streams;
use crate::postgres::{Options, Target};
use crate::sqlite::SqliteStore;

/// Tables that are copied in another way, or not at all: `meta` is written in the end, nonces have other tables, and there
/// is no registry of nodes and no news of sessions where there were no other nodes.
const OTHERS: &[&str] = &["meta", "nonce_log", "nonce_sealed", "nonce_segment", "node", "session_news"];

fn is_copied_so(column: &(String, String)) -> bool {
    !OTHERS.contains(&column.0.as_str())
}

/// What is copied, as table and column.
fn copied(column_name: impl Fn(&Column) -> Vec<&str>) -> BTreeSet<(String, String)> {
    let columns = TABLES.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    let names = columns.flat_map(|(table, column)| {
        column_name(column)
            .into_iter()
            .map(|name| (table.name.to_owned(), name.to_owned()))
            .collect::<Vec<_>>()
    });
    names.collect()
}

#[tokio::test]
async fn every_column_in_sqlite_is_copied() {
    let folder = TempDir::new().unwrap();
    SqliteStore::open(folder.path(), &crate::sqlite::Options::default()).unwrap().close().await;
    let database = Connection::open(folder.path().join("chinwag.db")).unwrap();
    let mut columns = database
        .prepare(
            "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'",
        )
        .unwrap();
    let columns = columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap);
    let columns: BTreeSet<(String, String)> = columns.filter(is_copied_so).collect();
    let mut copied = copied(|column| match column.from {
        Some(_) => vec!["target"],
        None => vec![column.name],
    });
    copied.retain(|(table, _)| table != NONCES);
    assert_eq!(columns, copied);
}

#[tokio::test]
async fn every_column_in_postgresql_is_written() {
    let options = Options::new(Postgres::shared().new_database().unwrap().parse().unwrap());
    let mut target = Target::connect(&options).await.unwrap();
    target.prepare().await.unwrap();
    let found = target
        .first(
            "SELECT array_agg(table_name || ' ' || column_name) FROM information_schema.columns
             WHERE table_schema = 'chinwag'",
        )
        .await
        .unwrap();
    let found: Vec<String> = found.unwrap().get(0);
    let columns = found.iter().map(|name| name.split_once(' ').unwrap());
    let columns = columns.map(|(table, column)| (table.to_owned(), column.to_owned()));
    let columns: BTreeSet<(String, String)> = columns.filter(is_copied_so).collect();
    assert_eq!(columns, copied(|column| vec![column.name]));
}
