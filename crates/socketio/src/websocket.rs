//! The server's side of the WebSocket protocol (RFC 6455) and its compression (RFC 7692), without I/O.
//!
//! Written by ourselves for two reasons: a broadcast is framed once and the same bytes are written to every socket,
//! and an idle connection keeps no buffers.

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
