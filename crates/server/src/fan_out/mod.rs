//! Telling people what changed: the publishers take it from the store's feed to `live`, the hub takes what reaches this
//! node to its sockets.

mod announce;
mod deliver;
mod encode;
mod holes;
mod hub;
mod join;
mod memberships;
mod node;
mod pace;
mod publish;
mod waiting;

pub(crate) use announce::{PresenceTotal, announce_presence};
pub(crate) use hub::Hub;
pub(crate) use node::Node;
pub(crate) use publish::publish;

use std::time::Duration;

use chinwag_model::{SessionKey, StreamId, UserId};

/// What could not be read from the store is read again after this.
const AGAIN: Duration = Duration::from_secs(1);

/// The Socket.IO namespace that everything happens in.
pub(crate) const NAMESPACE: &str = "/";

/// The engine's room in which a stream's changes are sent.
pub(crate) fn stream_room(stream: StreamId) -> String {
    stream.0.simple().to_string()
}

/// The engine's room in which all sockets of a user are: that of their stream.
pub(crate) fn user_room(user: UserId) -> String {
    stream_room(user.into())
}

/// The engine's room in which all sockets of a session are. The key is a hash, so its first half names the session well
/// enough and gives nothing away.
pub(crate) fn session_room(session: SessionKey) -> String {
    use std::fmt::Write;
    session.0.iter().take(16).fold(String::from("session:"), |mut name, byte| {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}
