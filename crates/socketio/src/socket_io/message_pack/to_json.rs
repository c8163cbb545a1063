//! Writes a value in MessagePack as JSON with attachments.

use std::io::Write as _;

use bytes::Bytes;

use super::reader::{Head, Reader};
use super::{WHOLE, date};
use crate::socket_io::{DecodeError, Limits, Refused};

/// An array or map that is being written.
struct Level {
    map: bool,
    /// How many values or pairs are still to come.
    due: u32,
    first: bool,
}

struct Writer<'a> {
    source: &'a Bytes,
    limits: &'a Limits,
    out: Vec<u8>,
    attachments: Vec<Bytes>,
    attachment_bytes: usize,
    /// Whether there is a map of the sender's that JSON clients take for a placeholder.
    lookalike: bool,
}

/// Writes the value that `value`, a part of `source`, consists of. Binary values become placeholders for attachments,
/// which are parts of `source`.
///
/// The JSON has at most 20 bytes for each byte of the value: that is a placeholder with a comma for an empty binary
/// value. For text it is 6. Depth is not looked at: it costs 8 bytes a level, and the JSON is checked for it anyway.
///
/// # Errors
/// The value is not MessagePack, its binary values are over the limits, or a map could be taken for one of them.
pub(super) fn to_json(source: &Bytes, value: &[u8], limits: &Limits) -> Result<(Bytes, Vec<Bytes>), Refused> {
    let out = Vec::with_capacity(value.len());
    let mut writer =
        Writer { source, limits, out, attachments: Vec::new(), attachment_bytes: 0, lookalike: false };
    writer.value(&mut Reader::new(value))?;
    // In JSON there would be no telling it from a binary value of this packet. Where there are none it is harmless.
    if writer.lookalike && !writer.attachments.is_empty() {
        return Err(DecodeError::Payload.into());
    }
    // Most of the message may have been something else.
    writer.out.shrink_to_fit();
    Ok((writer.out.into(), writer.attachments))
}

impl Writer<'_> {
    fn value(&mut self, reader: &mut Reader<'_>) -> Result<(), Refused> {
        let mut levels: Vec<Level> = Vec::new();
        loop {
            let (map, due) = match reader.head().ok_or(DecodeError::MessagePack)? {
                Head::Array(due) => (false, due),
                Head::Map(due) => (true, due),
                scalar => {
                    self.scalar(scalar)?;
                    if !self.go_on(&mut levels, reader)? {
                        return Ok(());
                    }
                    continue;
                }
            };
            self.out.push(if map { b'{' } else { b'[' });
            levels.push(Level { map, due, first: true });
            if !self.go_on(&mut levels, reader)? {
                return Ok(());
            }
        }
    }

    /// Writes what is between values. `false`: there is none to come.
    fn go_on(&mut self, levels: &mut Vec<Level>, reader: &mut Reader<'_>) -> Result<bool, Refused> {
        while let Some(level) = levels.last_mut() {
            if let Some(due) = level.due.checked_sub(1) {
                level.due = due;
                if !std::mem::replace(&mut level.first, false) {
                    self.out.push(b',');
                }
                if level.map {
                    self.key(reader)?;
                }
                return Ok(true);
            }
            self.out.push(if level.map { b'}' } else { b']' });
            levels.pop();
        }
        Ok(false)
    }

    /// Keys are strings in JSON; others are written as the text that JavaScript makes of them.
    fn key(&mut self, reader: &mut Reader<'_>) -> Result<(), Refused> {
        match reader.head().ok_or(DecodeError::MessagePack)? {
            Head::Text(text) => {
                self.lookalike |= text == b"_placeholder" && reader.before_true();
                self.text(text)?;
            }
            scalar @ (Head::Nil | Head::Bool(_) | Head::Unsigned(_) | Head::Signed(_) | Head::Float(_)) => {
                self.out.push(b'"');
                self.scalar(scalar)?;
                self.out.push(b'"');
            }
            _ => return Err(DecodeError::MessagePack.into()),
        }
        self.out.push(b':');
        Ok(())
    }

    fn scalar(&mut self, scalar: Head<'_>) -> Result<(), Refused> {
        // Writing to a vector cannot fail.
        let _ = match scalar {
            Head::Bool(value) => write!(self.out, "{value}"),
            Head::Unsigned(value) => write!(self.out, "{value}"),
            Head::Signed(value) => write!(self.out, "{value}"),
            Head::Float(value) if value.trunc() == value && value.abs() <= WHOLE => {
                write!(self.out, "{}", value as i64)
            }
            Head::Float(value) if value.is_finite() => {
                serde_json::to_writer(&mut self.out, &value).map_err(std::io::Error::from)
            }
            Head::Nil | Head::Float(_) => self.out.write_all(b"null"),
            Head::Text(text) => return self.text(text),
            Head::Binary(bytes) => return self.binary(bytes),
            Head::Extension { kind, data, fixed } => return self.extension(kind, data, fixed),
            Head::Array(_) | Head::Map(_) => return Err(DecodeError::MessagePack.into()),
        };
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Refused> {
        let text = std::str::from_utf8(text).map_err(|_| DecodeError::MessagePack)?;
        serde_json::to_writer(&mut self.out, text).map_err(|_| DecodeError::MessagePack)?;
        Ok(())
    }

    fn binary(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let number = self.attachments.len();
        if number >= self.limits.attachments {
            return Err(DecodeError::TooManyAttachments.into());
        }
        self.attachment_bytes += bytes.len();
        if self.attachment_bytes > self.limits.attachment_bytes {
            return Err(Refused::TooLarge);
        }
        self.attachments.push(self.source.slice_ref(bytes));
        // Writing to a vector cannot fail.
        let _ = write!(self.out, "{{\"_placeholder\":true,\"num\":{number}}}");
        Ok(())
    }

    /// Timestamps, and the types of notepack.io 2, all of which have the number 0: `undefined` has one byte, a `Date`
    /// has eight, and an `ArrayBuffer` is not of a fixed length.
    fn extension(&mut self, kind: i8, data: &[u8], fixed: bool) -> Result<(), Refused> {
        match (kind, data.len(), fixed) {
            (0, _, false) => return self.binary(data),
            (0, 1, true) => self.out.extend_from_slice(b"null"),
            (0, 8, true) => {
                let time = data.first_chunk().map(|time| i64::from_be_bytes(*time));
                date::write(&mut self.out, time.ok_or(DecodeError::MessagePack)?.into());
            }
            (-1, ..) => {
                let time = date::timestamp(data).ok_or(DecodeError::MessagePack)?;
                date::write(&mut self.out, time);
            }
            _ => return Err(DecodeError::MessagePack.into()),
        }
        Ok(())
    }
}
