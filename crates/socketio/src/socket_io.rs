//! Packets of Socket.IO protocols 3 to 5 in their default (JSON) encoding, without I/O.
//!
//! A packet is written as the WebSocket frames of its Engine.IO messages: one text frame, then one binary frame for
//! each attachment. The polling transport takes the same bytes apart, so that a broadcast is encoded once whatever
//! its receivers use.
//!
//! Clients with another parser are served by [`message_pack`], from the same bytes and to the same [`Packet`].
//!
//! ```
//! use chinwag_socketio::socket_io::{Args, decode, event, Limits};
//! use chinwag_socketio::websocket::Frames;
//!
//! let frames = event("/chat", None, "said", &Args::One(&"hello"))?;
//! let (_, text) = Frames::new(frames).next().unwrap();
//! let packet = decode(&text.slice(1..), &Limits::default())?; // without Engine.IO's 4
//! assert_eq!(packet.namespace, "/chat");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod arguments;
mod assembler;
mod decode;
mod encode;
mod json;
pub mod message_pack;
mod placeholders;
pub mod protocol_4;
mod rewrite;

#[cfg(test)]
mod tests;

pub use arguments::{Arguments, PayloadError};
pub use assembler::{Assembler, Incoming, Refused};
pub(crate) use decode::is_reserved;
pub use decode::{Body, DecodeError, Limits, Packet, decode};
pub use encode::{Args, EncodeError, ack, connect, connect_error, disconnect, event};
pub(crate) use rewrite::{parts, with_argument, with_id};
