//! Anything fails at any time, over and over, and in the end the power is cut: what people were told is true.

use std::sync::Arc;

use chinwag_checker::{Fault, Stored, check};
use chinwag_store::Store;
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_test_disk::{Disk, Part, is_checkpointer};
use chinwag_tests::DEADLINE;
use chinwag_tests::insider::Clock;
use chinwag_tests::insider::person::Person;
use chinwag_tests::random::Random;
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::lab::writes;

/// How many people there are.
const PEOPLE: usize = 16;
/// How many things fail, one after another.
const FAULTS: usize = 16;
/// How much each of them does while one thing fails.
const STEPS: usize = 12;
/// How often the power is cut in the end.
const CUTS: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_what_people_were_told_is_true() {
    let mut random = Random::announced();
    for _ in 0..chinwag_tests::long("CHINWAG_FAILING_DISKS", 1) {
        use_a_failing_disk(&mut random).await;
    }
}

async fn use_a_failing_disk(random: &mut Random) {
    let folder = TempDir::new().unwrap();
    let disk = Arc::new(Disk::over(folder.path()));
    let mut store = open(&folder);
    let clock: Arc<Clock> = Arc::new({
        let disk = Arc::clone(&disk);
        move || disk.position()
    });
    let mut people = Person::gather(&*store, PEOPLE, &clock, random).await;
    let ready = disk.position();
    let mut ended = 0;
    for _ in 0..FAULTS {
        break_something(&disk, random);
        people = Person::all_act(people, &store, STEPS).await;
        disk.mend();
        if random.below(8) == 0 {
            store = reopened(&*store, &folder).await;
            ended += 1;
        }
        // A store says that it cannot go on only after it has answered, and a sync that began before the disk was mended
        // may fail after it. So who is not told what became of a command waits for that.
        while !settled(&mut people, &*store).await {
            timeout(DEADLINE, store.failed()).await.expect("nothing is decided, and the store goes on");
            store = reopened(&*store, &folder).await;
            ended += 1;
        }
        let histories: Vec<_> = people.iter().map(|person| person.insider().history()).collect();
        expect_none(&check(&histories, &Stored::read(folder.path()).unwrap()), "after it was mended");
    }
    println!("{:?}, and the store was opened again {ended} times", disk.met());

    let tape = disk.tape();
    for _ in 0..CUTS {
        let span = tape.position() - ready;
        let at = ready + usize::try_from(random.below(span as u64 + 1)).unwrap();
        let left = TempDir::new().unwrap();
        tape.after_cut(at, &mut |bound| random.below(bound)).write_to(left.path()).unwrap();
        open(&left).close().await;
        let histories: Vec<_> = people.iter().map(|person| person.insider().until(at).history()).collect();
        let when = format!("after a cut at operation {at} of {}", tape.position());
        expect_none(&check(&histories, &Stored::read(left.path()).unwrap()), &when);
    }
    store.close().await;
}

/// Everybody asks once more for what is not decided. Whether it is now.
async fn settled(people: &mut [Person], store: &dyn Store) -> bool {
    join_all(people.iter_mut().map(|person| person.settle(store))).await.into_iter().all(|all| all)
}

fn open(folder: &TempDir) -> Arc<dyn Store> {
    SqliteStore::open(folder.path(), &Options::default()).unwrap()
}

async fn reopened(store: &dyn Store, folder: &TempDir) -> Arc<dyn Store> {
    store.close().await;
    open(folder)
}

/// Lets one thing fail, now or a little later.
fn break_something(disk: &Disk, random: &mut Random) {
    let part = *random.pick(&[Part::Log, Part::Database, Part::Index]).unwrap();
    let times = usize::try_from(random.below(3)).unwrap();
    match random.below(8) {
        0..3 => disk.fill(&[Part::Log, Part::Database, Part::Index], random.below(400_000)),
        3 => disk.fill(&[part], random.below(100_000)),
        4 | 5 => disk.fail_next_sync(part),
        6 => disk.fail_reads(writes, times),
        _ => disk.fail_reads(is_checkpointer, times),
    }
}

#[track_caller]
fn expect_none(faults: &[Fault], when: &str) {
    let first: String = faults.iter().take(10).map(|fault| format!("\n{fault:.300}")).collect();
    assert!(faults.is_empty(), "{} faults {when}, as:{first}", faults.len());
}
