//! What is made of a database when it is opened.

use std::sync::Arc;

use chinwag_store::Streams;
use chinwag_store::postgres::{OpenError, Options, PostgresStore};
use xtask::Postgres;

use super::{at, node, options};
use crate::suite::Subject;

#[tokio::test]
async fn what_is_no_database_of_ours_is_left_alone() {
    let server = Postgres::start().unwrap();
    server
        .query_at(&server.url(), "CREATE SCHEMA theirs; CREATE TABLE theirs.meta (key text, value text)")
        .unwrap();
    let theirs = Options { schema: "theirs".parse().unwrap(), ..options(&server.url()) };
    let opened = PostgresStore::open(&theirs).await;
    assert!(matches!(opened, Err(OpenError::Foreign { .. })), "{:?}", opened.err());
    assert_eq!(server.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'theirs'").unwrap(), "1");

    let ours = options(&server.url());
    PostgresStore::open(&ours).await.unwrap().close().await;
    server.query("UPDATE chinwag.meta SET value = '999' WHERE key IN ('format', 'oldest')").unwrap();
    let opened = PostgresStore::open(&ours).await;
    assert!(matches!(opened, Err(OpenError::Newer { found: 999, .. })), "{:?}", opened.err());
    // A newer version says how old one may be that works beside it while it is rolled out.
    server.query("UPDATE chinwag.meta SET value = '1' WHERE key = 'oldest'").unwrap();
    PostgresStore::open(&ours).await.unwrap().close().await;

    let latin = "CREATE DATABASE latin OWNER chinwag ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    server.query_at(&at(&server, "postgres"), latin).unwrap();
    let opened = PostgresStore::open(&options(&at(&server, "latin"))).await;
    assert!(matches!(opened, Err(OpenError::Encoding { .. })), "{:?}", opened.err());
}

#[tokio::test]
async fn nodes_that_start_together_make_one_database() {
    let server = Postgres::start().unwrap();
    let options = options(&server.url());
    let opened = futures_util::future::join_all((0..6).map(|_| PostgresStore::open(&options))).await;
    let stores: Vec<Arc<PostgresStore>> = opened.into_iter().map(|opened| opened.unwrap()).collect();
    for store in &stores {
        assert_eq!((store.epoch(), store.workspace()), (stores[0].epoch(), stores[0].workspace()));
    }
    assert_eq!(server.query("SELECT count(*) FROM chinwag.room").unwrap(), "1");
}

#[tokio::test]
async fn installations_share_a_database_without_seeing_each_other() {
    let server = Postgres::start().unwrap();
    let one = node(&server).await;
    let another = Options { schema: "another".parse().unwrap(), ..options(&server.url()) };
    let another = Subject::new(PostgresStore::open(&another).await.unwrap());
    let (ann, their_ann) = (one.user("Ann").await, another.user("Ann").await);
    assert!(one.store.person(their_ann.id).await.unwrap().is_none());
    assert!(another.store.person(ann.id).await.unwrap().is_none());
    assert_ne!(one.store.epoch(), another.store.epoch());
}
