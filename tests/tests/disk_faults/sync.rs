//! A sync fails: what was to be synced may be on the disk or not, and no later sync tells.

use chinwag_checker::{Answer, Command};
use chinwag_test_disk::Part;

use crate::lab::{Lab, post_in, writes};

/// How often the power is cut after each.
const CUTS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_cannot_be_synced_is_unknown_and_ends_the_store() {
    let mut lab = Lab::start(20).await;
    let stored = lab.post(1, 100).await;
    let fail = |disk: &chinwag_test_disk::Disk| disk.fail_next_sync(Part::Log);
    let answers = lab.in_one_batch(fail, |room, _, person| post_in(room, person, 100)).await;
    for answer in answers {
        assert_eq!(answer, Answer::Unknown);
    }
    expect_failed(&mut lab).await;

    let since = lab.disk.position();
    lab.reopen().await;
    lab.check();
    lab.retry().await;
    assert!(lab.post(1, 100).await > stored);
    lab.check();
    lab.cut_the_power(CUTS, since).await;
}

/// A batch that is larger than SQLite's cache begins the log afresh, and syncs its beginning, before it commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_whose_first_sync_fails_is_not_stored_and_ends_the_store() {
    let mut lab = Lab::start(250).await;
    let old = lab.post(1, 100).await;
    lab.post_until(15_000, |met| met.copies > 1).await;
    // Unless the store copies the log itself at this moment.
    let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
    while lab.beside().query_row(truncate, [], |row| row.get::<_, bool>(0)).unwrap() {}
    // A command that writes nothing, and for which the writer has to read.
    let first = Command::Delete { room: lab.room.clone(), seq: old };
    let (first, answers) = lab
        .in_one_batch_after(
            |disk| disk.hold_reads(writes),
            first,
            |disk| disk.fail_next_sync(Part::Log),
            |room, _, person| post_in(room, person, 15_000),
        )
        .await;
    assert_eq!(first, Answer::Refused("forbidden".to_owned()));
    for answer in answers {
        assert_eq!(answer, Answer::NotStored);
    }
    expect_failed(&mut lab).await;
    lab.reopen().await;
    lab.check();
    lab.retry().await;
    lab.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_log_that_cannot_be_synced_ends_the_store_and_loses_nothing() {
    let mut lab = Lab::start(20).await;
    // While somebody reads, a part of the log is copied and not synced; that is left to the next copy.
    lab.post_until(4_000, |met| met.log_bytes > 1_000_000).await;
    let reader = lab.beside();
    reader.execute_batch("BEGIN; SELECT count(*) FROM message").unwrap();
    lab.post(1, 4_000).await;
    let checkpointer = lab.beside();
    let passive = "PRAGMA wal_checkpoint(PASSIVE)";
    let (all, copied): (i64, i64) =
        checkpointer.query_row(passive, [], |row| Ok((row.get(1)?, row.get(2)?))).unwrap();
    assert!(0 < copied && copied < all, "{copied} of {all}");
    drop((reader, checkpointer));

    lab.disk.fail_next_sync(Part::Database);
    lab.post_until(15_000, |met| met.failed_syncs > 0).await;
    expect_failed(&mut lab).await;
    let since = lab.disk.position();
    lab.reopen().await;
    lab.check();
    lab.retry().await;
    lab.post(1, 100).await;
    lab.check();
    lab.cut_the_power(CUTS, since).await;
}

/// The store says that it cannot go on, and promises nothing more.
async fn expect_failed(lab: &mut Lab) {
    let reason = lab.failed().await.to_string();
    assert!(reason.contains("a sync to disk failed"), "{reason}");
    let command = lab.post_by(1, 100);
    let later = lab.people[1].ask(&*lab.store, command, 0).await;
    assert!(matches!(later, Answer::NotStored | Answer::Unknown), "nothing more is promised: {later:?}");
}
