//! Rows in the [binary format of COPY](https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.55.9.4): as they are
//! copied, and as both sides are compared.

use bytes::{Buf, Bytes, BytesMut};
use rusqlite::types::ValueRef;
use uuid::Uuid;

use super::tables::{Column, Kind};

#[cfg(test)]
mod tests;

/// What comes first: the signature, no flags, no more header.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What comes last, in place of a number of fields.
const TRAILER: i16 = -1;

/// What is wrong with a value: to be read after "the row has".
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit(pub(super) String);

/// One row.
#[derive(Debug, Default)]
pub(super) struct Row(Vec<u8>);

impl Row {
    /// Begins another with so many values.
    pub(super) fn begin(&mut self, values: usize) {
        self.0.clear();
        let values = i16::try_from(values).unwrap_or(i16::MAX);
        self.0.extend_from_slice(&values.to_be_bytes());
    }

    /// Adds a value, if the column can have it.
    pub(super) fn add(&mut self, column: &Column, value: ValueRef<'_>) -> Result<(), Misfit> {
        let misfit = |what: &str| Misfit(format!("{what} in the column {}", column.name));
        match (column.kind, value) {
            (_, ValueRef::Null) if column.is_optional => {
                self.0.extend_from_slice(&(-1_i32).to_be_bytes());
                Ok(())
            }
            (Kind::Id, ValueRef::Blob(id)) if id.len() == 16 => self.field(column, id),
            (Kind::Id, ValueRef::Blob(_)) => Err(misfit("an id that does not have 16 bytes")),
            (Kind::Integer, ValueRef::Integer(number)) => self.field(column, &number.to_be_bytes()),
            (Kind::Small, ValueRef::Integer(number)) => match i16::try_from(number) {
                Ok(number) => self.field(column, &number.to_be_bytes()),
                Err(_) => Err(misfit(&format!("the number {number}"))),
            },
            (Kind::Text, ValueRef::Text(text)) if text.contains(&0) => {
                Err(misfit("a text with the character 0"))
            }
            (Kind::Text, ValueRef::Text(text)) if std::str::from_utf8(text).is_err() => {
                Err(misfit("a text that is not UTF-8"))
            }
            (Kind::Text, ValueRef::Text(text)) => self.field(column, text),
            (Kind::Bytes, ValueRef::Blob(bytes)) => self.field(column, bytes),
            (_, value) => Err(misfit(&format!("a value of the type {}", value.data_type()))),
        }
    }

    fn field(&mut self, column: &Column, bytes: &[u8]) -> Result<(), Misfit> {
        let length = i32::try_from(bytes.len());
        let length = length.map_err(|_| Misfit(format!("too much in the column {}", column.name)))?;
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    /// As it is copied.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A row by its key, for people.
pub(super) fn shown(key: &[Column], values: &[ValueRef<'_>]) -> String {
    let shown = key.iter().zip(values).map(|(column, value)| match value {
        ValueRef::Null => "nothing".into(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) if column.kind == Kind::Id => id.to_string(),
            _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        },
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Some rows, to be copied at once.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: BytesMut,
    pub(super) rows: u64,
}

impl Chunk {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let mut buffer = BytesMut::with_capacity(bytes);
        buffer.extend_from_slice(HEADER);
        Self { bytes: buffer, rows: 0 }
    }

    pub(super) fn add(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.rows += 1;
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Bytes {
        self.bytes.extend_from_slice(&TRAILER.to_be_bytes());
        self.bytes.freeze()
    }
}

/// Finds the rows in what comes, however that is cut up.
#[derive(Debug, Default)]
pub(super) struct Reader {
    buffer: BytesMut,
    has_header: bool,
    is_ended: bool,
}

impl Reader {
    /// Gives each row that is whole to `take`.
    pub(super) fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        self.buffer.extend_from_slice(bytes);
        if !self.has_header {
            let Some(more) = number(&self.buffer, HEADER.len() - 4) else { return };
            let length = HEADER.len() + more;
            if self.buffer.len() < length {
                return;
            }
            self.buffer.advance(length);
            self.has_header = true;
        }
        while let Some(length) = self.row_length() {
            take(self.buffer.get(..length).unwrap_or_default());
            self.buffer.advance(length);
        }
    }

    /// Whether all came that there is.
    pub(super) fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// How long the next row is, if all of it is here.
    fn row_length(&mut self) -> Option<usize> {
        let fields = i16::from_be_bytes(*self.buffer.first_chunk()?);
        if fields == TRAILER {
            self.is_ended = true;
            return None;
        }
        let mut at = 2;
        for _ in 0..fields {
            let length = i32::from_be_bytes(*self.buffer.get(at..)?.first_chunk()?);
            // Less than 0: no value, and nothing follows.
            at += 4 + usize::try_from(length).unwrap_or(0);
        }
        (at <= self.buffer.len()).then_some(at)
    }
}

/// The number of four bytes at a place.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let number = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
    usize::try_from(number).ok()
}
