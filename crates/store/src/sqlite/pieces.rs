//! A long file read piece by piece.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes in a piece.
const PIECE_BYTES: u64 = 1 << 20;

/// The first bytes of a file.
pub(super) struct Pieces<'a> {
    file: &'a File,
    left: u64,
    buffer: Vec<u8>,
}

impl<'a> Pieces<'a> {
    /// From its beginning, so many bytes if there are.
    pub(super) fn of(mut file: &'a File, bytes: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file, left: bytes, buffer: Vec::new() })
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.clear();
        let read = self.file.take(self.left.min(PIECE_BYTES)).read_to_end(&mut self.buffer)?;
        self.left -= read as u64;
        Ok((read > 0).then_some(&self.buffer))
    }
}
