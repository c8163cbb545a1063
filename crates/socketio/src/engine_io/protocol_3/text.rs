//! Payloads as text (Engine.IO protocol 3, "Encoding", "Payload"): `<length>:<packet>` for each packet. Lengths are
//! those of JavaScript strings, so they count UTF-16 code units.

use std::io::Write as _;

use bytes::Bytes;

use super::MAX_DIGITS;
use super::packet::decode_text;
use crate::engine_io::packet::{InvalidPacket, Packet};

/// The packets of a payload, one after the other. After an error there is nothing more.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::decode_text_payload;
///
/// assert_eq!(decode_text_payload("2:4a2:4b".into())?.count(), 2);
/// # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
/// ```
#[derive(Debug)]
pub struct TextPayload {
    /// It is UTF-8.
    rest: Bytes,
}

/// Reads the body of a POST whose type is text.
///
/// ```
/// use chinwag_socketio::engine_io::Packet;
/// use chinwag_socketio::engine_io::protocol_3::decode_text_payload;
///
/// assert_eq!(decode_text_payload("1:22:4ü".into())?.next(), Some(Ok(Packet::Ping("".into()))));
/// assert_eq!(decode_text_payload("1:22:4ü".into())?.count(), 2);
/// # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
/// ```
///
/// # Errors
/// It is empty or not UTF-8.
pub fn decode_text_payload(body: Bytes) -> Result<TextPayload, InvalidPacket> {
    if body.is_empty() || std::str::from_utf8(&body).is_err() {
        return Err(InvalidPacket);
    }
    Ok(TextPayload { rest: body })
}

impl Iterator for TextPayload {
    type Item = Result<Packet, InvalidPacket>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            match self.split() {
                // The original writes "0:" when there is nothing to say.
                Some(packet) if packet.is_empty() => {}
                Some(packet) => {
                    let packet = decode_text(&packet);
                    if packet.is_err() {
                        self.rest.clear();
                    }
                    return Some(packet);
                }
                None => {
                    self.rest.clear();
                    return Some(Err(InvalidPacket));
                }
            }
        }
        None
    }
}

impl TextPayload {
    /// Takes off the next packet with its length.
    fn split(&mut self) -> Option<Bytes> {
        let digits = self.rest.iter().take(MAX_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at_checked(digits)?;
        let rest = rest.strip_prefix(b":")?;
        let length = std::str::from_utf8(digits).ok()?.parse().ok()?;
        let packet = rest.get(..prefix(rest, length)?)?;
        let used = digits.len() + 1 + packet.len();
        let packet = self.rest.slice_ref(packet);
        self.rest = self.rest.split_off(used);
        Some(packet)
    }
}

/// How many bytes the first so many UTF-16 code units of a UTF-8 text take. `None` if it is shorter, or if a
/// character would be split.
fn prefix(text: &[u8], units: usize) -> Option<usize> {
    if text.get(..units)?.is_ascii() {
        return Some(units);
    }
    let mut bytes = 0;
    let mut missing = units;
    while missing > 0 {
        let (width, units) = match text.get(bytes)? {
            0..0xc0 => (1, 1),
            0xc0..0xe0 => (2, 1),
            0xe0..0xf0 => (3, 1),
            0xf0.. => (4, 2),
        };
        bytes += width;
        missing = missing.checked_sub(units)?;
    }
    Some(bytes)
}

/// Appends a packet, which is UTF-8.
pub(super) fn write(out: &mut Vec<u8>, packet: &[u8]) {
    // Every character has one byte that continues none; those of two units begin from 0xf0 on.
    let characters = packet.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    let pairs = packet.iter().filter(|byte| **byte >= 0xf0).count();
    // Writing to a vector cannot fail.
    let _ = write!(out, "{}:", characters + pairs);
    out.extend_from_slice(packet);
}
