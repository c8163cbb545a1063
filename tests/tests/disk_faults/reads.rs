//! The disk cannot be read.

use chinwag_checker::{Answer, Command};
use chinwag_store::StoreError;

use crate::lab::{Lab, post_in, reads, writes};

/// More than a connection keeps in memory.
const BYTES: u64 = 6_000_000;

/// A store with much in it, of which the first message of the second person is far from what was read last.
async fn large() -> (Lab, u64) {
    let mut lab = Lab::start(20).await;
    let old = lab.post(1, 100).await;
    let begun = lab.disk.met().written;
    lab.post_until(15_000, |met| met.written > begun + BYTES).await;
    (lab, old)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_cannot_read_says_so_and_goes_on() {
    let (mut lab, _) = large().await;
    let before = lab.history().await.unwrap();
    lab.disk.fail_reads(reads, usize::MAX);
    let failed = lab.history().await;
    assert!(matches!(failed, Err(StoreError::NotRead(_))), "{:?}", failed.map(|all| all.len()));
    let posted = lab.post(3, 100).await;
    lab.disk.mend();
    let after = lab.history().await.unwrap();
    assert_eq!(after[..before.len()], before);
    assert_eq!(after.last().map(|message| message.seq.0), Some(posted));
    lab.check();
}

/// Whatever is in the batch beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_fails_in_a_batch_leaves_no_wrong_answer() {
    let (mut lab, old) = large().await;
    let answers = lab
        .in_one_batch(
            |disk| disk.fail_reads(writes, 1),
            |room, number, person| match number {
                1 => Command::Delete { room: room.to_owned(), seq: old },
                5 => Command::CreateRoom { name: format!("Room of {}", person.name) },
                7 => Command::Leave { room: room.to_owned() },
                _ => post_in(room, person, 1_000),
            },
        )
        .await;
    assert_eq!(lab.disk.met().failed_reads, 1);
    assert_eq!(answers[0], Answer::NotStored);
    lab.check();
    // It goes on, with the same answers as if nothing had been.
    lab.post(9, 100).await;
    lab.retry().await;
    lab.check();
    lab.reopen().await;
    lab.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_cannot_read_ends_the_store() {
    let (mut lab, old) = large().await;
    lab.disk.fail_reads(writes, usize::MAX);
    let delete = Command::Delete { room: lab.room.clone(), seq: old };
    assert_eq!(lab.people[1].ask(&*lab.store, delete, 0).await, Answer::NotStored);
    let reason = lab.failed().await.to_string();
    assert!(reason.contains("cannot be read"), "{reason}");
    lab.disk.mend();
    lab.reopen().await;
    lab.check();
    lab.retry().await;
    lab.check();
}
