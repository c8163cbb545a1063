//! The format of `@socket.io/redis-adapter` 7 and 8, the classic one, as pure functions over bytes.
//!
//! Everything is published, nothing is stored:
//!
//! | channel | what | who listens |
//! |---|---|---|
//! | `socket.io#/nsp#`, `socket.io#/nsp#room#` | [`Broadcast`], in MessagePack | every server, by the pattern `socket.io#/nsp#*` |
//! | `socket.io-request#/nsp#` | [`Request`], in JSON, or in MessagePack where there may be binary values | every server |
//! | `socket.io-response#/nsp#` | [`Response`], likewise | every server |
//! | `socket.io-response#/nsp#uid#` | the same, where a server is set to it | the server that asked |
//!
//! How many servers are to answer is how many listen to the channel of requests (`PUBSUB NUMSUB`). [`Channels`] has the
//! names.
//!
//! Rooms are text here. A number, which a room may be on Node, is read as its decimal text.

mod broadcast;
mod channels;
mod disconnecting;
mod event;
mod request;
mod response;
mod sockets;
mod value;

#[cfg(test)]
mod tests;

pub use broadcast::Broadcast;
pub use channels::Channels;
pub use request::{Ask, Request};
pub use response::{Response, Said};

/// The longest message that is read, in bytes. The engine's own limit for what clients send is a megabyte.
pub const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// Bytes that are not of this format, or say something that is not understood.
///
/// ```
/// use chinwag_socketio_redis::wire::Request;
///
/// let malformed = Request::decode("/", &b"{}"[..].into()).unwrap_err();
/// assert_eq!(malformed.to_string(), "a request of unknown type");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) &'static str);
