//! A backup's file, taken apart and put together again as docs/operating.md documents it: with nothing of the server's.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Bytes in the last line.
const END_BYTES: usize = 93;

/// What a backup is made of.
#[derive(Clone, Debug)]
pub struct Backup {
    /// The database.
    pub database: Vec<u8>,
    /// What the trailer says.
    pub trailer: Value,
}

impl Backup {
    /// Reads one, which must be as documented.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let bytes = std::fs::read(file).unwrap();
        let (rest, end) = bytes.split_at(bytes.len() - END_BYTES);
        let end = std::str::from_utf8(end).unwrap();
        let words: Vec<&str> = end.split(' ').collect();
        assert_eq!((words[0], words.len()), ("chinwag-backup-end", 3), "{end}");
        let (database, line) = rest.split_at(rest.len() - words[1].parse::<usize>().unwrap());
        assert_eq!(format!("{}\n", sha256(line)), words[2]);
        assert!(line.starts_with(b"\n{") && line.ends_with(b"}\n"), "a line of its own");
        let trailer: Value = serde_json::from_slice(line).unwrap();
        assert_eq!(trailer["chinwag_backup"], 1, "{trailer}");
        assert_eq!(trailer["bytes"], database.len(), "{trailer}");
        assert_eq!(trailer["sha256"], sha256(database), "{trailer}");
        Self { database: database.to_vec(), trailer }
    }

    /// Writes it, with length and digests that are right.
    pub fn write(&mut self, file: &Path) {
        self.trailer["bytes"] = self.database.len().into();
        self.trailer["sha256"] = sha256(&self.database).into();
        let line = format!("\n{}\n", self.trailer);
        let end = format!("chinwag-backup-end {:08} {}\n", line.len(), sha256(line.as_bytes()));
        std::fs::write(file, [&self.database, line.as_bytes(), end.as_bytes()].concat()).unwrap();
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
