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

/// The store says that it cannot go on, and promises nothing more.
async fn expect_failed(lab: &mut Lab) {
    let reason = lab.failed().await.to_string();
    assert!(reason.contains("a sync to disk failed"), "{reason}");
    let command = lab.post_by(1, 100);
    let later = lab.people[1].ask(&*lab.store, command, 0).await;
    assert!(matches!(later, Answer::NotStored | Answer::Unknown), "nothing more is promised: {later:?}");
}
