//! Engine.IO protocol 4 without I/O: packets, polling payloads and the states of a session. What older clients
//! write and read differently is in [`protocol_3`].
//!
//! ```
//! use chinwag_socketio::engine_io::{Message, Packet, decode, decode_payload};
//!
//! assert_eq!(decode(&"4hello".into())?, Packet::Message(Message::Text("hello".into())));
//! // What is posted may be several packets.
//! let packets: Vec<Packet> = decode_payload("2\u{1e}3".into())?.collect::<Result<_, _>>()?;
//! assert_eq!(packets, [Packet::Ping("".into()), Packet::Pong("".into())]);
//! # Ok::<_, chinwag_socketio::engine_io::InvalidPacket>(())
//! ```

pub mod jsonp;
mod packet;
mod payload;
pub mod protocol_3;
mod session;

#[cfg(test)]
mod tests;

pub use packet::{InvalidPacket, Message, Packet, decode, message, open};
pub use payload::{Payload, decode_payload, encode_payload};
pub use session::{Due, Phase, PollRefused, Protocol, Received, Session, Timing, Transport};

pub(crate) use packet::{NOOP, PING, PONG_PROBE};
