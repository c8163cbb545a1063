//! What is on the disk after the power was cut.
//!
//! What was synced is there. Of what was asked of a file after its last sync, anything may be there: a disk and the
//! system above it write in an order of their own, and a write of many sectors may have reached some of them. So each of
//! these operations is there, or not, or in some of its sectors, whatever became of the ones before it; a later one that
//! is there without an earlier one is what reordering looks like. Names are on the disk when their folder is synced.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::Path;

use super::{FileId, Operation, Tape};

/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

/// A choice among this many, from 0 on.
type Choose<'a> = dyn FnMut(u64) -> u64 + 'a;

/// The files of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    files: BTreeMap<String, Vec<u8>>,
}

impl Image {
    /// The files by name.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Writes the files into a folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        self.files.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
    }
}

/// How much luck the unsynced has.
enum Luck {
    Nothing,
    All,
    /// All, but that the last operation is torn.
    AllButTheLast,
    /// Each operation of its own, with so many chances of 8.
    Each(u64),
}

/// What becomes of one operation.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    There,
    Lost,
    Torn,
}

impl Luck {
    fn choose(choose: &mut Choose<'_>) -> Self {
        match choose(8) {
            0 => Self::Nothing,
            1 => Self::All,
            2 | 3 => Self::AllButTheLast,
            _ => Self::Each(1 + choose(7)),
        }
    }

    fn fate(&self, last: bool, choose: &mut Choose<'_>) -> Fate {
        match self {
            Self::Nothing => Fate::Lost,
            Self::AllButTheLast if last => Fate::Torn,
            Self::All | Self::AllButTheLast => Fate::There,
            Self::Each(chances) => match choose(8) {
                chance if chance >= *chances => Fate::Lost,
                chance if chance % 3 == 0 => Fate::Torn,
                _ => Fate::There,
            },
        }
    }
}

impl Tape {
    /// What may be on the disk if the power is cut at a position. `choose` decides what the disk leaves to luck: given
    /// a number that is not 0, it answers one below that.
    #[must_use]
    pub fn after_cut(&self, position: usize, choose: &mut Choose<'_>) -> Image {
        let operations = self.operations.get(..position).unwrap_or(&self.operations);
        let certain = certain(operations);
        let luck = Luck::choose(choose);
        let last = (0..operations.len()).rev().find(|&place| operations[place].changes() && !certain[place]);
        let fates = operations.iter().zip(&certain).enumerate().map(|(place, (operation, &certain))| {
            if certain || !operation.changes() { Fate::There } else { luck.fate(last == Some(place), choose) }
        });
        let fates: Vec<Fate> = fates.collect();
        let contents = contents(operations, &fates, choose);
        image(names(operations, choose), contents)
    }

    /// What is in the files if all goes well: everything that was asked.
    #[must_use]
    pub fn everything(&self) -> Image {
        let fates = vec![Fate::There; self.operations.len()];
        let contents = contents(&self.operations, &fates, &mut |_| 0);
        // The last of what each name may be.
        image(names(&self.operations, &mut |bound| bound - 1), contents)
    }
}

/// What is in each file after these fates of these operations.
fn contents(operations: &[Operation], fates: &[Fate], choose: &mut Choose<'_>) -> HashMap<FileId, Vec<u8>> {
    let mut contents: HashMap<FileId, Vec<u8>> = HashMap::new();
    for (operation, &fate) in operations.iter().zip(fates) {
        match operation {
            Operation::Written { file, at, bytes } => {
                write(contents.entry(*file).or_default(), *at, bytes, fate, choose);
            }
            Operation::Resized { file, to } if fate == Fate::There => {
                contents.entry(*file).or_default().resize(length(*to), 0);
            }
            _ => {}
        }
    }
    contents
}

fn image(names: BTreeMap<String, FileId>, mut contents: HashMap<FileId, Vec<u8>>) -> Image {
    let files = names.into_iter().map(|(name, file)| (name, contents.remove(&file).unwrap_or_default()));
    Image { files: files.collect() }
}

impl Operation {
    /// Whether it changes what is in a file.
    fn changes(&self) -> bool {
        matches!(self, Self::Written { .. } | Self::Resized { .. })
    }
}

/// Of each operation, whether what it changed is on the disk for certain.
fn certain(operations: &[Operation]) -> Vec<bool> {
    let mut certain = vec![false; operations.len()];
    // Of each file, what waits for a sync.
    let mut waiting: HashMap<FileId, Vec<usize>> = HashMap::new();
    for (place, operation) in operations.iter().enumerate() {
        match operation {
            Operation::Written { file, .. } | Operation::Resized { file, .. } => {
                waiting.entry(*file).or_default().push(place);
            }
            Operation::Synced { file, begun } => {
                let waiting = waiting.entry(*file).or_default();
                let later = waiting.partition_point(|place| place < begun);
                waiting.drain(..later).for_each(|place| certain[place] = true);
            }
            Operation::SyncFailed { file, begun } => {
                waiting.entry(*file).or_default().retain(|place| place >= begun);
            }
            Operation::Created { .. } | Operation::Deleted { .. } | Operation::FolderSynced { .. } => {}
        }
    }
    certain
}

/// Writes what becomes of some bytes.
fn write(content: &mut Vec<u8>, at: u64, bytes: &[u8], fate: Fate, choose: &mut Choose<'_>) {
    if fate == Fate::Lost {
        return;
    }
    let mut rest = bytes;
    let mut at = at;
    while !rest.is_empty() {
        let (sector, after) = rest.split_at(length(SECTOR - at % SECTOR).min(rest.len()));
        if fate == Fate::There || choose(2) == 0 {
            let (start, end) = (length(at), length(at) + sector.len());
            if content.len() < end {
                content.resize(end, 0);
            }
            content[start..end].copy_from_slice(sector);
        }
        at += sector.len() as u64;
        rest = after;
    }
}

/// Which file each name has: as the folder was synced, or as it was at any moment since.
fn names(operations: &[Operation], choose: &mut Choose<'_>) -> BTreeMap<String, FileId> {
    let synced = operations.iter().filter_map(|operation| match operation {
        Operation::FolderSynced { begun } => Some(*begun),
        _ => None,
    });
    let synced = synced.max().unwrap_or_default();
    let mut may_be: BTreeMap<&str, Vec<Option<FileId>>> = BTreeMap::new();
    for (place, operation) in operations.iter().enumerate() {
        let (name, file) = match operation {
            Operation::Created { file, name } => (name, Some(*file)),
            Operation::Deleted { name } => (name, None),
            _ => continue,
        };
        let may_be = may_be.entry(name).or_insert_with(|| vec![None]);
        if place < synced {
            may_be.clear();
        }
        may_be.push(file);
    }
    let names = may_be.into_iter().filter_map(|(name, may_be)| {
        let chosen = may_be[length(choose(may_be.len() as u64))];
        chosen.map(|file| (name.to_owned(), file))
    });
    names.collect()
}

fn length(number: u64) -> usize {
    usize::try_from(number).expect("what was written from memory fits into it")
}
