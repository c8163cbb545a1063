//! What brings several servers together.
//!
//! Without an adapter a server is alone. With one, whatever is done to sockets that are chosen by rooms is done on the
//! other servers as well. What is done here is done first and whatever the adapter does: others that cannot be reached
//! cost nothing here.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use serde_json::Value;

use crate::close::Closing;
use crate::encoded::Encoded;
use crate::local::Local;
use crate::socket_io::Arguments;

/// Answers of other servers, one after the other.
pub type Answers = Pin<Box<dyn Stream<Item = Answer> + Send>>;

/// Brings what is done on one server to the others ([`Builder::adapter`](crate::Builder::adapter)).
///
/// Commands and questions of others go to the [`Local`] that [`Adapter::start`] is given.
pub trait Adapter: Send + Sync + 'static {
    /// Called once, when the server is built: `local` carries out what others ask for.
    fn start(&self, local: Local);

    /// Tells the other servers to do this in a namespace. It must not block nor wait: what cannot be sent at once is
    /// queued by the adapter, within bounds. Commands of one server are to arrive in their order.
    fn publish(&self, namespace: &str, command: Command);

    /// Asks the other servers. The stream ends when all have answered, at the latest after `timeout`.
    fn ask(&self, namespace: &str, question: Question, timeout: Duration) -> Answers;

    /// The first socket of this server has joined this room: adapters that listen to each room by itself begin to.
    ///
    /// Called under a lock, like [`Adapter::left`], so that the two come in order: it must return at once, and not call
    /// the server.
    fn joined(&self, namespace: &str, room: &str) {
        let _ = (namespace, room);
    }

    /// The last socket of this server has left this room.
    fn left(&self, namespace: &str, room: &str) {
        let _ = (namespace, room);
    }
}

/// Whom something is meant for: everybody in one of `rooms`, or in the namespace if there are none, but nobody in one of
/// `except`. A socket is in the room of its own id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rooms {
    /// Who is in one of these is meant.
    pub rooms: Vec<String>,
    /// Who is in one of these is not.
    pub except: Vec<String>,
}

/// What a server is to do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Command {
    /// Send an event.
    Emit {
        /// To whom.
        to: Rooms,
        /// The event.
        packet: Encoded,
        /// Better dropped than late.
        volatile: bool,
        /// Whether it may be compressed.
        compress: bool,
    },
    /// Put sockets into rooms.
    Join {
        /// Which sockets.
        of: Rooms,
        /// Into these rooms.
        rooms: Vec<String>,
    },
    /// Take sockets out of rooms.
    Leave {
        /// Which sockets.
        of: Rooms,
        /// Out of these rooms.
        rooms: Vec<String>,
    },
    /// End sockets.
    Disconnect {
        /// Which sockets.
        of: Rooms,
        /// How.
        how: Farewell,
    },
    /// Handle an event that a server sent to the others ([`Broadcast::server_side_emit`](crate::Broadcast::server_side_emit)).
    ServerSideEmit {
        /// Its name.
        event: String,
        /// Its arguments.
        arguments: Arguments,
    },
}

/// How sockets are ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Farewell {
    /// As by [`Socket::disconnect`](crate::Socket::disconnect).
    Closing(Closing),
    /// As by [`Socket::close`](crate::Socket::close).
    Close,
    /// As by [`Socket::kick`](crate::Socket::kick).
    Kick,
}

/// What a server is asked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Question {
    /// Which sockets are there? Answered by an [`Answer::Socket`] each.
    Sockets {
        /// Which of them.
        of: Rooms,
    },
    /// What do clients say to this event? Answered by one [`Answer::Receivers`], then an [`Answer::Acknowledged`] for
    /// each client that acknowledges in time.
    EmitWithAck {
        /// To whom it is sent.
        to: Rooms,
        /// The event.
        packet: Encoded,
    },
    /// Which rooms are there, those of sockets' own ids left out? Answered by an [`Answer::Room`] each.
    Rooms,
    /// What does the server itself say to this event? Answered by one [`Answer::Acknowledged`], if it says anything.
    ServerSideEmit {
        /// Its name.
        event: String,
        /// Its arguments.
        arguments: Arguments,
    },
}

/// What a server says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Answer {
    /// A socket.
    Socket(RemoteSocket),
    /// So many clients were asked.
    Receivers(usize),
    /// What one of them said, or the server itself.
    Acknowledged(Arguments),
    /// A room.
    Room(String),
}

/// A socket of any server, as it was when it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteSocket {
    /// Its id. Other kinds of servers may have ids of another form.
    pub id: String,
    /// The rooms that it is in, that of its own id left out.
    pub rooms: Vec<String>,
    /// The address of its client, if known.
    pub peer_addr: Option<SocketAddr>,
    /// What [`Namespace::describe`](crate::Namespace::describe) says of it; `null` without that.
    pub data: Value,
}

/// The adapter of a server, if it has one.
pub(crate) type AnyAdapter = Option<Arc<dyn Adapter>>;
