use rusqlite::TransactionBehavior;
use tempfile::TempDir;

use super::*;

/// A database with a log, and connections to it.
struct Fixture {
    folder: TempDir,
    writer: Connection,
    checkpointer: Connection,
    database: File,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let writer = connect(&folder);
        writer.execute_batch("CREATE TABLE t (x)").unwrap();
        // Whoever holds it up is seen at once.
        writer.busy_timeout(Duration::ZERO).unwrap();
        let checkpointer = connect(&folder);
        let database = File::open(folder.path().join("t.db")).unwrap();
        Self { folder, writer, checkpointer, database }
    }

    /// Writes so many pages to the log, and a few more.
    fn write(&mut self, pages: i64) {
        let transaction = self.writer.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        for _ in 0..pages {
            transaction.execute("INSERT INTO t VALUES (zeroblob(4000))", []).unwrap();
        }
        transaction.commit().unwrap();
    }

    /// Somebody who reads, and goes on reading.
    fn reader(&self) -> Connection {
        let reader = connect(&self.folder);
        reader.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
        reader
    }
}

fn connect(folder: &TempDir) -> Connection {
    let connection = Connection::open(folder.path().join("t.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "off").unwrap();
    connection.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    connection
}

#[test]
fn the_writer_is_not_held_for_a_snapshot_that_lasts() {
    let mut fixture = Fixture::new();
    let reader = fixture.reader();
    fixture.write(RESTART_PAGES);
    let checkpointer = std::mem::replace(&mut fixture.checkpointer, connect(&fixture.folder));
    let database = fixture.database.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut tried, length) = (0, Length::default());
        for _ in 0..3 {
            round(&checkpointer, &database, &mut tried, &length).unwrap();
        }
    });
    while !thread.is_finished() {
        fixture.write(1);
    }
    drop(reader);
    thread.join().unwrap();
}

#[test]
fn a_long_log_starts_afresh_once_nobody_needs_it() {
    let mut fixture = Fixture::new();
    let (mut tried, length) = (0, Length::default());
    fixture.write(RESTART_PAGES);
    let reader = fixture.reader();
    round(&fixture.checkpointer, &fixture.database, &mut tried, &length).unwrap();
    assert!(tried >= RESTART_PAGES, "somebody reads from the log's end: {tried}");
    drop(reader);
    fixture.write(CHECKPOINT_PAGES);
    round(&fixture.checkpointer, &fixture.database, &mut tried, &length).unwrap();
    fixture.write(1);
    assert!(checkpoint(&fixture.checkpointer, "PASSIVE").unwrap().log < 10);
}

/// A log as the writer sees it, and what it asks of the thread.
fn log() -> (Log, Receiver<()>) {
    let (wanted, receiver) = sync_channel(1);
    (Log { wanted, length: Arc::default() }, receiver)
}

fn pages(count: i64) -> i32 {
    i32::try_from(count).unwrap()
}

#[test]
fn a_full_log_stays_full_until_all_of_it_is_copied() {
    let mut fixture = Fixture::new();
    let (log, wanted) = log();
    let reader = fixture.reader();
    fixture.write(CHECKPOINT_PAGES);
    log.has(pages(FULL_PAGES));
    assert!(wanted.try_recv().is_ok());
    round(&fixture.checkpointer, &fixture.database, &mut 0, &log.length).unwrap();
    assert!(log.is_full(), "somebody reads from before it");
    assert!(wanted.try_recv().is_ok(), "whoever wants to write asks for a checkpoint");
    drop(reader);
    round(&fixture.checkpointer, &fixture.database, &mut 0, &log.length).unwrap();
    assert!(!log.is_full());
}

#[test]
fn a_checkpoint_that_somebody_else_is_making_is_none_of_ours() {
    let mut fixture = Fixture::new();
    let reader = fixture.reader();
    fixture.write(CHECKPOINT_PAGES);
    let theirs = connect(&fixture.folder);
    let thread = std::thread::spawn(move || checkpoint(&theirs, "RESTART").unwrap());
    // They hold the writer as well.
    while fixture.writer.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok() {}
    let (log, _wanted) = log();
    log.has(pages(FULL_PAGES));
    round(&fixture.checkpointer, &fixture.database, &mut 0, &log.length).unwrap();
    assert!(log.is_full());
    drop(reader);
    thread.join().unwrap();
}

#[test]
fn a_checkpoint_is_wanted_for_every_so_many_new_pages() {
    let (log, wanted) = log();
    log.has(pages(CHECKPOINT_PAGES - 1));
    assert!(wanted.try_recv().is_err());
    log.has(pages(CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
    // The thread has copied them; the log goes on behind them.
    log.length.copied.store(CHECKPOINT_PAGES, Ordering::Relaxed);
    log.has(pages(CHECKPOINT_PAGES + 4));
    assert!(wanted.try_recv().is_err(), "not for every commit from then on");
    log.has(pages(2 * CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
}

#[test]
fn a_log_that_starts_afresh_is_counted_afresh() {
    let mut fixture = Fixture::new();
    let (log, wanted) = log();
    fixture.write(CHECKPOINT_PAGES);
    log.has(pages(CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
    round(&fixture.checkpointer, &fixture.database, &mut 0, &log.length).unwrap();
    assert!(log.length.copied.load(Ordering::Relaxed) >= CHECKPOINT_PAGES);
    log.has(4);
    log.has(pages(CHECKPOINT_PAGES));
    assert!(wanted.try_recv().is_ok());
}

#[test]
fn a_restart_in_vain_is_not_repeated_at_once() {
    let of = |log| State { busy: false, log, copied: log };
    assert!(!of(RESTART_PAGES - 1).is_to_restart(0));
    assert!(of(RESTART_PAGES).is_to_restart(0));
    assert!(!of(RESTART_PAGES + 1).is_to_restart(RESTART_PAGES));
    assert!(of(RESTART_PAGES + CHECKPOINT_PAGES).is_to_restart(RESTART_PAGES));
}
