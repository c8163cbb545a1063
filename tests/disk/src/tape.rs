//! The tape: everything that was asked of a disk, in its order.

mod cut;

#[cfg(test)]
mod tests;

pub use cut::Image;

/// A file from its creation to its deletion. One name may have several files, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) usize);

/// Something that was asked of the disk. A position is a number of operations, and so the place of the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A file got a name.
    Created {
        /// The file.
        file: FileId,
        /// Within the folder.
        name: String,
    },
    /// A name was taken away.
    Deleted {
        /// Within the folder.
        name: String,
    },
    /// Bytes were written.
    Written {
        /// The file.
        file: FileId,
        /// Where the first of them lies.
        at: u64,
        /// They.
        bytes: Box<[u8]>,
    },
    /// A file's length was changed.
    Resized {
        /// The file.
        file: FileId,
        /// Its length since.
        to: u64,
    },
    /// A sync of a file succeeded. What had been asked of the file at the position where it began is on the disk.
    Synced {
        /// The file.
        file: FileId,
        /// Where it began.
        begun: usize,
    },
    /// A sync of a file failed. The system does not try again: what was to be synced may be on the disk or not, and no
    /// later sync will bring it there, though it succeeds.
    SyncFailed {
        /// The file.
        file: FileId,
        /// Where it began.
        begun: usize,
    },
    /// A sync of the folder succeeded: its names are on the disk as they were at the position where it began.
    FolderSynced {
        /// Where it began.
        begun: usize,
    },
}

/// Everything that was asked of a disk that was empty before.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    operations: Vec<Operation>,
    files: usize,
}

impl Tape {
    /// A tape on which nothing is recorded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many operations there are.
    #[must_use]
    pub fn position(&self) -> usize {
        self.operations.len()
    }

    /// The operations.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The same, as if no sync of files with this name had reached the disk: what a disk records that lies.
    #[must_use]
    pub fn without_syncs_of(&self, name: &str) -> Self {
        let mut named = Vec::new();
        for operation in &self.operations {
            if let Operation::Created { file, name: created } = operation
                && created == name
            {
                named.push(*file);
            }
        }
        let lie = |operation: &Operation| match operation {
            // A sync that holds for nothing, so that positions stay.
            Operation::Synced { file, .. } if named.contains(file) => {
                Operation::Synced { file: *file, begun: 0 }
            }
            other => other.clone(),
        };
        Self { operations: self.operations.iter().map(lie).collect(), files: self.files }
    }

    pub(crate) fn create(&mut self, name: &str) -> FileId {
        let file = FileId(self.files);
        self.files += 1;
        self.record(Operation::Created { file, name: name.to_owned() });
        file
    }

    /// All of a file, written and synced.
    pub(crate) fn record_whole(&mut self, file: FileId, bytes: Vec<u8>) {
        self.record(Operation::Resized { file, to: bytes.len() as u64 });
        self.record(Operation::Written { file, at: 0, bytes: bytes.into() });
        let begun = self.position();
        self.record(Operation::Synced { file, begun });
    }

    pub(crate) fn record(&mut self, operation: Operation) {
        self.operations.push(operation);
    }
}
