//! Packets (Engine.IO protocol 4, "Packet encoding").

use bytes::Bytes;
use serde::Serialize;

use crate::websocket::{self, Opcode};

/// The ping of the server, framed.
pub(crate) const PING: Bytes = Bytes::from_static(b"\x81\x012");
/// The packet that ends a poll without a message, framed.
pub(crate) const NOOP: Bytes = Bytes::from_static(b"\x81\x016");
/// The answer to the probe of an upgrade, framed.
pub(crate) const PONG_PROBE: Bytes = Bytes::from_static(b"\x81\x063probe");

/// What a packet of type "message" carries.
///
/// ```
/// use chinwag_socketio::engine_io::Message;
///
/// assert_eq!(Message::Text("ü".into()).len(), 2);
/// assert!(Message::Binary(vec![].into()).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text in UTF-8.
    Text(Bytes),
    /// Bytes.
    Binary(Bytes),
}

impl Message {
    /// Its length in bytes.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::Message;
    /// assert_eq!(Message::Binary(vec![1, 2].into()).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it has no bytes.
    ///
    /// ```
    /// # use chinwag_socketio::engine_io::Message;
    /// assert!(Message::Text("".into()).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A packet that came from a client.
///
/// ```
/// use chinwag_socketio::engine_io::{Packet, decode};
///
/// assert_eq!(decode(&"2probe".into()), Ok(Packet::Ping("probe".into())));
/// assert_eq!(decode(&"5".into()), Ok(Packet::Upgrade));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// 0: only servers send it.
    Open,
    /// 1: the session ends.
    Close,
    /// 2: only as the probe of an upgrade.
    Ping(Bytes),
    /// 3: the answer to a ping.
    Pong(Bytes),
    /// 4, or a binary message.
    Message(Message),
    /// 5: the upgrade is complete.
    Upgrade,
    /// 6.
    Noop,
}

/// A text that is no packet.
///
/// ```
/// use chinwag_socketio::engine_io::{InvalidPacket, decode};
///
/// assert_eq!(decode(&"".into()), Err(InvalidPacket));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Engine.IO packet")]
pub struct InvalidPacket;

/// Reads a packet from text, which must be UTF-8.
///
/// ```
/// use chinwag_socketio::engine_io::{InvalidPacket, Message, Packet, decode};
///
/// assert_eq!(decode(&"4hello".into()), Ok(Packet::Message(Message::Text("hello".into()))));
/// assert_eq!(decode(&"3".into()), Ok(Packet::Pong("".into())));
/// assert_eq!(decode(&"hello".into()), Err(InvalidPacket));
/// ```
///
/// # Errors
/// Its first character is none of `0` to `6`.
pub fn decode(text: &Bytes) -> Result<Packet, InvalidPacket> {
    let (kind, rest) = text.split_first().ok_or(InvalidPacket)?;
    let rest = text.slice_ref(rest);
    Ok(match kind {
        b'0' => Packet::Open,
        b'1' => Packet::Close,
        b'2' => Packet::Ping(rest),
        b'3' => Packet::Pong(rest),
        b'4' => Packet::Message(Message::Text(rest)),
        b'5' => Packet::Upgrade,
        b'6' => Packet::Noop,
        _ => return Err(InvalidPacket),
    })
}

/// A message, framed.
///
/// ```
/// use chinwag_socketio::engine_io::{Message, message};
///
/// assert_eq!(message(&Message::Text("hi".into())), &b"\x81\x034hi"[..]);
/// assert_eq!(message(&Message::Binary(vec![7].into())), &[0x82, 1, 7][..]);
/// ```
pub fn message(message: &Message) -> Bytes {
    match message {
        Message::Text(text) => {
            let mut packet = Vec::with_capacity(1 + text.len());
            packet.push(b'4');
            packet.extend_from_slice(text);
            websocket::frame(Opcode::Text, &packet)
        }
        Message::Binary(bytes) => websocket::frame(Opcode::Binary, bytes),
    }
}

/// The handshake ("Handshake"), framed. Times are in milliseconds.
///
/// ```
/// use chinwag_socketio::engine_io::open;
/// use chinwag_socketio::websocket::Frames;
///
/// let frame = open("abc", &["websocket"], 25_000, 20_000, 1_000_000);
/// let (_, packet) = Frames::new(frame).next().ok_or("no frame")?;
/// assert!(packet.starts_with(br#"0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"#));
/// # Ok::<_, &str>(())
/// ```
pub fn open(
    sid: &str,
    upgrades: &[&str],
    ping_interval: u64,
    ping_timeout: u64,
    max_payload: usize,
) -> Bytes {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Open<'a> {
        sid: &'a str,
        upgrades: &'a [&'a str],
        ping_interval: u64,
        ping_timeout: u64,
        max_payload: usize,
    }
    let open = Open { sid, upgrades, ping_interval, ping_timeout, max_payload };
    let json = serde_json::to_string(&open).unwrap_or_default();
    websocket::frame(Opcode::Text, format!("0{json}").as_bytes())
}
