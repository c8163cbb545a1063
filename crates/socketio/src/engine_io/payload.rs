//! Payloads of the polling transport (Engine.IO protocol 4, "Packet encoding", "HTTP long-polling").

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use super::packet::{InvalidPacket, Message, Packet, decode};
use crate::websocket::{Frames, Opcode};

/// Between packets.
const SEPARATOR: u8 = 0x1e;

/// Writes padding, and reads with it or without.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The packets of a payload, one after the other. After an error there is nothing more.
///
/// ```
/// use chinwag_socketio::engine_io::{InvalidPacket, Packet, decode_payload};
///
/// let mut packets = decode_payload("3\u{1e}?\u{1e}3".into())?;
/// assert_eq!(packets.next(), Some(Ok(Packet::Pong("".into()))));
/// assert_eq!(packets.next(), Some(Err(InvalidPacket)));
/// assert_eq!(packets.next(), None);
/// # Ok::<_, InvalidPacket>(())
/// ```
#[derive(Debug)]
pub struct Payload {
    rest: Option<Bytes>,
}

/// Reads the body of a POST.
///
/// ```
/// use chinwag_socketio::engine_io::{Message, Packet, decode_payload};
///
/// let packets: Result<Vec<Packet>, _> = decode_payload("4hello\u{1e}bAAH/".into())?.collect();
/// let text = Packet::Message(Message::Text("hello".into()));
/// let bytes = Packet::Message(Message::Binary(vec![0, 1, 255].into()));
/// assert_eq!(packets?, [text, bytes]);
/// # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
/// ```
///
/// # Errors
/// It is not UTF-8.
pub fn decode_payload(body: Bytes) -> Result<Payload, InvalidPacket> {
    std::str::from_utf8(&body).map_err(|_| InvalidPacket)?;
    Ok(Payload { rest: Some(body) })
}

impl Iterator for Payload {
    type Item = Result<Packet, InvalidPacket>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = self.rest.take()?;
        let packet = match memchr::memchr(SEPARATOR, &rest) {
            Some(end) => {
                let packet = rest.split_to(end);
                self.rest = Some(rest.split_off(1));
                packet
            }
            None => rest,
        };
        let packet = match packet.strip_prefix(b"b") {
            Some(text) => BASE64
                .decode(text)
                .map(|bytes| Packet::Message(Message::Binary(bytes.into())))
                .map_err(|_| InvalidPacket),
            None => decode(&packet),
        };
        if packet.is_err() {
            self.rest = None;
        }
        Some(packet)
    }
}

/// Writes the body of the answer to a poll from WebSocket frames.
///
/// ```
/// use chinwag_socketio::engine_io::{Message, encode_payload, message};
///
/// let frames = [Message::Text("hello".into()), Message::Binary(vec![0, 1, 255].into())];
/// assert_eq!(encode_payload(frames.iter().map(message)), b"4hello\x1ebAAH/");
/// ```
pub fn encode_payload(frames: impl IntoIterator<Item = Bytes>) -> Vec<u8> {
    let mut payload = Vec::new();
    for (opcode, packet) in frames.into_iter().flat_map(Frames::new) {
        if !payload.is_empty() {
            payload.push(SEPARATOR);
        }
        match opcode {
            Opcode::Binary => {
                payload.push(b'b');
                let start = payload.len();
                payload.resize(start + packet.len().div_ceil(3) * 4, 0);
                if let Some(room) = payload.get_mut(start..) {
                    // There is exactly the room that it needs.
                    let _ = BASE64.encode_slice(&packet, room);
                }
            }
            _ => payload.extend_from_slice(&packet),
        }
    }
    payload
}
