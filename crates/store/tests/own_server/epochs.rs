//! Time goes back in the database.

use std::process::Command;
use std::time::{Duration, Instant};

use chinwag_model::Rev;
use chinwag_store::postgres::PostgresStore;
use chinwag_store::{Caught, StoreError};
use xtask::Postgres;

use super::{DEADLINE, at, give, insist, node, options};
use crate::suite::Subject;

#[tokio::test]
async fn another_epoch_begins_when_another_server_takes_over() {
    let mut server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seen = subject.post(room, &ann, "hello").await;
    let (epoch, cursor) = (subject.store.epoch(), subject.cursor(seen.0));

    // What merely starts again is the same.
    server.stop().unwrap();
    server.start_again().unwrap();
    insist(&subject, room, &ann, "again").await;
    assert_eq!(subject.store.epoch(), epoch);

    // A standby that is promoted begins another timeline: it may not have had everything.
    server.stop().unwrap();
    let data = server.folder().join("data");
    give(&data, &data.join("standby.signal"), "", 0o600);
    server.start_again().unwrap();
    assert!(
        matches!(subject.try_post(room, &ann, "x", "x").await, Err(StoreError::NotStored(_))),
        "it only reads"
    );
    // Whoever could read now would go on with that connection afterwards, as if nothing had happened.
    assert!(matches!(subject.store.heads(vec![room.into()]).await, Err(StoreError::NotRead(_))));
    server.query("SELECT pg_promote()").unwrap();
    insist(&subject, room, &ann, "later").await;
    assert_ne!(subject.store.epoch(), epoch, "without a restart");
    let caught = subject.store.sync(ann.id, vec![(room.into(), cursor)]).await.unwrap();
    assert!(matches!(caught.streams[..], [(_, Caught::Reset)]), "{caught:?}");
    for _ in 0..20 {
        let page = subject.store.room_page(room, ann.id, None, 1).await.unwrap();
        assert_eq!(page.cursor.epoch, subject.store.epoch());
    }

    // Once, and for all nodes.
    let another = node(&server).await;
    assert_eq!(another.store.epoch(), subject.store.epoch());
}

#[tokio::test]
async fn a_database_that_was_dumped_and_restored_begins_another_epoch() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seen = subject.post(room, &ann, "hello").await;
    subject.store.close().await;
    // As a template it is copied as a whole, like a dump that is restored.
    let copy = "CREATE DATABASE copy TEMPLATE chinwag OWNER chinwag";
    let begun = Instant::now();
    // Connections that were closed are there for a moment.
    while let Err(error) = server.query_at(&at(&server, "postgres"), copy) {
        assert!(begun.elapsed() < DEADLINE, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let copy = Subject::new(PostgresStore::open(&options(&at(&server, "copy"))).await.unwrap());
    assert_ne!(copy.store.epoch(), subject.store.epoch());
    assert_eq!(copy.head(room).await, seen);
}

#[tokio::test]
async fn a_schema_that_was_dumped_and_restored_in_its_place_begins_another_epoch() {
    let server = Postgres::start().unwrap();
    let subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let kept = subject.post(room, &ann, "kept").await;
    let dump = tempfile::NamedTempFile::new().unwrap();
    let to_dump = ["--schema=chinwag", "-d", &server.url(), "-f"];
    assert!(Command::new("pg_dump").args(to_dump).arg(dump.path()).status().unwrap().success());
    subject.post(room, &ann, "lost").await;
    subject.store.close().await;
    server.query_at(&server.url(), "DROP SCHEMA chinwag CASCADE").unwrap();
    let restore = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.url(), "-o", "/dev/null", "-f"];
    assert!(Command::new("psql").args(restore).arg(dump.path()).status().unwrap().success());
    let restored = node(&server).await;
    assert_eq!(restored.head(room).await, kept);
    assert_ne!(restored.store.epoch(), subject.store.epoch());
    let epoch = restored.store.epoch();
    restored.store.close().await;
    assert_eq!(node(&server).await.store.epoch(), epoch, "once");
}

#[tokio::test]
async fn what_was_committed_before_another_epoch_is_told_as_of_the_one_before() {
    let server = Postgres::start().unwrap();
    let mut subject = node(&server).await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let (before, heads) = subject.store.heads(vec![room.into()]).await.unwrap();
    assert_eq!(before, subject.store.epoch());

    // Restored while connections are open that know nothing of it. The first post opens another one, and finds out.
    let restore = "BEGIN; ALTER TABLE chinwag.meta RENAME TO old;
        CREATE TABLE chinwag.meta (LIKE chinwag.old INCLUDING ALL); INSERT INTO chinwag.meta SELECT * FROM chinwag.old;
        DROP TABLE chinwag.old; COMMIT";
    server.query_at(&server.url(), restore).unwrap();
    let posted = subject.post(room, &ann, "hello").await;
    let after = subject.store.epoch();
    assert_ne!(after, before);

    // The feed was not read until now.
    let told = subject.told_of_epochs(room).await;
    let told: Vec<_> = told.into_iter().map(|(epoch, change)| (epoch, change.rev)).collect();
    let expected = (1..=heads[0].0).map(|rev| (before, Rev(rev))).chain([(after, posted)]);
    assert_eq!(told, expected.collect::<Vec<_>>());
    // Nobody is given a connection of before any more, which would answer as if nothing had happened.
    assert_eq!(subject.store.heads(vec![room.into()]).await.unwrap(), (after, vec![posted]));
    let (epoch, pages) = subject.store.changes(vec![(room.into(), heads[0])]).await.unwrap();
    assert_eq!((epoch, pages.len()), (after, 1));
    subject.room("Greenhouse", &ann).await;
    assert!(
        subject.told_of_epochs(ann.id).await.iter().any(|(epoch, _)| *epoch == after),
        "made by a new one"
    );
}
