use std::collections::BTreeMap;
use std::ffi::c_int;

use rusqlite::{Connection, ErrorCode, ffi};
use tempfile::TempDir;

use super::*;

/// A database with a write-ahead log on a disk of its own, as the store has it.
fn database() -> (TempDir, Disk, Connection) {
    let folder = TempDir::new().unwrap();
    let disk = Disk::over(folder.path());
    let connection = open(&folder);
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    (folder, disk, connection)
}

fn open(folder: &TempDir) -> Connection {
    let connection = Connection::open(folder.path().join("chinwag.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    connection
}

fn insert(connection: &Connection, times: usize) -> rusqlite::Result<()> {
    for _ in 0..times {
        connection.execute("INSERT INTO t VALUES (randomblob(3000))", [])?;
    }
    Ok(())
}

fn count(connection: &Connection) -> usize {
    connection
        .query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))
        .unwrap()
        .try_into()
        .unwrap()
}

/// What is in the folder, but for the log's index.
fn files(folder: &TempDir) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
    let files =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()));
    files.filter(|(name, _)| !name.ends_with("-shm")).collect()
}

#[track_caller]
fn assert_code(result: rusqlite::Result<()>, code: c_int) {
    let code_met = result.unwrap_err().sqlite_error().unwrap().extended_code;
    assert_eq!(code_met, code);
}

#[test]
fn the_tape_has_everything_that_is_in_the_files() {
    let (folder, disk, connection) = database();
    insert(&connection, 100).unwrap();
    assert_eq!(disk.tape().everything().files(), &files(&folder));
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    insert(&connection, 10).unwrap();
    assert_eq!(disk.tape().everything().files(), &files(&folder));
    connection.close().unwrap();
    assert_eq!(disk.tape().everything().files(), &files(&folder));
    assert_eq!(files(&folder).keys().collect::<Vec<_>>(), ["chinwag.db"]);

    drop(disk);
    let again = Disk::over(folder.path());
    assert_eq!(again.tape().everything().files(), &files(&folder), "what was there before it was watched");
}

#[test]
fn a_commit_is_synced_and_so_are_the_names_of_its_files() {
    let (_folder, disk, connection) = database();
    insert(&connection, 1).unwrap();
    let tape = disk.tape();
    // The worst of luck.
    let after = tape.after_cut(tape.position(), &mut |_| 0);
    assert_eq!(after.files().keys().collect::<Vec<_>>(), ["chinwag.db", "chinwag.db-wal"]);
    let folder = TempDir::new().unwrap();
    after.write_to(folder.path()).unwrap();
    assert_eq!(count(&open(&folder)), 1);
    drop(connection);
}

#[test]
fn what_is_written_by_other_ways_counts_as_written_and_synced() {
    let (folder, disk, connection) = database();
    insert(&connection, 1).unwrap();
    connection.close().unwrap();
    let path = folder.path().join("chinwag.db");
    let before = disk.position();
    drop(open(&folder));
    let untouched = disk.position() - before;
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes).unwrap();
    let before = disk.position();
    drop(open(&folder));
    let tape = disk.tape();
    assert_eq!(tape.position() - before, untouched + 3);
    assert!(
        matches!(&tape.operations()[before + 1], Operation::Written { at: 0, bytes: again, .. } if **again == bytes)
    );
    assert_eq!(tape.everything().files(), &files(&folder));
}

#[test]
fn other_folders_are_left_alone() {
    let (_folder, disk, connection) = database();
    let before = disk.position();
    let (other, _other_disk, _other) = database();
    disk.fill(&[Part::Log], 0);
    insert(&open(&other), 1).unwrap();
    assert_eq!(disk.position(), before);
    assert_code(insert(&connection, 1), ffi::SQLITE_FULL);
}

#[test]
fn a_full_disk_has_room_for_so_much_and_no_more() {
    let (_folder, disk, connection) = database();
    disk.fill(&[Part::Log, Part::Database], 20_000);
    assert_code(insert(&connection, 100), ffi::SQLITE_FULL);
    assert_eq!(disk.met().full, 1);
    let before = count(&connection);
    assert!((1..5).contains(&before), "{before}");
    disk.mend();
    insert(&connection, 1).unwrap();
    assert_eq!(count(&connection), before + 1);
}

#[test]
fn the_index_of_the_log_needs_room_too() {
    let (_folder, disk, connection) = database();
    connection.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    disk.fill(&[Part::Index], 0);
    assert_code(insert(&connection, 5_000), ffi::SQLITE_IOERR_SHMSIZE);
}

#[test]
fn a_sync_fails_once() {
    let (_folder, disk, connection) = database();
    disk.fail_next_sync(Part::Log);
    assert_code(insert(&connection, 1), ffi::SQLITE_IOERR_FSYNC);
    insert(&connection, 1).unwrap();
    disk.fail_next_sync(Part::Database);
    assert_code(checkpoint(&connection), ffi::SQLITE_IOERR_FSYNC);
    assert_eq!(disk.met().failed_syncs, 2);
    let before = disk.met().copies;
    checkpoint(&connection).unwrap();
    disk.wait_until(|met| met.copies == before + 1);
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint", [], |_| Ok(()))
}

#[test]
fn a_failed_sync_is_told_to_all_who_have_the_file_open_once() {
    let (folder, disk, one) = database();
    insert(&one, 1).unwrap();
    let other = open(&folder);
    insert(&other, 1).unwrap();
    disk.fail_next_sync(Part::Log);
    assert_code(insert(&one, 1), ffi::SQLITE_IOERR_FSYNC);
    insert(&one, 1).unwrap();
    assert_code(insert(&other, 1), ffi::SQLITE_IOERR_FSYNC);
    insert(&other, 1).unwrap();
    insert(&open(&folder), 1).unwrap();
}

#[test]
fn a_sync_is_held_until_it_is_released() {
    let (_folder, disk, connection) = database();
    disk.hold_syncs(Part::Log);
    std::thread::scope(|scope| {
        let inserted = scope.spawn(|| {
            let connection = connection;
            insert(&connection, 1).unwrap();
            connection
        });
        disk.wait_until(|met| met.held == 1);
        // The next one fails, and not the one that has begun.
        disk.fail_next_sync(Part::Log);
        assert!(!inserted.is_finished());
        disk.release();
        let connection = inserted.join().unwrap();
        assert_code(insert(&connection, 1), ffi::SQLITE_IOERR_FSYNC);
    });
}

#[test]
fn reads_fail_in_the_threads_that_are_named() {
    let (folder, disk, connection) = database();
    insert(&connection, 1).unwrap();
    disk.fail_reads(|thread| thread.starts_with("unlucky"), 1);
    let read = || {
        let path = folder.path().join("chinwag.db");
        Connection::open(path).and_then(|connection| connection.execute_batch("SELECT * FROM t"))
    };
    read().unwrap();
    let failed = std::thread::scope(|scope| {
        let unlucky = std::thread::Builder::new().name("unlucky-1".to_owned());
        unlucky.spawn_scoped(scope, read).unwrap().join().unwrap()
    });
    assert_eq!(failed.unwrap_err().sqlite_error_code(), Some(ErrorCode::SystemIoFailure));
    assert_eq!(disk.met().failed_reads, 1);
}

#[test]
fn connections_that_never_sync_ask_for_no_sync() {
    let (_folder, disk, connection) = database();
    assert_eq!(synchronous(&connection), 2);
    drop(connection);
    let folder = TempDir::new().unwrap();
    let unsynced = Disk::over(folder.path());
    unsynced.never_sync();
    let connection = open(&folder);
    assert_eq!(synchronous(&connection), 0, "it was told to be full, and says what it is");
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    insert(&connection, 10).unwrap();
    checkpoint(&connection).unwrap();
    let syncs = |disk: &Disk| {
        let tape = disk.tape();
        tape.operations().iter().filter(|operation| matches!(operation, Operation::Synced { .. })).count()
    };
    assert_eq!(syncs(&unsynced), 0);
    assert_ne!(syncs(&disk), 0);
}

fn synchronous(connection: &Connection) -> i64 {
    connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap()
}
