//! There is no room left.

use chinwag_checker::{Answer, Command};
use chinwag_test_disk::{Met, Part};
use chinwag_tests::insider::Insider;
use tokio::task::block_in_place;

use crate::lab::{Lab, post_in};

/// Everything that a full disk has no room for.
const ALL: &[Part] = &[Part::Log, Part::Database, Part::Index];

/// All kinds of commands: most post, some make rooms or leave this one.
fn mixed(room: &str, number: usize, person: &Insider, bytes: usize) -> Command {
    match number % 8 {
        3 => Command::CreateRoom { name: format!("Room of {}", person.name) },
        5 => Command::Leave { room: room.to_owned() },
        _ => post_in(room, person, bytes),
    }
}

/// A batch for the middle of which there is no more room, with posts of so many bytes.
async fn fills_in_the_middle(people: usize, bytes: usize, room: u64) {
    let mut lab = Lab::start(people).await;
    lab.post(1, 100).await;
    let answers = lab
        .in_one_batch(|disk| disk.fill(ALL, room), |room, number, person| mixed(room, number, person, bytes))
        .await;
    assert!(lab.disk.met().full > 0, "there was room for all of it");
    for answer in &answers {
        assert_eq!(*answer, Answer::NotStored, "the batch is stored as a whole or not at all");
    }
    lab.check();
    // It stays full: whoever tries again is told the same.
    let command = lab.post_by(2, 15_000);
    assert_eq!(lab.people[2].ask(&*lab.store, command, 0).await, Answer::NotStored);
    lab.check();

    lab.disk.mend();
    // Whoever left did not, nobody's room is there, and no revision was skipped: all of that is in what is checked.
    lab.post(5, 100).await;
    lab.check();
    lab.retry().await;
    lab.check();
    lab.reopen().await;
    lab.post(1, 100).await;
    lab.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_the_disk_has_no_room_for_is_not_stored_at_all() {
    fills_in_the_middle(60, 4_000, 150_000).await;
}

/// More than SQLite's cache: it writes to the log before the commit, and the error comes in the middle of a command.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_is_larger_than_the_cache_is_not_stored_at_all() {
    fills_in_the_middle(250, 15_000, 1_000_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_go_on_while_the_database_cannot_grow() {
    let mut lab = Lab::start(20).await;
    lab.disk.fill(&[Part::Database], 0);
    for answer in lab.post_until(15_000, |met| met.full > 0).await {
        assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    }
    lab.check();
    let copies = lab.disk.met().copies;
    lab.disk.mend();
    lab.post(0, 100).await;
    block_in_place(|| lab.disk.wait_until(|met| met.copies > copies));
    lab.check();
    lab.cut_the_power(3, lab.disk.position()).await;
    lab.reopen().await;
    lab.check();
}

/// The log has room in its file, but its index cannot grow, so that it cannot be told of a commit that is in the log and
/// synced already. Whoever opens the log finds it there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_the_index_has_no_room_for_is_unknown_and_ends_the_store() {
    let mut lab = Lab::start(20).await;
    lab.disk.fill(&[Part::Database, Part::Index], 0);
    // The log cannot be copied and begun afresh, so it grows.
    let until = |met: &Met| met.log_bytes > 4_062 * 4_120;
    let answers = lab.post_until(15_000, until).await;
    let unknown = answers.iter().filter(|answer| **answer == Answer::Unknown).count();
    assert!(unknown > 0, "{:?}", answers.last());
    lab.failed().await;
    lab.disk.mend();
    lab.reopen().await;
    lab.check();
    lab.retry().await;
    lab.check();
}
