//! What is said of a session, and what it says.

use crate::DisconnectReason;

/// The version of the Engine.IO protocol that a client speaks, `EIO=` in its requests.
///
/// ```
/// use chinwag_socketio::engine_io::{Packet, Protocol, Received, Session, Timing, Transport};
///
/// let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
/// let mut old = Session::new(Protocol::V3, Transport::WebSocket, 0, &timing);
/// assert_eq!(old.receive(&Packet::Ping("".into()), 1, &timing), Received::Answer);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Clients of Socket.IO 1 and 2. They ask, and the server answers.
    V3,
    /// Clients of Socket.IO 3 and 4. The server asks, and they answer.
    V4,
}

/// The transport that a session uses.
///
/// ```
/// use chinwag_socketio::engine_io::Transport;
///
/// /// How clients call it, `transport=` in their requests.
/// fn name(transport: Transport) -> &'static str {
///     match transport {
///         Transport::Polling => "polling",
///         Transport::WebSocket => "websocket",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP long-polling.
    Polling,
    /// WebSocket, from the start or after an upgrade.
    WebSocket,
}

/// The times that a session keeps, in milliseconds.
///
/// ```
/// use chinwag_socketio::DisconnectReason;
/// use chinwag_socketio::engine_io::{Protocol, Session, Timing, Transport};
///
/// let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: Some(5_000), grace: 2_000 };
/// let mut session = Session::new(Protocol::V4, Transport::Polling, 0, &timing);
/// assert_eq!(session.timer(4_999, &timing).close, None);
/// assert_eq!(session.timer(5_000, &timing).close, Some(DisconnectReason::ConnectTimeout));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the handshake, and from each answer, to the next ping. In protocol 3 it is the client that pings.
    pub ping_interval: u64,
    /// From a ping to its answer. In protocol 3 so much later than due may a ping come.
    pub ping_timeout: u64,
    /// From the handshake to [`Session::joined`]; `None` for no limit.
    pub connect_timeout: Option<u64>,
    /// For what is still to be written when the session ends.
    pub grace: u64,
}

/// Whether a session lives.
///
/// ```
/// use chinwag_socketio::engine_io::{Phase, Session};
///
/// fn describe(session: &Session) -> String {
///     match session.phase() {
///         Phase::Open => "here".to_owned(),
///         Phase::Ending(reason) => format!("being told to go: {reason}"),
///         Phase::Closed(reason) => format!("gone: {reason}"),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Both sides speak.
    Open,
    /// What waits is still written; what comes in is ignored.
    Ending(DisconnectReason),
    /// Over.
    Closed(DisconnectReason),
}

/// What a packet means.
///
/// ```
/// use chinwag_socketio::DisconnectReason;
/// use chinwag_socketio::engine_io::{Message, Packet, Received};
///
/// /// What a server of protocol 4 alone does, where there is nothing to answer.
/// fn act(received: Received, packet: Packet) -> Result<Option<Message>, DisconnectReason> {
///     match (received, packet) {
///         (Received::Deliver, Packet::Message(message)) => Ok(Some(message)),
///         (Received::Close(reason), _) => Err(reason),
///         _ => Ok(None),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It carries a message.
    Deliver,
    /// It is a ping, to be answered with a pong of the same text (protocol 3).
    Answer,
    /// Nothing more is to be done.
    Ignore,
    /// The session is to be closed.
    Close(DisconnectReason),
}

/// What is due at a time.
///
/// ```
/// # use chinwag_socketio::engine_io::*;
/// # let timing = Timing { ping_interval: 25_000, ping_timeout: 20_000, connect_timeout: None, grace: 2_000 };
/// let mut session = Session::new(Protocol::V4, Transport::WebSocket, 0, &timing);
/// assert_eq!(session.timer(0, &timing), Due { ping: false, close: None, next: 25_000 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// A ping is to be sent.
    pub ping: bool,
    /// The session is to be closed.
    pub close: Option<DisconnectReason>,
    /// When to ask again.
    pub next: u64,
}

/// Why a request of the polling transport cannot be taken.
///
/// ```
/// use chinwag_socketio::engine_io::PollRefused;
///
/// /// Two requests at a time are an offence; the others may just be late.
/// fn closes(refused: PollRefused) -> bool {
///     refused == PollRefused::Overlap
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollRefused {
    /// The session is over.
    Closed,
    /// The session has another transport.
    Transport,
    /// There is such a request already. The session is to be closed.
    Overlap,
}
