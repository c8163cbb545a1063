//! Payloads as bytes (Engine.IO protocol 3, "Encoding", "Payload", XHR2): for each packet a 0 for text or a 1 for
//! bytes, its length in bytes as decimal digits of one byte each (0 to 9, not their characters), 255, the packet.

use bytes::Bytes;

use super::MAX_DIGITS;
use super::packet::{decode_binary, decode_text};
use crate::engine_io::packet::{InvalidPacket, Packet};

const TEXT: u8 = 0;
const BINARY: u8 = 1;
/// Between a length and its packet.
const SEPARATOR: u8 = 255;

/// The packets of a payload, one after the other. After an error there is nothing more.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::decode_binary_payload;
///
/// assert_eq!(decode_binary_payload(vec![0, 1, 255, b'2'].into())?.count(), 1);
/// # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
/// ```
#[derive(Debug)]
pub struct BinaryPayload {
    rest: Bytes,
}

/// Reads the body of a POST of the type `application/octet-stream`.
///
/// ```
/// use chinwag_socketio::engine_io::protocol_3::decode_binary_payload;
/// use chinwag_socketio::engine_io::{Message, Packet};
///
/// let packets: Result<Vec<Packet>, _> = decode_binary_payload(vec![1, 3, 255, 4, 0, 1].into())?.collect();
/// assert_eq!(packets?, [Packet::Message(Message::Binary(vec![0, 1].into()))]);
/// # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
/// ```
///
/// # Errors
/// It is empty.
pub fn decode_binary_payload(body: Bytes) -> Result<BinaryPayload, InvalidPacket> {
    if body.is_empty() { Err(InvalidPacket) } else { Ok(BinaryPayload { rest: body }) }
}

impl Iterator for BinaryPayload {
    type Item = Result<Packet, InvalidPacket>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let packet = self.read();
        if packet.is_err() {
            self.rest.clear();
        }
        Some(packet)
    }
}

impl BinaryPayload {
    fn read(&mut self) -> Result<Packet, InvalidPacket> {
        let (&kind, rest) = self.rest.split_first().ok_or(InvalidPacket)?;
        let digits = rest.iter().take(MAX_DIGITS).take_while(|byte| **byte < 10).count();
        let (digits, rest) = rest.split_at_checked(digits).ok_or(InvalidPacket)?;
        let rest = rest.strip_prefix(&[SEPARATOR]).ok_or(InvalidPacket)?;
        // Without digits it is empty, which no packet is.
        let length = digits.iter().fold(0_u64, |length, digit| length * 10 + u64::from(*digit));
        let length = usize::try_from(length).map_err(|_| InvalidPacket)?;
        let packet = self.rest.slice_ref(rest.get(..length).ok_or(InvalidPacket)?);
        let header = 1 + digits.len() + 1;
        self.rest = self.rest.split_off(header + length);
        match kind {
            TEXT => {
                std::str::from_utf8(&packet).map_err(|_| InvalidPacket)?;
                decode_text(&packet)
            }
            BINARY => decode_binary(&packet),
            _ => Err(InvalidPacket),
        }
    }
}

/// Appends a packet: text in UTF-8, or bytes that begin with their type.
pub(super) fn write(out: &mut Vec<u8>, binary: bool, packet: &[u8]) {
    out.push(if binary { BINARY } else { TEXT });
    out.extend(packet.len().to_string().bytes().map(|digit| digit - b'0'));
    out.push(SEPARATOR);
    out.extend_from_slice(packet);
}
