//! The server's side of the WebSocket protocol (RFC 6455) and its compression (RFC 7692), without I/O.
//!
//! Written by ourselves for two reasons: a broadcast is framed once and the same bytes are written to every socket,
//! and an idle connection keeps no buffers.
//!
//! ```
//! use chinwag_socketio::websocket::{Decoder, Message, Opcode, frame};
//!
//! let mut decoder = Decoder::new(1_000_000);
//! let ping = decoder.decode(&mut &b"\x89\x82\0\0\0\0hi"[..])?;
//! assert_eq!(ping, Some(Message::Ping("hi".into())));
//! assert_eq!(frame(Opcode::Pong, b"hi"), "\u{8a}\u{2}hi".chars().map(|c| c as u8).collect::<Vec<u8>>());
//! # Ok::<_, chinwag_socketio::websocket::Error>(())
//! ```

mod decoder;
pub mod deflate;
mod frame;
mod handshake;

#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Error, Message};
pub use frame::{Frames, Opcode, close, frame, write_frame};
pub use handshake::{Handshake, Refused, accept_key};

pub(crate) use frame::FrameBuilder;
