//! Engine.IO protocol 4 without I/O: packets, polling payloads and the states of a session. What older clients
//! write and read differently is in [`protocol_3`].

pub mod jsonp;
mod packet;
mod payload;
pub mod protocol_3;
mod session;

#[cfg(test)]
mod tests;

pub use packet::{InvalidPacket, Message, Packet, decode, message, open};
pub use payload::{Payload, decode_payload, encode_payload};
pub use session::{Due, Phase, PollRefused, Received, Session, Timing, Transport};

pub(crate) use packet::{NOOP, PING, PONG_PROBE};
