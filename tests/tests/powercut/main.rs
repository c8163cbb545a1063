//! A power cut: whatever part of the unsynced is on the disk, nothing acknowledged is lost, nothing is half there, and
//! everything goes on.
//!
//! People use a store on a disk that records; then the store is opened on what may be on the disk after a cut at any
//! moment. The short form runs in `cargo xtask test`, the long one by `cargo xtask prove powercut`.

mod cut;
mod recording;

use chinwag_test_disk::Disk;
use chinwag_tests::random::Random;
use recording::{Beginning, DATABASE, LOG, Recording};

/// Cuts of one recording.
const CUTS: u64 = 10;
/// After so many cuts losses must have been seen.
const SHOWN: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_power_is_cut() {
    let mut left = chinwag_tests::long("CHINWAG_POWER_CUTS", 20);
    let mut random = Random::announced();
    let mut beginnings = [Beginning::Empty, Beginning::Sealing].into_iter().cycle();
    while left > 0 {
        let beginning = beginnings.next().unwrap();
        let recording = Recording::make(beginning, &mut random, |_| {}).await;
        println!("{beginning:?}: {recording}");
        recording.expect_much();
        for _ in 0..left.min(CUTS) {
            let cut = recording.cut(recording.moment(&mut random), &mut random);
            let found = cut.check(&mut random).await;
            assert!(found.is_empty(), "{}", cut.keep(&found));
            left -= 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_shows_a_store_that_does_not_sync() {
    let mut random = Random::announced();
    let recording = Recording::make(Beginning::Empty, &mut random, Disk::never_sync).await;
    println!("synchronous=OFF: {recording}");
    expect_found(&recording, &mut random).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_shows_a_disk_that_does_not_sync() {
    let mut random = Random::announced();
    let honest = Recording::make(Beginning::Empty, &mut random, |_| {}).await;
    for file in [LOG, DATABASE] {
        let lying = honest.without_syncs_of(file);
        println!("without syncs of {file}: {lying}");
        expect_found(&lying, &mut random).await;
    }
}

/// Fails unless something is wrong after some of many cuts.
async fn expect_found(recording: &Recording, random: &mut Random) {
    let (mut cuts, mut found) = (0, Vec::new());
    while found.len() < SHOWN {
        assert!(cuts < 60, "of what was lost only this is seen: {found:?}");
        let cut = recording.cut(recording.moment(random), random);
        found.extend(cut.check(random).await.into_iter().next());
        cuts += 1;
    }
    println!("something is wrong after {} of {cuts} cuts, as: {:.300}", found.len(), found.join("\n"));
}
