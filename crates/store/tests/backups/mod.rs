//! Backups and what is restored from them.

use std::path::{Path, PathBuf};

use chinwag_model::StreamId;
use chinwag_store::Caught;
use chinwag_store::sqlite::{Options, Progress, RestoreError, Restored, SqliteStore, backup, restore};
use tempfile::TempDir;

use crate::suite::{Picture, Subject};

/// A folder to make backups and other data folders in, with a store in `data`.
pub fn fresh() -> (TempDir, Subject) {
    let folder = TempDir::new().unwrap();
    let subject = open(&folder.path().join("data"));
    (folder, subject)
}

fn open(data: &Path) -> Subject {
    Subject::new(SqliteStore::open(data, &Options::default()).unwrap())
}

fn back_up(folder: &TempDir) -> PathBuf {
    let file = folder.path().join("backup");
    let made = backup(&folder.path().join("data"), &file, &Progress::default()).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().len(), made.bytes);
    file
}

fn try_restore(file: &Path, folder: &Path) -> Result<Restored, RestoreError> {
    restore(file, folder, &Progress::default())
}

/// What is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub async fn everything_is_in_a_backup_and_nothing_later(folder: TempDir, subject: Subject) {
    let ann = subject.user("Ann").await;
    let bob = subject.user("Bob").await;
    let room = subject.room("Garden", &ann).await;
    subject.store.join(room, bob.id, None).await.unwrap();
    for number in 0..30 {
        subject.post(room, &ann, &format!("hello {number}")).await;
    }
    let before = Picture::load(&subject, room, &bob).await;
    let heads = [subject.head(room).await, subject.head(ann.id).await];
    let file = back_up(&folder);
    subject.post(room, &bob, "too late").await;

    let data = folder.path().join("restored");
    let restored = try_restore(&file, &data).unwrap();
    assert_eq!((restored.people, restored.rooms), (2, 2), "the lobby too");
    assert_eq!(names(&data), ["chinwag.db", "lock"]);
    let again = open(&data);
    assert_eq!(Picture::load(&again, room, &bob).await, before);
    assert_eq!([again.head(room).await, again.head(ann.id).await], heads);
    for head in heads.iter().zip([StreamId::from(room), ann.id.into()]) {
        let page = again.changes(head.1, chinwag_model::Rev(0)).await.unwrap();
        assert_eq!(page.changes.len(), head.0.0 as usize);
    }
    assert_eq!(again.post(room, &ann, "on we go").await, heads[0].next());
}

pub async fn a_restore_begins_one_other_epoch(folder: TempDir, subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let at_the_backup = subject.cursor(subject.head(room).await.0);
    let file = back_up(&folder);
    let data = folder.path().join("restored");
    try_restore(&file, &data).unwrap();
    let connection = rusqlite::Connection::open(data.join("chinwag.db")).unwrap();
    let epoch = "SELECT value FROM meta WHERE key = 'epoch'";
    let epoch: i64 = connection.query_row(epoch, [], |row| row.get(0)).unwrap();
    connection.close().unwrap();

    let again = open(&data);
    assert_ne!(again.store.epoch(), subject.store.epoch());
    assert_eq!(again.store.epoch().0, epoch.cast_unsigned(), "the start does not change it once more");
    let caught = again.store.sync(ann.id, vec![(room.into(), at_the_backup)]).await.unwrap();
    assert!(matches!(caught.streams[..], [(_, Caught::Reset)]), "also who was no further than the backup");
    let other = folder.path().join("other");
    try_restore(&file, &other).unwrap();
    assert_ne!(open(&other).store.epoch(), again.store.epoch(), "each restore its own");
}

pub async fn what_was_restored_starts_and_is_backed_up_at_once(folder: TempDir, subject: Subject) {
    subject.user("Ann").await;
    subject.store.close().await;
    let first = back_up(&folder);
    let data = folder.path().join("restored");
    try_restore(&first, &data).unwrap();
    let second = folder.path().join("second");
    let reader = rusqlite::Connection::open(data.join("chinwag.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM meta").unwrap();
    open(&data).store.close().await;
    drop(reader);
    backup(&data, &second, &Progress::default()).unwrap();
    assert_eq!(names(&data), ["chinwag.db", "lock"]);
    assert_eq!(try_restore(&second, &folder.path().join("again")).unwrap().people, 1);
}

pub async fn only_an_empty_folder_that_nobody_uses_is_restored_into(folder: TempDir, subject: Subject) {
    let file = back_up(&folder);
    let data = folder.path().join("data");
    let into = |name: &str| try_restore(&file, &folder.path().join(name));
    assert!(matches!(into("data"), Err(RestoreError::Open(_))), "it is in use");
    subject.store.close().await;
    let before = names(&data);
    assert!(matches!(into("data"), Err(RestoreError::Occupied { .. })));
    assert_eq!(names(&data), before);
    for stray in ["chinwag.db-wal", "chinwag.db-journal", "notes.txt", "restoring-else"] {
        let other = TempDir::new_in(folder.path()).unwrap();
        std::fs::write(other.path().join(stray), "x").unwrap();
        let refused = try_restore(&file, other.path());
        assert!(matches!(&refused, Err(RestoreError::Occupied { name, .. }) if name == stray), "{refused:?}");
        assert!(names(other.path()).iter().all(|name| name == stray || name == "lock"));
    }
    assert!(matches!(into("backup"), Err(RestoreError::Open(_))), "a file");
}

pub async fn what_a_killed_restore_left_is_no_hindrance(folder: TempDir, subject: Subject) {
    subject.user("Ann").await;
    let file = back_up(&folder);
    let data = folder.path().join("restored");
    std::fs::create_dir(&data).unwrap();
    for left in ["lock", "control.sock", "restoring", "restoring-wal", "restoring-journal"] {
        std::fs::write(data.join(left), "half of something").unwrap();
    }
    try_restore(&file, &data).unwrap();
    assert_eq!(names(&data), ["chinwag.db", "control.sock", "lock"]);
    assert!(open(&data).store.has_administrator().await.is_ok());
}

pub async fn a_restore_that_is_stopped_leaves_nothing(folder: TempDir, subject: Subject) {
    subject.user("Ann").await;
    let file = back_up(&folder);
    let progress = Progress::default();
    progress.stop();
    let before = names(folder.path());
    let stopped = restore(&file, &folder.path().join("restored"), &progress);
    assert!(matches!(stopped, Err(RestoreError::Stopped)), "{stopped:?}");
    assert_eq!(names(folder.path()), before);
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    restore(&file, &empty, &progress).unwrap_err();
    assert_eq!(names(&empty), ["lock"], "what was there stays, and so does its lock");
}
