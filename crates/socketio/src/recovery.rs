//! Connection state recovery: a client that was away for a moment finds its socket as it was, and gets what it missed.
//!
//! All events of a namespace go to a [`Log`](log::Log), numbered; each carries its number as its last argument, by which
//! clients say how far they came. Numbering and queueing happen under one lock, so that whoever has received a number
//! has received everything below it that was meant for them.

mod log;
mod stays;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Weak;
use std::time::Duration;

use serde::Deserialize;

use crate::id::RecoveryId;
use crate::io::Inner;

pub(crate) use log::{Claim, Holdings, Log, LogGuard, Recovered};
pub(crate) use stays::Stays;

/// Drops what was kept for those who did not come back in time, until the server is gone.
pub(crate) async fn tidy(server: Weak<Inner>, recovery: Recovery) {
    let pause = (recovery.window / 4).clamp(Duration::from_millis(100), Duration::from_secs(15));
    loop {
        tokio::time::sleep(pause).await;
        let Some(server) = server.upgrade() else { return };
        server.spaces.tidy(server.engine.now());
    }
}

/// Where a client wants to go on.
#[derive(Clone, Copy)]
pub(crate) struct Back {
    pub(crate) recovery: RecoveryId,
    /// The number of the last event that it has received, if it has received any.
    pub(crate) offset: Option<u64>,
}

impl Back {
    /// Reads it from what the client authenticates by, where the JavaScript client puts it.
    pub(crate) fn read(auth: Option<&[u8]>) -> Option<Self> {
        #[derive(Deserialize)]
        struct Auth<'a> {
            #[serde(borrow)]
            pid: Cow<'a, str>,
            #[serde(borrow, default)]
            offset: Option<Cow<'a, str>>,
        }
        let Auth { pid, offset } = serde_json::from_slice(auth?).ok()?;
        let offset = match offset {
            Some(offset) => Some(offset.parse().ok()?),
            None => None,
        };
        Some(Self { recovery: RecoveryId::parse(&pid)?, offset })
    }
}

impl fmt::Debug for Back {
    /// Without what is private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Back").field("offset", &self.offset).finish_non_exhaustive()
    }
}

/// For how long, and from how much memory, clients may go on where they were ([`Builder::recovery`]).
///
/// A client of Socket.IO 4.6 or later that lost its connection joins again with the same id, in the same rooms, and gets
/// what was sent to it meanwhile; its `socket.recovered` is true. [`Namespace::connect`] runs all the same, and decides
/// anew who may join; [`Handshake::recovered_data`] is what it had returned before. It works as well for a client whose
/// old connection the server has not yet found to be dead, for one that had not received anything, and any number of
/// times. Volatile events and those that ask for an acknowledgement are not sent again.
///
/// A client hears `connect` first, and then what it missed.
///
/// What it costs: the events of each namespace are queued one after the other, each is copied once to append its number,
/// and handlers in clients get that as one more argument. It is of use with one server only. A chat that keeps its
/// messages is better off asking for those after the last that it knows.
///
/// [`Builder::recovery`]: crate::Builder::recovery
/// [`Namespace::connect`]: crate::Namespace::connect
/// [`Handshake::recovered_data`]: crate::Handshake::recovered_data
///
/// ```
/// use std::time::Duration;
/// use chinwag_socketio::{Namespace, Recovery, Socket, SocketIo};
///
/// let io = SocketIo::builder()
///     .recovery(Recovery::new().window(Duration::from_secs(60)).max_bytes(4 << 20).max_sessions(10_000))
///     .namespace(Namespace::new("/").on_connect(|socket: Socket| async move {
///         if !socket.recovered() {
///             socket.join("lobby");
///         }
///     }))
///     .build()?;
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    pub(crate) window: Duration,
    pub(crate) max_bytes: usize,
    pub(crate) max_sessions: usize,
}

impl Default for Recovery {
    fn default() -> Self {
        Self { window: Duration::from_secs(120), max_bytes: 16 << 20, max_sessions: 100_000 }
    }
}

impl Recovery {
    /// Two minutes, 16 MiB and 100,000 clients who are away.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::Recovery;
    /// let said = Recovery::new().window(Duration::from_secs(120)).max_bytes(16 << 20).max_sessions(100_000);
    /// assert_eq!(Recovery::new(), said);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// For how long a client may be away, and events are kept.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::Recovery;
    /// let tunnels = Recovery::new().window(Duration::from_secs(30)); // who is away for longer reads the history
    /// ```
    #[must_use]
    pub fn window(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// How many bytes of events are kept, and of rooms that clients who are away were in, in all namespaces together. Who
    /// has missed an event that was dropped begins anew. Each namespace makes room among its own: where others hold all that
    /// there is, it keeps nothing.
    ///
    /// ```
    /// # use chinwag_socketio::Recovery;
    /// let small = Recovery::new().max_bytes(1 << 20); // less is missed, or clients are few
    /// ```
    #[must_use]
    pub fn max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// How many clients who are away are remembered, in all namespaces together; those of a namespace who have been away
    /// longest are forgotten first.
    ///
    /// ```
    /// # use chinwag_socketio::Recovery;
    /// // When a whole network goes down, only so many of its clients are waited for.
    /// let recovery = Recovery::new().max_sessions(5_000);
    /// ```
    #[must_use]
    pub fn max_sessions(self, max_sessions: usize) -> Self {
        Self { max_sessions, ..self }
    }
}
