use std::cell::Cell;
use std::os::unix::fs::{FileExt, PermissionsExt};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::*;
use crate::sqlite::open::{Folder, OpenError};

/// Beside it there is nothing, so that what is left behind is seen.
struct Fixture {
    folder: TempDir,
    /// Somebody who writes, as a server does.
    writer: Connection,
}

impl Fixture {
    /// With about so many bytes.
    fn of(bytes: usize) -> Self {
        let folder = TempDir::new().unwrap();
        drop(Folder::open(&folder.path().join("data")).unwrap());
        let writer = Connection::open(folder.path().join("data/chinwag.db")).unwrap();
        let fixture = Self { folder, writer };
        fixture.writer.execute_batch("BEGIN").unwrap();
        for number in 0..bytes / 1_000 {
            fixture.write(&format!("{number:06}"));
        }
        fixture.writer.execute_batch("COMMIT").unwrap();
        fixture
    }

    fn write(&self, key: &str) {
        self.writer.execute("INSERT INTO meta VALUES (?, zeroblob(1000))", [key]).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn backup_unless(&self, give_way: impl Fn() -> bool) -> Result<BackedUp, BackupError> {
        backup_unless(&self.path("data"), &self.path("backup"), &Progress::default(), give_way)
    }

    /// How many keys a database has.
    fn keys(&self, name: &str) -> usize {
        let connection =
            Connection::open_with_flags(self.path(name), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let ok: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(ok, "ok");
        connection.query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0)).unwrap() as usize
    }

    #[track_caller]
    fn assert_nothing_left(&self) {
        let names: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["data"]);
    }
}

#[test]
fn it_is_of_one_moment_whatever_is_written_meanwhile() {
    let fixture = Fixture::of(4_000_000);
    let before = fixture.keys("data/chinwag.db");
    let written = Cell::new(0);
    let made = fixture.backup_unless(|| {
        fixture.write(&format!("meanwhile {}", written.get()));
        written.set(written.get() + 1);
        assert!(written.get() < 100, "it does not begin again");
        false
    });
    assert!(made.is_ok(), "{made:?}");
    assert!(written.get() > 2, "something was written: {}", written.get());
    assert_eq!(fixture.keys("backup"), before);
}

#[test]
fn any_sqlite_opens_it_also_where_nothing_may_be_written() {
    let fixture = Fixture::of(100_000);
    let made = fixture.backup_unless(|| false).unwrap();
    let metadata = fs::metadata(fixture.path("backup")).unwrap();
    assert_eq!(metadata.len(), made.bytes);
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let mut header = [0; 20];
    fs::File::open(fixture.path("backup")).unwrap().read_exact_at(&mut header, 0).unwrap();
    assert_eq!(header[18..], [1, 1], "without a log, which would have to be made");
    assert_eq!(fixture.keys("backup"), fixture.keys("data/chinwag.db"));
    let names = fs::read_dir(fixture.folder.path()).unwrap().count();
    assert_eq!(names, 2, "data and backup");
}

#[test]
fn it_gives_way_and_lets_the_log_start_afresh() {
    let fixture = Fixture::of(4_000_000);
    let asked = Cell::new(0);
    let made = fixture.backup_unless(|| {
        asked.set(asked.get() + 1);
        asked.get() == 2
    });
    assert!(matches!(made, Err(BackupError::GaveWay)), "{made:?}");
    assert_eq!(asked.get(), 2);
    fixture.assert_nothing_left();
    let busy: bool =
        fixture.writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert!(!busy, "nobody holds a snapshot");
}

#[test]
fn the_log_is_too_long_well_before_nothing_is_stored_any_more() {
    let fixture = Fixture::of(4_000_000);
    let data = fixture.path("data");
    assert!(!must_give_way(&data));
    let log = fs::File::options().write(true).open(data.join("chinwag.db-wal")).unwrap();
    log.set_len((768 << 20) + 1).unwrap();
    assert!(must_give_way(&data));
    let made = backup(&data, &fixture.path("backup"), &Progress::default());
    assert!(matches!(made, Err(BackupError::GaveWay)), "{made:?}");
    fixture.assert_nothing_left();
}

#[test]
fn it_stops_when_it_is_asked_to() {
    let fixture = Fixture::of(4_000_000);
    let progress = Progress::default();
    let made = backup_unless(&fixture.path("data"), &fixture.path("backup"), &progress, || {
        progress.stop();
        false
    });
    assert!(matches!(made, Err(BackupError::Stopped)), "{made:?}");
    assert_eq!(progress.at().part, Part::Copying, "soon");
    fixture.assert_nothing_left();
}

#[test]
fn it_stops_while_the_copy_is_checked_and_sealed_too() {
    let fixture = Fixture::of(4_000_000);
    let copy = Unfinished::create(fixture.path("copy")).unwrap();
    let progress = Progress::default();
    Snapshot::take(&fixture.path("data")).unwrap().copy_to(&copy, &progress, || false).ok().unwrap();
    progress.stop();
    assert!(matches!(check(&copy, &progress), Err(Fault::Stopped)));
    assert!(matches!(digest(copy.file(), &progress), Err(Fault::Stopped)));
}

#[test]
fn a_damaged_database_is_no_backup() {
    let fixture = Fixture::of(1_000_000);
    fixture.writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let database = fixture.path("data/chinwag.db");
    let middle = fs::metadata(&database).unwrap().len() / 4_096 / 2 * 4_096;
    fs::File::options().write(true).open(&database).unwrap().write_all_at(&[0xff; 4_096], middle).unwrap();
    let made = fixture.backup_unless(|| false);
    assert!(matches!(made, Err(BackupError::Damaged(_))), "{made:?}");
    fixture.assert_nothing_left();
}

#[test]
fn what_is_no_database_of_ours_is_told_apart() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup");
    let of = |name: &str| backup(&folder.path().join(name), &file, &Progress::default()).unwrap_err();
    assert!(matches!(of("nowhere"), BackupError::NoDatabase(_)));
    for name in ["empty", "begun", "theirs", "newer", "folder"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    assert!(matches!(of("empty"), BackupError::NoDatabase(_)));
    let run = |name: &str, sql: &str| {
        Connection::open(folder.path().join(name).join("chinwag.db")).unwrap().execute_batch(sql).unwrap();
    };
    run("begun", "PRAGMA application_id = 1130919783");
    assert!(matches!(of("begun"), BackupError::NoDatabase(_)), "{:?}", of("begun"));
    run("theirs", "CREATE TABLE theirs (x)");
    assert!(matches!(of("theirs"), BackupError::Open(OpenError::Foreign(_))));
    run("newer", "PRAGMA application_id = 1130919783; PRAGMA user_version = 999; CREATE TABLE t (x)");
    assert!(matches!(of("newer"), BackupError::Open(OpenError::Newer { found: 999, .. })));
    fs::create_dir(folder.path().join("folder/chinwag.db")).unwrap();
    assert!(matches!(of("folder"), BackupError::Open(OpenError::Foreign(_))));
    assert!(!file.exists());
}

#[test]
fn nothing_is_overwritten_and_the_data_folder_stays_the_servers() {
    let fixture = Fixture::of(0);
    let to = |name: &str| backup(&fixture.path("data"), &fixture.path(name), &Progress::default());
    fs::write(fixture.path("there"), "mine").unwrap();
    std::os::unix::fs::symlink(fixture.path("nowhere"), fixture.path("link")).unwrap();
    for name in ["there", "link", "data", "data/chinwag.db"] {
        assert!(matches!(to(name), Err(BackupError::Exists(_))), "{name}");
    }
    assert_eq!(fs::read_to_string(fixture.path("there")).unwrap(), "mine");
    for name in ["data/backup", "data/../data/chinwag.db-journal"] {
        assert!(matches!(to(name), Err(BackupError::Inside(_))), "{name}");
    }
    assert!(matches!(to("nowhere/backup"), Err(BackupError::Write { .. })));
    assert!(matches!(to("there/backup"), Err(BackupError::Write { .. })));
}
