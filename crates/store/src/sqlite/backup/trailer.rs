//! What a backup says of itself, behind the database: a line of JSON, with the end of the database's last line before it,
//! and a line of [`END_BYTES`] by which that is found from the file's end and known to be whole.
//!
//! ```text
//!
//! {"chinwag_backup":1,"chinwag":"0.1.0","format":1,"epoch":"…","made_at":1795219200000,"bytes":4096,"sha256":"…"}
//! chinwag-backup-end 00000192 <SHA-256 of the line before, with both of its line ends, in hexadecimal digits>
//! ```
//!
//! The last line, and `chinwag_backup` in the one before it, stay as they are in all versions to come.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use chinwag_model::{Epoch, Millis};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// The version written here, and the newest that is read.
pub(in crate::sqlite) const VERSION: u32 = 1;
/// What the last line begins with.
const MAGIC: &str = "chinwag-backup-end ";
/// Digits of the first line's length in the last one.
const LENGTH_DIGITS: usize = 8;
/// Bytes in the last line: magic, length, space, digest, and its end.
const END_BYTES: usize = MAGIC.len() + LENGTH_DIGITS + 1 + 64 + 1;
/// Most bytes in the first line.
const LINE_BYTES: usize = 16 * 1_024;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::sqlite) struct Trailer {
    /// The version of all this.
    pub(in crate::sqlite) chinwag_backup: u32,
    /// The version of Chinwag that made it.
    pub(in crate::sqlite) chinwag: String,
    /// The database's format.
    pub(in crate::sqlite) format: i64,
    /// The epoch in which it was made.
    pub(in crate::sqlite) epoch: Epoch,
    /// The time of the snapshot.
    pub(in crate::sqlite) made_at: Millis,
    /// How many bytes come before the trailer.
    pub(in crate::sqlite) bytes: u64,
    /// Their SHA-256, in small hexadecimal digits.
    pub(in crate::sqlite) sha256: String,
}

/// The version alone, which is read first: what else a newer one says is not known.
#[derive(Deserialize)]
struct JustVersion {
    chinwag_backup: u32,
}

/// Why there is no trailer.
#[derive(Debug)]
pub(in crate::sqlite) enum Fault {
    /// The file does not end like a backup.
    Missing,
    /// It does, but is not what was written.
    Damaged,
    /// It is of a version that is not known here.
    Newer(u32),
    /// It cannot be read.
    Io(io::Error),
}

impl Trailer {
    /// As it is written behind the database.
    pub(in crate::sqlite) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut line = b"\n".to_vec();
        serde_json::to_writer(&mut line, self)?;
        line.push(b'\n');
        let end = end_of(&line);
        line.extend_from_slice(end.as_bytes());
        Ok(line)
    }

    /// Reads it from the end of a file.
    pub(in crate::sqlite) fn read(mut file: &File, length: u64) -> Result<Self, Fault> {
        let most = length.min((LINE_BYTES + END_BYTES) as u64);
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(length - most)).map_err(Fault::Io)?;
        file.take(most).read_to_end(&mut tail).map_err(Fault::Io)?;
        Self::decode(&tail, length)
    }

    /// Finds it in the last bytes of a file that is so long.
    fn decode(tail: &[u8], length: u64) -> Result<Self, Fault> {
        let (tail, end) = tail.split_last_chunk::<END_BYTES>().ok_or(Fault::Missing)?;
        let end = str::from_utf8(end).map_err(|_| Fault::Missing)?;
        let digits = end.strip_prefix(MAGIC).ok_or(Fault::Missing)?.get(..LENGTH_DIGITS);
        let bytes = digits.and_then(|digits| digits.parse::<usize>().ok()).ok_or(Fault::Damaged)?;
        let first = tail.len().checked_sub(bytes).ok_or(Fault::Damaged)?;
        let line = tail.get(first..).ok_or(Fault::Damaged)?;
        if end != end_of(line) {
            return Err(Fault::Damaged);
        }
        let JustVersion { chinwag_backup } = serde_json::from_slice(line).map_err(|_| Fault::Damaged)?;
        if chinwag_backup > VERSION {
            return Err(Fault::Newer(chinwag_backup));
        }
        let trailer: Self = serde_json::from_slice(line).map_err(|_| Fault::Damaged)?;
        let before = length.checked_sub((line.len() + END_BYTES) as u64);
        if before == Some(trailer.bytes) { Ok(trailer) } else { Err(Fault::Damaged) }
    }
}

/// The line that comes after this one.
fn end_of(line: &[u8]) -> String {
    let digest = digits(Sha256::new_with_prefix(line));
    format!("{MAGIC}{:0LENGTH_DIGITS$} {digest}\n", line.len())
}

/// A digest in small hexadecimal digits.
pub(in crate::sqlite) fn digits(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
