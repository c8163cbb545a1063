//! Writes JSON with attachments in MessagePack, in the forms that notepack.io uses: always the shortest.

use bytes::Bytes;

use super::WHOLE;
use super::tokens::{Token, Tokens, unescape};

/// Writes one value. `None`: this is not JSON. What is written then is of no use.
///
/// Lengths come before what they count, so the text is read twice.
pub(super) fn from_json(out: &mut Vec<u8>, json: &[u8], attachments: &[Bytes]) -> Option<()> {
    let mut lengths = lengths(Tokens::new(json, attachments.len()))?.into_iter();
    for token in Tokens::new(json, attachments.len()) {
        match token? {
            Token::Open { object: true } => map(out, lengths.next()? / 2),
            Token::Open { object: false } => array(out, lengths.next()?),
            Token::Close { .. } => {}
            Token::Text(escaped) => text(out, &unescape(escaped)?),
            Token::Number(number) => self::number(out, number)?,
            Token::Bool(value) => out.push(if value { 0xc3 } else { 0xc2 }),
            Token::Null => out.push(0xc0),
            Token::Attachment(number) => binary(out, attachments.get(number)?),
        }
    }
    Some(())
}

/// How many values there are in each array and object, of which keys are some.
fn lengths(tokens: Tokens<'_>) -> Option<Vec<usize>> {
    let mut lengths = Vec::new();
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut values = 0;
    for token in tokens {
        let token = token?;
        if let Token::Close { object } = token {
            let (place, opened) = open.pop()?;
            if opened != object || object && lengths.get(place)? % 2 != 0 {
                return None;
            }
            continue;
        }
        match open.last() {
            Some((place, _)) => *lengths.get_mut(*place)? += 1,
            None => values += 1,
        }
        if let Token::Open { object } = token {
            open.push((lengths.len(), object));
            lengths.push(0);
        }
    }
    (open.is_empty() && values == 1).then_some(lengths)
}

pub(super) fn map(out: &mut Vec<u8>, length: usize) {
    header(out, length, (0x80, 0x0f), [None, Some(0xde), Some(0xdf)]);
}

fn array(out: &mut Vec<u8>, length: usize) {
    header(out, length, (0x90, 0x0f), [None, Some(0xdc), Some(0xdd)]);
}

pub(super) fn text(out: &mut Vec<u8>, text: &[u8]) {
    header(out, text.len(), (0xa0, 0x1f), [Some(0xd9), Some(0xda), Some(0xdb)]);
    out.extend_from_slice(text);
}

fn binary(out: &mut Vec<u8>, bytes: &[u8]) {
    header(out, bytes.len(), (0, 0), [Some(0xc4), Some(0xc5), Some(0xc6)]);
    out.extend_from_slice(bytes);
}

/// Writes a length in the shortest form: within the first byte if `short` (what the byte is then, and up to which
/// length) has room, or after a first byte that says that it takes one, two or four bytes.
fn header(out: &mut Vec<u8>, length: usize, short: (u8, u8), forms: [Option<u8>; 3]) {
    let [one, two, four] = forms;
    match (u8::try_from(length), one) {
        (Ok(length), _) if short.0 != 0 && length <= short.1 => return out.push(short.0 | length),
        (Ok(length), Some(first)) => return out.extend_from_slice(&[first, length]),
        _ => {}
    }
    match (u16::try_from(length), two, four) {
        (Ok(length), Some(first), _) => {
            out.push(first);
            out.extend_from_slice(&length.to_be_bytes());
        }
        (_, _, Some(first)) => {
            out.push(first);
            // Nothing of this size is ever queued.
            out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
        _ => {}
    }
}

fn number(out: &mut Vec<u8>, number: &[u8]) -> Option<()> {
    let number = std::str::from_utf8(number).ok()?;
    if let Ok(whole) = number.parse() {
        unsigned(out, whole);
    } else if let Ok(whole) = number.parse() {
        signed(out, whole);
    } else {
        let float: f64 = number.parse().ok()?;
        if float.trunc() == float && float.abs() <= WHOLE {
            signed(out, float as i64);
        } else {
            out.push(0xcb);
            out.extend_from_slice(&float.to_be_bytes());
        }
    }
    Some(())
}

pub(super) fn unsigned(out: &mut Vec<u8>, number: u64) {
    let bytes = number.to_be_bytes();
    let (first, length) = match number {
        0..0x80 => (None, 1),
        0x80..0x100 => (Some(0xcc), 1),
        0x100..0x1_0000 => (Some(0xcd), 2),
        0x1_0000..0x1_0000_0000 => (Some(0xce), 4),
        _ => (Some(0xcf), 8),
    };
    out.extend(first);
    out.extend(bytes.iter().skip(8 - length));
}

fn signed(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = u64::try_from(number) {
        return unsigned(out, number);
    }
    let bytes = number.to_be_bytes();
    let (first, length) = match number {
        -0x20.. => (None, 1),
        -0x80.. => (Some(0xd0), 1),
        -0x8000.. => (Some(0xd1), 2),
        -0x8000_0000.. => (Some(0xd2), 4),
        _ => (Some(0xd3), 8),
    };
    out.extend(first);
    out.extend(bytes.iter().skip(8 - length));
}
