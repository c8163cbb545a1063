//! How connections end, and what is said about it.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// What the server says before it closes a transport so that the client comes back by itself.
///
/// It is sent as the event `server:closing` with this as its payload to every namespace that the connection has
/// joined, if it can be written; then the transport is closed. A Socket.IO client then reconnects on its own, which
/// it would not after a DISCONNECT packet. Something else sees `retry_ms`.
///
/// ```
/// use chinwag_socketio::Closing;
///
/// let closing = Closing::new("moved", 500);
/// assert_eq!(serde_json::to_string(&closing)?, r#"{"code":"moved","retry_ms":500}"#);
/// assert_eq!(Closing::draining(1_000).code, "draining");
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// A stable word for programs: the engine itself uses `slow` and `draining`.
    pub code: Cow<'static, str>,
    /// When to come back, in milliseconds from now.
    pub retry_ms: u64,
}

impl Closing {
    /// Closing with a code of the application's own, to come back after `retry_ms` milliseconds.
    ///
    /// ```
    /// # use chinwag_socketio::Closing;
    /// assert_eq!(Closing::new("moved", 500).retry_ms, 500);
    /// ```
    pub fn new(code: impl Into<Cow<'static, str>>, retry_ms: u64) -> Self {
        Self { code: code.into(), retry_ms }
    }

    /// `draining`: the server stops or restarts.
    ///
    /// ```
    /// # use chinwag_socketio::Closing;
    /// assert_eq!(Closing::draining(1_000), Closing::new("draining", 1_000));
    /// ```
    pub fn draining(retry_ms: u64) -> Self {
        Self::new("draining", retry_ms)
    }
}

/// Why a socket was disconnected.
///
/// `Display` writes the words that Node's server uses for it.
///
/// ```
/// use chinwag_socketio::{DisconnectReason, Namespace, Socket};
///
/// Namespace::new("/").on_disconnect(|socket: Socket, reason: DisconnectReason| async move {
///     if reason == DisconnectReason::Slow {
///         println!("{} did not keep up", socket.id());
///     }
/// })
/// # ;
/// assert_eq!(DisconnectReason::PingTimeout.to_string(), "ping timeout");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The client left the namespace with a DISCONNECT packet.
    ClientNamespace = 1,
    /// The application ended the socket with [`Socket::kick`](crate::Socket::kick).
    ServerNamespace,
    /// The application closed the connection, with or without a [`Closing`].
    ServerClose,
    /// The server is going down ([`SocketIo::shutdown`](crate::SocketIo::shutdown)).
    Draining,
    /// The client read too slowly: its outbox was full.
    Slow,
    /// The client closed the transport.
    TransportClose,
    /// The transport broke, or was used against the protocol.
    TransportError,
    /// The client did not answer a heartbeat in time.
    PingTimeout,
    /// The client sent something that is no packet, or none that fits now.
    ParseError,
    /// The client sent a packet over the limit.
    TooLarge,
    /// No namespace was joined in time.
    ConnectTimeout,
}

impl DisconnectReason {
    /// The words for this reason.
    ///
    /// ```
    /// # use chinwag_socketio::DisconnectReason;
    /// assert_eq!(DisconnectReason::ClientNamespace.as_str(), "client namespace disconnect");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientNamespace => "client namespace disconnect",
            Self::ServerNamespace => "server namespace disconnect",
            Self::ServerClose | Self::ConnectTimeout => "forced server close",
            Self::Draining => "server shutting down",
            Self::Slow => "slow client",
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::ParseError => "parse error",
            Self::TooLarge => "packet too large",
        }
    }

    /// Whether the server chose to end it: events that still wait are then dropped, not handled.
    pub(crate) fn by_server(self) -> bool {
        matches!(self, Self::ServerNamespace | Self::ServerClose | Self::Draining | Self::Slow)
    }

    /// Whether the client may come back to where it was: nobody has decided that it should not.
    pub(crate) fn is_recoverable(self) -> bool {
        match self {
            Self::ClientNamespace
            | Self::ServerNamespace
            | Self::ParseError
            | Self::TooLarge
            | Self::ConnectTimeout => false,
            Self::ServerClose
            | Self::Draining
            | Self::Slow
            | Self::TransportClose
            | Self::TransportError
            | Self::PingTimeout => true,
        }
    }

    pub(crate) fn from_u8(value: u8) -> Option<Self> {
        const ALL: [DisconnectReason; 11] = [
            DisconnectReason::ClientNamespace,
            DisconnectReason::ServerNamespace,
            DisconnectReason::ServerClose,
            DisconnectReason::Draining,
            DisconnectReason::Slow,
            DisconnectReason::TransportClose,
            DisconnectReason::TransportError,
            DisconnectReason::PingTimeout,
            DisconnectReason::ParseError,
            DisconnectReason::TooLarge,
            DisconnectReason::ConnectTimeout,
        ];
        ALL.into_iter().find(|reason| *reason as u8 == value)
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
