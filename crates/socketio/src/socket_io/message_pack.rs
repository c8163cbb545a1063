//! The encoding of the parser `socket.io-msgpack-parser`: each packet is one binary message, a map in MessagePack of
//! the fields `type`, `data`, `nsp` and `id`.
//!
//! The rest of the crate knows packets as JSON with attachments. [`decode`] turns what a client wrote into that, with
//! a placeholder and an attachment for each binary value, and [`encode`] turns what is queued for a client into what
//! it reads. So handlers do not know which parser a client uses, and broadcasts are written as JSON once and
//! translated once. [`to_json`] and [`from_json`] do the same with values that are no packets, for adapters.
//!
//! ```
//! use chinwag_socketio::socket_io::{Args, Limits, event, message_pack};
//! use chinwag_socketio::websocket::Frames;
//!
//! let frames = message_pack::encode(&event("/", None, "said", &Args::One(&"hello"))?);
//! let (_, bytes) = Frames::new(frames).next().unwrap();
//! let packet = message_pack::decode(&bytes, &Limits::default())?;
//! assert_eq!(packet.namespace, "/");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod date;
mod decode;
mod encode;
mod from_json;
mod reader;
mod to_json;
mod tokens;
mod values;

#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;
pub use values::{from_json, to_json};

/// Up to 2^53 a number that is whole is written as such, whatever its type, because JavaScript has only one. Beyond,
/// not all whole numbers are floats.
const WHOLE: f64 = 9_007_199_254_740_992.0;
