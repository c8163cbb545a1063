//! People use a store, and everything that it asks of its disk is recorded.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use chinwag_store::Store;
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_test_disk::{Disk, FileId, Operation, Tape};
use chinwag_tests::insider::person::Person;
use chinwag_tests::insider::{Clock, Insider};
use chinwag_tests::random::Random;
use tempfile::TempDir;

use crate::cut::Cut;

/// The log, in a data folder.
pub(crate) const LOG: &str = "chinwag.db-wal";
/// The database, in a data folder.
pub(crate) const DATABASE: &str = "chinwag.db";
/// How many people there are.
const PEOPLE: usize = 16;
/// How often the log is begun afresh.
const ROUNDS: usize = 5;
/// How much each of them does in each round.
const STEPS: usize = 40;
/// Nonces that are sealed together (`store/src/sqlite/nonces.rs`).
const SEGMENT: i64 = 65_536;

/// In which folder it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// None at all: the store makes its files.
    Empty,
    /// One with so many nonces that they are sealed soon.
    Sealing,
}

/// What was asked of the disk, and what people were told meanwhile.
pub(crate) struct Recording {
    tape: Tape,
    /// From here on everybody has an account.
    ready: usize,
    people: Vec<Insider>,
    /// How many pages the store's own thread copied from the log while people used it.
    copied_by_store: usize,
}

impl Recording {
    /// Makes one on a disk that was prepared by `prepare`.
    pub(crate) async fn make(beginning: Beginning, random: &mut Random, prepare: impl FnOnce(&Disk)) -> Self {
        let folder = TempDir::new().unwrap();
        if beginning == Beginning::Sealing {
            fill_nonces(folder.path()).await;
        }
        let disk = Arc::new(Disk::over(folder.path()));
        prepare(&disk);
        let store: Arc<dyn Store> = SqliteStore::open(folder.path(), &Options::default()).unwrap();
        let clock: Arc<Clock> = Arc::new({
            let disk = Arc::clone(&disk);
            move || disk.position()
        });
        let mut people = Person::gather(&*store, PEOPLE, &clock, random).await;
        let ready = disk.position();
        for _ in 0..ROUNDS {
            people = Person::all_act(people, &store, STEPS).await;
            begin_log(folder.path());
        }
        // What it copies as it closes does not count.
        let copied_by_store = disk.met().pages_copied_by_store;
        store.close().await;
        let people = people.iter().map(|person| person.insider().clone()).collect();
        let tape = disk.tape();
        let database = std::fs::read(folder.path().join(DATABASE)).unwrap();
        assert!(tape.everything().files()[DATABASE] == database, "the tape does not have everything");
        Self { tape, ready, people, copied_by_store }
    }

    /// The same on a disk that lies about the syncs of files with this name.
    pub(crate) fn without_syncs_of(&self, name: &str) -> Self {
        Self { tape: self.tape.without_syncs_of(name), people: self.people.clone(), ..*self }
    }

    /// A moment to cut the power at: any, or one where much depends on the order of writes.
    pub(crate) fn moment(&self, random: &mut Random) -> usize {
        let any = random.below(self.tape.position() as u64 + 1);
        let any = usize::try_from(any).unwrap();
        if random.below(2) == 0 {
            return any;
        }
        let is_turn = |(_, operation): &(usize, &Operation)| self.is_turn(operation);
        let later = self.tape.operations().iter().enumerate().skip(any).find(is_turn);
        // Up to some operations after it, or just before it.
        let after = usize::try_from(random.below(6)).unwrap();
        later.map_or(any, |(turn, _)| (turn + after).min(self.tape.position()))
    }

    /// Whether something begins here: the log afresh, or life with what was copied from it; or names change.
    fn is_turn(&self, operation: &Operation) -> bool {
        match operation {
            Operation::Written { file, at: 0, .. } | Operation::Synced { file, .. } => {
                let of_log = self.is(*file, LOG);
                of_log == matches!(operation, Operation::Written { .. })
            }
            Operation::Created { .. }
            | Operation::Deleted { .. }
            | Operation::Resized { .. }
            | Operation::FolderSynced { .. } => true,
            _ => false,
        }
    }

    fn is(&self, file: FileId, name: &str) -> bool {
        self.files(name).any(|other| other == file)
    }

    fn files<'a>(&'a self, name: &'a str) -> impl Iterator<Item = FileId> + 'a {
        self.tape.operations().iter().filter_map(move |operation| match operation {
            Operation::Created { file, name: created } if created == name => Some(*file),
            _ => None,
        })
    }

    /// What is left after a cut at a moment.
    pub(crate) fn cut(&self, at: usize, random: &mut Random) -> Cut {
        let image = self.tape.after_cut(at, &mut |bound| random.below(bound));
        let people = self.people.iter().map(|person| person.until(at)).collect();
        Cut::new(at, image, if at < self.ready { Vec::new() } else { people })
    }

    fn count(&self, is_one: impl Fn(&Operation) -> bool) -> usize {
        self.tape.operations().iter().filter(|operation| is_one(operation)).count()
    }

    /// How often the log was begun.
    fn logs(&self) -> usize {
        let log: Vec<FileId> = self.files(LOG).collect();
        self.count(
            |operation| matches!(operation, Operation::Written { file, at: 0, .. } if log.contains(file)),
        )
    }

    /// How often all of the log had been copied into the database, which then gets its length.
    fn copies(&self) -> usize {
        let database: Vec<FileId> = self.files(DATABASE).collect();
        self.count(
            |operation| matches!(operation, Operation::Resized { file, .. } if database.contains(file)),
        )
    }

    /// Fails unless there was enough to go wrong.
    pub(crate) fn expect_much(&self) {
        assert!(self.logs() >= ROUNDS && self.copies() >= ROUNDS, "too little happened: {self}");
        assert!(self.copied_by_store > 0, "the store itself copied nothing: {self}");
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log: Vec<FileId> = self.files(LOG).collect();
        let commits =
            self.count(|operation| matches!(operation, Operation::Synced { file, .. } if log.contains(file)));
        let orders: usize = self.people.iter().map(|person| person.orders().len()).sum();
        write!(
            f,
            "{} operations of the disk, {orders} commands, {commits} syncs of the log, which was begun {} times and copied {} times; \
             {} pages were copied by the store itself",
            self.tape.position(),
            self.logs(),
            self.copies(),
            self.copied_by_store,
        )
    }
}

/// Sees to it that the log is begun afresh, as the store does by itself where it grows long.
fn begin_log(folder: &Path) {
    let beside = rusqlite::Connection::open(folder.join(DATABASE)).unwrap();
    // Unless the store copies the log itself at this moment.
    while beside.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get::<_, bool>(0)).unwrap() {}
}

/// Makes a store with so many nonces that they are sealed soon: as if many commands had come before.
async fn fill_nonces(folder: &Path) {
    let store: Arc<dyn Store> = SqliteStore::open(folder, &Options::default()).unwrap();
    store.close().await;
    let mut connection = rusqlite::Connection::open(folder.join(DATABASE)).unwrap();
    let transaction = connection.transaction().unwrap();
    let fill = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?) \
        INSERT INTO nonce_log (id, key, digest, rev) SELECT n, randomblob(16), randomblob(8), 1 FROM number";
    transaction.execute(fill, [SEGMENT - 500]).unwrap();
    transaction.commit().unwrap();
}
