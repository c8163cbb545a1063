use std::collections::BTreeSet;

use super::*;

/// Answers with the numbers of a list over and over, each brought below its bound.
fn list(numbers: &[u64]) -> impl FnMut(u64) -> u64 + '_ {
    let mut numbers = numbers.iter().copied().cycle();
    move |bound| numbers.next().unwrap() % bound
}

/// A small generator.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |bound| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    }
}

fn write(tape: &mut Tape, file: FileId, at: u64, bytes: &[u8]) {
    tape.record(Operation::Written { file, at, bytes: bytes.into() });
}

fn sync(tape: &mut Tape, file: FileId) {
    let begun = tape.position();
    tape.record(Operation::Synced { file, begun });
}

fn sync_folder(tape: &mut Tape) {
    let begun = tape.position();
    tape.record(Operation::FolderSynced { begun });
}

/// A tape with one file whose name is on the disk.
fn tape() -> (Tape, FileId) {
    let mut tape = Tape::new();
    let file = tape.create("file");
    sync_folder(&mut tape);
    (tape, file)
}

/// What the file may hold after a cut at the end: everything that comes of many choices.
fn outcomes(tape: &Tape) -> BTreeSet<Vec<u8>> {
    outcomes_at(tape, tape.position())
}

fn outcomes_at(tape: &Tape, position: usize) -> BTreeSet<Vec<u8>> {
    (0..2_000).map(|seed| tape.after_cut(position, &mut random(seed)).files()["file"].clone()).collect()
}

fn set<const N: usize>(outcomes: [&[u8]; N]) -> BTreeSet<Vec<u8>> {
    outcomes.into_iter().map(<[u8]>::to_vec).collect()
}

#[test]
fn what_was_synced_is_there() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    write(&mut tape, file, 3, b"two");
    sync(&mut tape, file);
    assert_eq!(outcomes(&tape), set([b"onetwo"]));
}

#[test]
fn what_was_not_synced_may_be_there_in_any_part_and_order() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    sync(&mut tape, file);
    write(&mut tape, file, 0, b"two");
    write(&mut tape, file, 3, b"end");
    assert_eq!(outcomes(&tape), set([b"one", b"two", b"oneend", b"twoend"]));
}

#[test]
fn what_was_asked_after_the_cut_is_not_there() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    let cut = tape.position();
    sync(&mut tape, file);
    write(&mut tape, file, 0, b"two");
    assert_eq!(outcomes_at(&tape, cut), set([b"", b"one"]));
}

#[test]
fn a_sync_holds_for_what_was_asked_before_it_began() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    let begun = tape.position();
    write(&mut tape, file, 3, b"two");
    tape.record(Operation::Synced { file, begun });
    assert_eq!(outcomes(&tape), set([b"one", b"onetwo"]));
    let other = tape.create("other");
    sync(&mut tape, other);
    assert_eq!(outcomes(&tape), set([b"one", b"onetwo"]), "another file's sync is not its own");
}

#[test]
fn a_long_write_is_torn_at_sectors_of_the_file() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, &[b'a'; 1_536]);
    sync(&mut tape, file);
    write(&mut tape, file, 500, &[b'b'; 600]);
    let torn = outcomes(&tape);
    // From 500 to 512, to 1024 and to 1100: each part is there or not.
    assert_eq!(torn.len(), 8);
    for outcome in torn {
        assert_eq!(outcome.len(), 1_536);
        for part in [&outcome[500..512], &outcome[512..1_024], &outcome[1_024..1_100]] {
            assert!(part.iter().all(|byte| *byte == part[0]));
        }
        assert!(outcome[..500].iter().chain(&outcome[1_100..]).all(|byte| *byte == b'a'));
    }
}

#[test]
fn what_is_written_beyond_the_end_leaves_zeros_before_it() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 2, b"x");
    sync(&mut tape, file);
    assert_eq!(outcomes(&tape), set([b"\0\0x"]));
}

#[test]
fn a_length_is_changed_by_a_sync_too() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    sync(&mut tape, file);
    tape.record(Operation::Resized { file, to: 1 });
    assert_eq!(outcomes(&tape), set([b"one", b"o"]));
    sync(&mut tape, file);
    assert_eq!(outcomes(&tape), set([b"o"]));
}

#[test]
fn what_a_failed_sync_dropped_no_later_one_brings_back() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    sync(&mut tape, file);
    write(&mut tape, file, 0, b"two");
    let begun = tape.position();
    write(&mut tape, file, 3, b"end");
    tape.record(Operation::SyncFailed { file, begun });
    sync(&mut tape, file);
    assert_eq!(outcomes(&tape), set([b"oneend", b"twoend"]));
    write(&mut tape, file, 0, b"new");
    sync(&mut tape, file);
    assert_eq!(outcomes(&tape), set([b"newend"]), "what is written again is synced again");
}

#[test]
fn names_are_on_the_disk_when_the_folder_is_synced() {
    let names = |tape: &Tape| -> BTreeSet<Vec<String>> {
        let images = (0..200).map(|seed| tape.after_cut(tape.position(), &mut random(seed)));
        images.map(|image| image.files().keys().cloned().collect()).collect()
    };
    let set = |outcomes: &[&[&str]]| -> BTreeSet<Vec<String>> {
        outcomes.iter().map(|names| names.iter().map(|&name| name.to_owned()).collect()).collect()
    };
    let mut tape = Tape::new();
    let one = tape.create("one");
    assert_eq!(names(&tape), set(&[&[], &["one"]]));
    sync(&mut tape, one);
    assert_eq!(names(&tape), set(&[&[], &["one"]]), "the sync of a file is not one of its name");
    sync_folder(&mut tape);
    tape.create("two");
    assert_eq!(names(&tape), set(&[&["one"], &["one", "two"]]));
    tape.record(Operation::Deleted { name: "one".to_owned() });
    assert_eq!(names(&tape), set(&[&[], &["one"], &["two"], &["one", "two"]]));
    sync_folder(&mut tape);
    assert_eq!(names(&tape), set(&[&["two"]]));
}

#[test]
fn a_name_that_comes_again_is_another_file() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"old");
    sync(&mut tape, file);
    tape.record(Operation::Deleted { name: "file".to_owned() });
    let file = tape.create("file");
    write(&mut tape, file, 0, b"new");
    sync(&mut tape, file);
    sync_folder(&mut tape);
    assert_eq!(outcomes(&tape), set([b"new"]));
}

#[test]
fn a_disk_that_lies_has_synced_nothing() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    sync(&mut tape, file);
    let lying = tape.without_syncs_of("file");
    assert_eq!(lying.position(), tape.position());
    assert_eq!(outcomes(&lying), set([b"", b"one"]));
    assert_eq!(outcomes(&tape.without_syncs_of("other")), set([b"one"]));
}

#[test]
fn everything_is_what_the_files_hold_without_a_cut() {
    let (mut tape, file) = tape();
    write(&mut tape, file, 0, b"one");
    tape.record(Operation::Resized { file, to: 1 });
    write(&mut tape, file, 2, b"x");
    let other = tape.create("other");
    write(&mut tape, other, 0, b"gone");
    tape.record(Operation::Deleted { name: "other".to_owned() });
    assert_eq!(tape.everything().files(), &[("file".to_owned(), b"o\0x".to_vec())].into());
}

#[test]
fn the_same_choices_leave_the_same_files() {
    let (mut tape, file) = tape();
    for number in 0..50 {
        write(&mut tape, file, number * 300, &[u8::try_from(number).unwrap(); 900]);
    }
    let image = |numbers: &[u64]| tape.after_cut(tape.position(), &mut list(numbers));
    assert_eq!(image(&[7, 3, 5, 1]), image(&[7, 3, 5, 1]));
    assert_ne!(image(&[7, 3, 5, 1]), image(&[1, 6, 2]));
}
