//! The SQLite back end: the suite of all back ends, and what is its own.
#![allow(unreachable_pub, reason = "the suite is shared by the test files of all back ends")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod backups;
mod suite;

use std::sync::Arc;
use std::time::Duration;

use chinwag_model::{Days, Rev};
use chinwag_store::sqlite::{OpenError, Options, SqliteStore};
use chinwag_store::{StoreError, Streams};
use suite::Subject;
use tempfile::TempDir;

/// An empty store; its folder goes with it.
fn fresh() -> (TempDir, Subject) {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    (folder, Subject::new(store))
}

fn open(folder: &TempDir) -> Arc<SqliteStore> {
    SqliteStore::open(folder.path(), &Options::default()).unwrap()
}

suite::all_tests!(fresh_store);

/// For the suite.
async fn fresh_store() -> (TempDir, Subject) {
    let (folder, subject) = fresh();
    let subject = with_sql(&folder, subject);
    (folder, subject)
}

/// Lets the database be reached beside the store.
fn with_sql(folder: &TempDir, subject: Subject) -> Subject {
    let database = folder.path().join("chinwag.db");
    subject.with_sql(move |room, sql| {
        let database = rusqlite::Connection::open(&database).unwrap();
        database.busy_timeout(Duration::from_secs(10)).unwrap();
        let sql = sql.replace("ROOM", &format!("x'{}'", room.0.simple()));
        let mut found = database.prepare(&sql).unwrap();
        let mut found = found.query([]).unwrap();
        let first = found.next().unwrap().map(|row| row.get::<_, rusqlite::types::Value>(0).unwrap());
        match first {
            Some(rusqlite::types::Value::Integer(number)) => number.to_string(),
            Some(rusqlite::types::Value::Text(text)) => text,
            _ => String::new(),
        }
    })
}

macro_rules! backups {
    ($($name:ident)*) => {
        mod of_backups {
            $(#[tokio::test]
            async fn $name() {
                let (folder, subject) = super::backups::fresh();
                super::backups::$name(folder, subject).await;
            })*
        }
    };
}

backups! {
    everything_is_in_a_backup_and_nothing_later
    a_restore_begins_one_other_epoch
    what_was_restored_starts_and_is_backed_up_at_once
    only_an_empty_folder_that_nobody_uses_is_restored_into
    what_a_killed_restore_left_is_no_hindrance
    a_restore_that_is_stopped_leaves_nothing
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening() {
    let (folder, subject) = fresh();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seq = subject.post(room, &ann, "hello").await;
    let epoch = subject.store.epoch();
    subject.store.close().await;
    assert!(matches!(subject.try_post(room, &ann, "x", "n").await, Err(StoreError::Busy)));

    let again = Subject::new(open(&folder));
    assert_eq!(again.store.epoch(), epoch);
    assert_eq!(again.head(room).await, seq);
    assert_eq!(again.post(room, &ann, "more").await, seq.next());
}

#[tokio::test]
async fn a_restored_copy_begins_another_epoch() {
    let (folder, subject) = fresh();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let epoch = subject.store.epoch();
    subject.store.close().await;
    let database = folder.path().join("chinwag.db");
    let copy = std::fs::read(&database).unwrap();

    let ahead = Subject::new(open(&folder));
    assert_eq!(ahead.store.epoch(), epoch, "the same file");
    let seen = ahead.post(room, &ann, "after the copy").await;
    let cursor = ahead.cursor(seen.0);
    ahead.store.close().await;

    for file in ["chinwag.db", "chinwag.db-wal", "chinwag.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(file));
    }
    std::fs::write(&database, copy).unwrap();
    let restored = Subject::new(open(&folder));
    assert_ne!(restored.store.epoch(), epoch);
    restored.post(room, &ann, "another").await;
    let caught = restored.store.sync(ann.id, vec![(room.into(), cursor)]).await.unwrap();
    assert!(matches!(caught.streams[..], [(_, chinwag_store::Caught::Reset)]));
    restored.store.close().await;
    assert_eq!(open(&folder).epoch(), restored.store.epoch(), "once");
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let (folder, subject) = fresh();
    let second = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(second, Err(OpenError::InUse(_))));
    subject.store.close().await;
    open(&folder);
}

#[tokio::test]
async fn what_is_not_ours_or_newer_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("chinwag.db");
    std::fs::write(&path, "not a database, and long enough to be looked at".repeat(50)).unwrap();
    let opened = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(opened, Err(OpenError::Database { .. })), "{:?}", opened.err());

    std::fs::remove_file(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(other);
    let opened = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(opened, Err(OpenError::Foreign(_))), "{:?}", opened.err());

    std::fs::remove_file(&path).unwrap();
    open(&folder).close().await;
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 999").unwrap();
    drop(newer);
    let opened = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(opened, Err(OpenError::Newer { found: 999, .. })), "{:?}", opened.err());
}

#[tokio::test]
async fn the_log_is_checkpointed_beside_the_writer() {
    let (folder, subject) = fresh();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let database = folder.path().join("chinwag.db");
    let before = std::fs::metadata(&database).unwrap().len();
    let text = "x".repeat(8_000);
    for _ in 0..40 {
        let posts = (0..16).map(|_| subject.post(room, &ann, &text));
        futures_util::future::join_all(posts).await;
    }
    // 5 MB were posted; the thread is told after each commit, so some of it is in the database by now or soon.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::fs::metadata(&database).unwrap().len() < before + 1_000_000 {
        assert!(std::time::Instant::now() < deadline, "nothing was checkpointed");
        subject.post(room, &ann, "x").await;
    }
}

#[tokio::test]
async fn no_word_stays_of_what_was_deleted() {
    let (folder, subject) = fresh_store().await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let (secret, _) = (subject.post(room, &ann, "a secret").await, subject.post(room, &ann, "a rest").await);
    suite::search::fill(&subject, room, &ann, 1).await;
    let database = rusqlite::Connection::open(folder.path().join("chinwag.db")).unwrap();
    let stands = |word: &str| {
        let sql = "SELECT coalesce(sum(length(places) / 2), 0) FROM search_word WHERE word = ?";
        database.query_row(sql, [word], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((stands("a"), stands("secret"), stands("rest")), (2, 1, 1));
    subject.store.delete(room, secret, ann.id, None).await.unwrap();
    assert_eq!((stands("a"), stands("secret"), stands("rest")), (1, 0, 1));
}

#[tokio::test]
async fn what_was_written_before_there_was_an_index_is_found_and_indexed() {
    let (folder, subject) = fresh_store().await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    subject.post(room, &ann, "before all others").await;
    suite::search::fill(&subject, room, &ann, 2).await;
    subject.store.close().await;
    drop(subject);
    let database = rusqlite::Connection::open(folder.path().join("chinwag.db")).unwrap();
    let before = "DROP TABLE search_word; DROP TABLE search_room; DROP TABLE node; DROP TABLE retention;
        ALTER TABLE room DROP COLUMN keep_days; ALTER TABLE room DROP COLUMN next_days;
        ALTER TABLE room DROP COLUMN next_from; ALTER TABLE room DROP COLUMN history_from;
        DROP INDEX avatar_without_thumbnail;
        ALTER TABLE avatar DROP COLUMN thumbnail; ALTER TABLE avatar DROP COLUMN thumbnail_of;
        DROP TABLE pending; DROP TABLE identity; DROP TABLE authenticator; DROP TABLE recovery_code;
        DROP TABLE signing_key; ALTER TABLE session DROP COLUMN scopes; ALTER TABLE session DROP COLUMN name;
        PRAGMA user_version = 3";
    database.execute_batch(before).unwrap();
    drop(database);

    let again = with_sql(&folder, Subject::new(open(&folder)));
    let wanted = ["before all others"];
    assert_eq!(suite::search::texts(&again, room, &ann, "others").await, wanted);
    again.index(room, 2_048).await;
    assert_eq!(suite::search::texts(&again, room, &ann, "others").await, wanted);
}

#[tokio::test]
async fn what_removes_old_messages_goes_on_where_it_was_cut_off() {
    let (folder, subject) = fresh_store().await;
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    suite::search::post_all(&subject, room, &ann, (0..1_200).map(|number| format!("old {number}"))).await;
    subject.let_pass(room, 40 * 86_400_000);
    subject.post(room, &ann, "young").await;
    subject.store.set_retention(room, Days::new(30).ok(), ann.id, None).await.unwrap();
    subject.let_pass(room, 2 * 86_400_000);
    assert!(subject.store.remove_old_messages().await.unwrap().pause.is_some());
    subject.store.close().await;
    drop(subject);

    let again = with_sql(&folder, Subject::new(open(&folder)));
    let oldest = again.number(room, "SELECT min(seq) FROM message WHERE room = ROOM");
    assert!(oldest > 500 && again.number(room, "SELECT history_from FROM room WHERE id = ROOM") == 0);
    while again.store.remove_old_messages().await.unwrap().pause.is_some() {}
    let page = again.store.room_page(room, ann.id, None, 100).await.unwrap();
    assert_eq!(page.messages.iter().filter_map(|message| message.text()).collect::<Vec<_>>(), ["young"]);
    assert!(!page.more && page.room.history_from > Rev(1_200));
}
