//! What is no whole backup: refused with a sentence, and nothing is made of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chinwag_tests::api::PASSWORD;
use chinwag_tests::backup::Backup;
use chinwag_tests::command::{Done, Somebody, chinwag};
use chinwag_tests::disk::Disk;
use chinwag_tests::random::Random;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

/// A folder with a data folder in `data`, of which `good` is a backup.
fn backed_up() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let input = format!("{PASSWORD}\n");
    chinwag(folder.path(), &["user", "add", "Ada"]).input(&input).run().expect_success();
    chinwag(folder.path(), &["backup", "good"]).run().expect_success();
    let good = folder.path().join("good");
    (folder, good)
}

/// Tries to restore a file into a folder that is not there, and into an empty one. Both must come out alike.
fn restore(file: &Path) -> Done {
    let empty = tempfile::tempdir().unwrap();
    let file = file.to_str().unwrap();
    let into =
        |data: &Path| chinwag(empty.path(), &["restore", file, "--data", data.to_str().unwrap()]).run();
    let missing = empty.path().join("missing");
    let done = into(&missing);
    assert!(!missing.exists(), "{done:?}");
    let other = into(empty.path());
    assert_eq!(done.complaint, other.complaint);
    let left: Vec<_> = fs::read_dir(empty.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "lock"), "{left:?}");
    assert_eq!(done.code, Some(1), "{done:?}");
    done
}

#[test]
fn one_that_was_cut_off() {
    let (folder, good) = backed_up();
    let bytes = fs::read(&good).unwrap();
    let trailer = bytes.len() - Backup::read(&good).database.len();
    let cut = folder.path().join("cut");
    let mut random = Random::announced();
    let anywhere = random.below(bytes.len() as u64 - 200) as usize + 100;
    for length in [bytes.len() - 1, bytes.len() - 93, bytes.len() - trailer, 4096, anywhere] {
        fs::write(&cut, &bytes[..length]).unwrap();
        restore(&cut).expect_refusal(&["cut off"]);
    }
    for length in [0, 1, 50] {
        fs::write(&cut, &bytes[..length]).unwrap();
        restore(&cut).expect_refusal(&["not a backup"]);
    }
    // Cut at the front, or something in the middle lost or added.
    let middle = bytes.len() / 2;
    for parts in [
        [&bytes[1..], &[]],
        [&bytes[..middle], &bytes[middle + 1..]],
        [&bytes[..middle], &bytes[middle - 1..]],
    ] {
        fs::write(&cut, parts.concat()).unwrap();
        restore(&cut).expect_refusal(&["damaged"]);
    }
}

#[test]
fn one_with_a_flipped_bit() {
    let (folder, good) = backed_up();
    let backup = Backup::read(&good);
    let bytes = fs::read(&good).unwrap();
    let flipped = folder.path().join("flipped");
    let mut random = Random::announced();
    let trailer = (bytes.len() - backup.database.len()) as u64;
    let mut places: Vec<u64> = (0..12).map(|_| random.below(bytes.len() as u64)).collect();
    places.extend((0..8).map(|_| backup.database.len() as u64 + random.below(trailer)));
    places.extend([0, bytes.len() as u64 - 1]);
    for place in places {
        let bit = random.below(8);
        let mut changed = bytes.clone();
        changed[place as usize] ^= 1 << bit;
        fs::write(&flipped, changed).unwrap();
        println!("bit {bit} of byte {place} of {}", bytes.len());
        let done = restore(&flipped);
        done.expect_refusal(&["backup"]);
        assert!(["damaged", "cut off"].iter().any(|word| done.complaint.contains(word)), "{done:?}");
    }
}

#[test]
fn what_never_was_one() {
    let (folder, _) = backed_up();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text"), "hello ".repeat(1_000)).unwrap();
    restore(&at("text")).expect_refusal(&["text", "not a backup"]);
    // Our database without a trailer, and somebody else's.
    restore(&at("data/chinwag.db")).expect_refusal(&["copy of a database"]);
    Connection::open(at("theirs")).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    restore(&at("theirs")).expect_refusal(&["not a backup"]);
    restore(&at("nowhere")).expect_refusal(&["nowhere", "cannot be read"]);
    restore(&at("data")).expect_refusal(&["not a file"]);
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    restore(&at("pipe")).expect_refusal(&["not a file"]);
    restore(Path::new("/dev/zero")).expect_refusal(&["not a file"]);
    // Longer than any disk, and nothing in it.
    fs::File::create(at("huge")).unwrap().set_len(1 << 42).unwrap();
    restore(&at("huge")).expect_refusal(&["not a backup"]);
}

#[test]
fn one_that_one_has_no_right_to_read() {
    let (folder, good) = backed_up();
    let Some(somebody) = Somebody::bound_by_rights(folder.path()) else { return };
    fs::set_permissions(&good, fs::Permissions::from_mode(0o000)).unwrap();
    let restored = folder.path().join("restored");
    fs::create_dir(&restored).unwrap();
    somebody.give(&restored);
    let restore = ["restore", good.to_str().unwrap(), "--data", "restored"];
    chinwag(folder.path(), &restore).by(somebody).run().expect_refusal(&["cannot be read"]);
}

#[test]
fn one_of_a_newer_version() {
    let (folder, good) = backed_up();
    let newer = folder.path().join("newer");
    let of = |change: &dyn Fn(&mut Backup)| {
        let mut backup = Backup::read(&good);
        change(&mut backup);
        backup.write(&newer);
        restore(&newer)
    };
    of(&|backup| backup.trailer["chinwag_backup"] = json!(2))
        .expect_refusal(&["newer", "version of backups 2"]);
    let format = 1_000_000_u32;
    let newer = of(&|backup| {
        backup.trailer["format"] = json!(format);
        backup.database[60..64].copy_from_slice(&format.to_be_bytes());
    });
    newer.expect_refusal(&["newer", "format of the database 1000000"]);
    // A trailer that does not say what the database does.
    of(&|backup| backup.database[60..64].copy_from_slice(&format.to_be_bytes())).expect_refusal(&["damaged"]);
    of(&|backup| backup.database = b"hello".repeat(1_000)).expect_refusal(&["damaged"]);
    of(&|backup| backup.database.clear()).expect_refusal(&["damaged"]);
}

#[test]
fn what_is_put_together_as_documented_is_restored() {
    let (folder, good) = backed_up();
    let mut backup = Backup::read(&good);
    backup.trailer["later"] = json!("what a later version says is no hindrance");
    backup.write(&folder.path().join("again"));
    chinwag(folder.path(), &["restore", "again", "--data", "restored"]).run().expect_success();
    let listed = chinwag(folder.path(), &["user", "list", "--data", "restored"]).run();
    assert!(listed.output.contains("Ada"), "{listed:?}");
}

#[test]
fn a_disk_without_room() {
    let Some(disk) = Disk::of(4 << 20) else { return };
    let (folder, good) = backed_up();
    let ballast = disk.fill(48 << 10);
    let names =
        || fs::read_dir(disk.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let at = |name: &str| disk.path().join(name).display().to_string();
    let run = |arguments: &[&str]| chinwag(folder.path(), arguments).run();
    run(&["backup", &at("backup")]).expect_refusal(&["room", "backup"]);
    assert_eq!(names(), ["ballast"]);
    run(&["restore", good.to_str().unwrap(), "--data", &at("data")]).expect_refusal(&["room", "data"]);
    assert_eq!(names(), ["ballast"]);
    fs::remove_file(ballast).unwrap();
    run(&["backup", &at("backup")]).expect_success();
    run(&["restore", &at("backup"), "--data", &at("data")]).expect_success();
}
