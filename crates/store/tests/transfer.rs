//! Transferring an installation from a data folder into PostgreSQL.
#![allow(unreachable_pub, reason = "the suite is shared by the test files of all back ends")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod suite;
mod transfers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chinwag_model::Rev;
use chinwag_store::postgres::{OpenError, PostgresStore};
use chinwag_store::transfer::TransferError;
use chinwag_store::{At, Caught, Progress, StoreError};
use tempfile::TempDir;
use transfers::filled;
use transfers::observed::{cursors, observe};
use transfers::{
    assert_same, begun, database, full, half_done, open_postgres, open_sqlite, query, raw, run,
    run_to_the_end, transferred,
};

use crate::suite::jobs::kind;
use crate::suite::{once, refused};

// What was transferred is a store like any other.
suite::all_tests!(transferred);

#[tokio::test]
async fn everything_is_there_afterwards() {
    let (folder, filled, before) = full().await;
    let nonces = raw::seal(folder.path());
    let source = open_epoch(&folder);
    let (url, options) = database();
    let done = run_to_the_end(folder.path(), &options).await;
    assert_eq!((done.people, done.rooms), (12, 6));
    assert_eq!(query(&url, "SELECT count(*) FROM message"), done.messages.to_string());
    assert_eq!(query(&url, "SELECT count(*) FROM nonce"), nonces.to_string());

    let after = open_postgres(&options).await;
    assert_eq!(after.store.epoch().0, source, "the history goes on");
    assert_same(&observe(&after, &filled).await, &before);

    // Whoever has a job may have it still; the others are done by whoever comes.
    let (id, lease) = filled.leased;
    after.store.finish_job(id, lease).await.unwrap();
    let again =
        after.store.lease_jobs(&[kind("waits"), kind("leased")], 9, Duration::from_secs(1)).await.unwrap();
    assert_eq!(again.iter().map(|leased| leased.job.id).collect::<Vec<_>>(), filled.jobs[..1]);
}

/// The epoch in a folder that nobody has open.
fn open_epoch(folder: &TempDir) -> u64 {
    let sql = "SELECT value FROM meta WHERE key = 'epoch'";
    raw::open(folder.path()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
}

#[tokio::test]
async fn clients_go_on_where_they_were() {
    let folder = TempDir::new().unwrap();
    let subject = open_sqlite(folder.path());
    let filled = filled::fill(&subject).await;
    let seen = cursors(&subject, &filled).await;
    subject.store.close().await;
    let (url, options) = database();
    run_to_the_end(folder.path(), &options).await;
    let after = open_postgres(&options).await;
    let differ = async |user: &chinwag_model::User| {
        let theirs = after.store.followed(vec![user.id]).await.unwrap().1.remove(0);
        let follows =
            |stream| stream == user.id.into() || theirs.rooms.iter().any(|room| stream == room.room.into());
        let theirs = seen.iter().filter(|(stream, _)| follows(*stream)).copied().collect();
        after.store.sync(user.id, theirs).await.unwrap().streams
    };
    let (ann, bob, garden) = (&filled.people[3], &filled.people[4], filled.rooms[1]);
    for user in [ann, bob] {
        let found = differ(user).await;
        assert!(found.is_empty(), "{found:?}");
    }
    let head = after.head(garden).await;
    assert_eq!(after.post(garden, ann, "on we go").await, head.next());
    let found = differ(bob).await;
    let [(stream, Caught::Page(page))] = &found[..] else { panic!("{found:?}") };
    assert_eq!((*stream, page.from, page.changes.len()), (garden.into(), head, 1));

    // So do whatever counts up by itself.
    let last: i64 = query(&url, "SELECT max(id) FROM audit").parse().unwrap();
    after.store.change_settings(Some(filled.root.id), Default::default()).await.unwrap();
    assert_eq!(query(&url, "SELECT max(id) FROM audit"), (last + 1).to_string());
}

#[tokio::test]
async fn a_command_from_before_gets_its_first_answer() {
    let (folder, filled, _) = full().await;
    raw::seal(folder.path());
    let (url, options) = database();
    run_to_the_end(folder.path(), &options).await;
    let after = open_postgres(&options).await;
    let nobody = [&filled.people[7], &filled.people[9]].map(|user| user.id);
    let heads = cursors(&after, &filled).await;
    for (number, (room, author, nonce, seq)) in filled.posted.iter().enumerate() {
        if nobody.contains(&author.id) {
            continue;
        }
        let text =
            format!("{number} {}", ["hello", "ünïcödé 🎉", "line\nbreak \t\\N \"quoted\""][number % 3]);
        let again = after.try_post(*room, author, &text, nonce).await.unwrap();
        assert_eq!((again.seq, again.repeated), (*seq, true), "{number}");
        let other = after.try_post(*room, author, "something else", nonce).await;
        assert_eq!(refused(other), chinwag_model::Refusal::NonceReused);
    }
    let (room, name, nonce) = &filled.made;
    let maker = &filled.people[5];
    let made = after.try_room(name.as_str(), maker, Some(once(nonce, "room"))).await.unwrap();
    assert_eq!(made, *room);
    assert_eq!(cursors(&after, &filled).await, heads, "nothing was done twice");
    // The same nonce is another's in another room.
    let (_, author, nonce, _) = &filled.posted[1];
    assert!(!after.try_post(filled.rooms[0], author, "1 ünïcödé 🎉", nonce).await.unwrap().repeated);

    // They go when they have had their time, and nothing else has changed then.
    query(&url, "UPDATE nonce SET at = 1 WHERE scope = '00000000-0000-0000-0000-000000000000'");
    let store = Arc::clone(&after.store);
    let maintenance = tokio::spawn(async move { store.maintain().await });
    let deadline = Instant::now() + Duration::from_secs(20);
    while query(&url, "SELECT count(*) FROM nonce WHERE at = 1") != "0" {
        assert!(Instant::now() < deadline, "they are still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    maintenance.abort();
    let (room, author, nonce, seq) = &filled.posted[1];
    assert_ne!(after.try_post(*room, author, "1 ünïcödé 🎉", nonce).await.unwrap().seq, *seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stopped_anywhere_goes_on() {
    let seed = uuid::Uuid::new_v4().as_u128();
    println!("seed {seed}");
    let mut random = seed;
    let mut below = move |limit: u64| {
        random = random.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645).wrapping_add(0x9E37_79B9);
        u64::try_from(random >> 64).unwrap() % limit
    };
    let (folder, filled, before) = full().await;
    raw::seal(folder.path());
    let (url, options) = database();
    let (mut stopped, mut in_the_middle, mut place) = (0, 0, 0);
    let done = loop {
        // In thousandths, a little further each time.
        place += below(70);
        let kill = below(2) == 0;
        let progress = Progress::default();
        let (its, its_url) = (progress.clone(), url.clone());
        let is_over = Arc::new(AtomicBool::new(false));
        let its_end = Arc::clone(&is_over);
        let stopper = tokio::task::spawn_blocking(move || {
            let is_there = |at: At| at.all > 0 && at.done * 1_000 >= at.all * place;
            while !is_there(its.at()) && !its_end.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            if kill {
                query(
                    &its_url,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
            }
            its.stop();
        });
        let done = run(folder.path(), &options, &progress).await;
        is_over.store(true, Ordering::Relaxed);
        stopper.await.unwrap();
        match done {
            Ok(done) => break done,
            Err(TransferError::Stopped | TransferError::Postgres { .. }) => stopped += 1,
            Err(other) => panic!("{place}: {other}"),
        }
        let opened = PostgresStore::open(&options).await;
        assert!(matches!(opened, Err(OpenError::Unfinished { .. })), "{:?}", opened.err());
        let rows = query(&url, "SELECT count(*) FROM message");
        in_the_middle += usize::from(rows != "0" && query(&url, "SELECT count(*) FROM nonce") == "0");
        if stopped == 20 {
            break run_to_the_end(folder.path(), &options).await;
        }
    };
    println!("it was stopped {stopped} times, {in_the_middle} of them among the messages and their changes");
    assert!(stopped > 2);
    assert_eq!(query(&url, "SELECT count(*) FROM message"), done.messages.to_string());
    assert_same(&observe(&open_postgres(&options).await, &filled).await, &before);
}

#[tokio::test]
async fn a_chunk_that_fails_is_copied_later() {
    let (folder, filled, before) = full().await;
    let (url, options) = database();
    // So that there are tables to be in the way of.
    begun(&folder, &options).await;
    let number = query(&url, "SELECT value FROM meta WHERE key = 'transfer'");
    query(
        &url,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN IF NEW.seq = 13 THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    for _ in 0..2 {
        let failed = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
        assert!(matches!(failed, TransferError::Postgres { .. }), "{failed}");
        assert!(failed.to_string().contains("not this one"), "{failed}");
    }
    let (kept, first): (u64, String) = (
        query(&url, "SELECT count(*) FROM message").parse().unwrap(),
        query(&url, "SELECT min(xmin::text::bigint) FROM message"),
    );
    assert!(kept > 0 && kept.is_multiple_of(5), "{kept} are whole chunks");
    query(&url, "DROP TRIGGER refuse ON message; DROP FUNCTION refuse()");
    run_to_the_end(folder.path(), &options).await;
    assert_eq!(query(&url, "SELECT min(xmin::text::bigint) FROM message"), first, "what was there stayed");
    assert!(
        number.contains('-') && query(&url, "SELECT value FROM meta WHERE key = 'transferred'") == number
    );
    assert_same(&observe(&open_postgres(&options).await, &filled).await, &before);
}

#[tokio::test]
async fn a_folder_that_was_used_in_between_is_copied_afresh() {
    let (folder, filled, _) = full().await;
    let (url, options) = database();
    half_done(&folder, &url, &options).await;
    let epoch = open_epoch(&folder);
    let subject = open_sqlite(folder.path());
    assert_eq!(subject.store.epoch().0, epoch, "nobody uses the other");
    let (room, author, _, seq) = &filled.posted[10];
    subject.store.delete(*room, *seq, author.id, None).await.ok();
    subject.store.end_session(filled.sessions[0]).await.unwrap();
    let seen = observe(&subject, &filled).await;
    subject.store.close().await;
    run_to_the_end(folder.path(), &options).await;
    let after = open_postgres(&options).await;
    assert_eq!(after.store.epoch().0, epoch);
    assert_same(&observe(&after, &filled).await, &seen);
}

#[tokio::test]
async fn the_folder_begins_another_epoch_when_it_is_used_again() {
    let (folder, filled, _) = full().await;
    let (_, options) = database();
    let epoch = open_epoch(&folder);
    run_to_the_end(folder.path(), &options).await;
    let again = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
    assert!(matches!(again, TransferError::AlreadyDone { .. }), "{again}");
    assert_eq!(open_epoch(&folder), epoch, "as long as nobody uses it");

    let (room, author) = (filled.rooms[1], &filled.people[3]);
    let old = open_sqlite(folder.path());
    assert_ne!(old.store.epoch().0, epoch);
    old.post(room, author, "beside").await;
    let own = old.store.epoch();
    old.store.close().await;
    let old = open_sqlite(folder.path());
    assert_eq!(old.store.epoch(), own, "once");
    old.store.close().await;
    let after = open_postgres(&options).await;
    assert_eq!(after.store.epoch().0, epoch);
    // Now it is another history.
    let again = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
    assert!(matches!(again, TransferError::Used { .. }), "{again}");
}

#[tokio::test]
async fn two_databases_never_go_on_with_one_epoch() {
    let (folder, _, _) = full().await;
    let epoch = open_epoch(&folder);
    let (half_url, half) = database();
    half_done(&folder, &half_url, &half).await;
    let (_, first) = database();
    run_to_the_end(folder.path(), &first).await;
    run_to_the_end(folder.path(), &half).await;
    let (_, third) = database();
    run_to_the_end(folder.path(), &third).await;
    let mut epochs = Vec::new();
    for options in [first, half, third] {
        epochs.push(open_postgres(&options).await.store.epoch().0);
    }
    assert_eq!(epochs[0], epoch);
    epochs.sort_unstable();
    epochs.dedup();
    assert_eq!(epochs.len(), 3, "{epochs:?}");
}

#[tokio::test]
async fn the_last_step_may_fail_on_either_side() {
    let (folder, filled, before) = full().await;
    let (url, options) = database();
    begun(&folder, &options).await;
    assert!(!raw::has_moved(folder.path()));
    query(
        &url,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN IF NEW.key = 'epoch' THEN RAISE EXCEPTION 'not yet'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON meta FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let failed = run(folder.path(), &options, &Progress::default()).await.unwrap_err();
    assert!(failed.to_string().contains("not yet"), "{failed}");
    let opened = PostgresStore::open(&options).await;
    assert!(matches!(opened, Err(OpenError::Unfinished { .. })), "{:?}", opened.err());
    // Before anybody can use it there it is noted here.
    assert!(raw::has_moved(folder.path()));
    query(&url, "DROP TRIGGER refuse ON meta");
    run_to_the_end(folder.path(), &options).await;
    assert_same(&observe(&open_postgres(&options).await, &filled).await, &before);
}

#[tokio::test]
async fn what_a_killed_server_left_in_its_log_goes_along() {
    let folder = TempDir::new().unwrap();
    let subject = open_sqlite(folder.path());
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seq = subject.post(room, &ann, "in the log").await;
    // As a kill leaves it.
    let killed = TempDir::new().unwrap();
    for file in ["chinwag.db", "chinwag.db-wal"] {
        std::fs::copy(folder.path().join(file), killed.path().join(file)).unwrap();
    }
    assert_ne!(killed.path().join("chinwag.db-wal").metadata().unwrap().len(), 0);
    let (_, options) = database();
    run_to_the_end(killed.path(), &options).await;
    let after = open_postgres(&options).await;
    assert_eq!(after.head(room).await, seq);
    assert_ne!(after.store.epoch(), subject.store.epoch(), "a copy is another history");
    assert!(!matches!(after.try_post(room, &ann, "x", "n").await, Err(StoreError::Busy)));
    assert_eq!(after.head(room).await, Rev(seq.0 + 1));
}
