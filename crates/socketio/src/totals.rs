//! What a server has counted.

use crate::engine::{Count, NAMES};

/// One of the things that a server counts ([`SocketIo::totals`](crate::SocketIo::totals)).
///
/// ```
/// use chinwag_socketio::{Namespace, SocketIo};
///
/// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
/// let joined = io.totals().find(|total| total.name == "joins" && total.labels == [("outcome", "joined")]);
/// assert_eq!(joined.map(|total| total.value), Some(0));
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Total {
    /// What is counted. Several that differ in their labels have the same name, and stand together.
    pub name: &'static str,
    /// What it is counted by.
    pub labels: &'static [(&'static str, &'static str)],
    /// How often it has happened, or how many bytes, since the server was made. Never less than before.
    pub value: u64,
}

/// Everything that a server has counted since it was made: an iterator of [`Total`]s.
///
/// | name | labels | what |
/// |---|---|---|
/// | `connections_opened` | `transport`: `polling`, `websocket`; `protocol`: `3`, `4` | connections, by the transport that they began with |
/// | `connections_ended` | `reason` | connections that are gone; `slow` are those that read too slowly |
/// | `requests_refused` | `reason`: `request`, `application`, `full`, `address`, `draining` | HTTP requests that were wrong, that [`allow_request`](crate::Builder::allow_request) refused, for which there was no place, in all or from their address, or that came during the shutdown |
/// | `upgrades` | `outcome`: `completed`, `abandoned` | attempts to move from polling to WebSocket |
/// | `joins` | `outcome`: `joined`, `refused` | clients that asked for a namespace |
/// | `events_in` | | events that came |
/// | `packets_out` | | packets that were queued for a client, a broadcast counted for each |
/// | `broadcasts` | | broadcasts; with recovery on, events to one socket as well |
/// | `bytes_in`, `bytes_out` | | bytes of WebSockets after their handshakes, and of the bodies of polling |
/// | `handler_panics` | | panics of handlers, middleware and listeners |
///
/// ```
/// use chinwag_socketio::{Namespace, SocketIo};
///
/// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
/// assert!(io.totals().all(|total| total.value == 0), "nothing has happened");
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Totals(std::vec::IntoIter<(usize, u64)>);

impl Totals {
    pub(crate) fn new(values: Vec<u64>) -> Self {
        let mut values: Vec<_> = values.into_iter().enumerate().collect();
        values.retain(|(place, _)| *place != Count::Waiting as usize);
        Self(values.into_iter())
    }
}

impl Iterator for Totals {
    type Item = Total;

    fn next(&mut self) -> Option<Total> {
        let (place, value) = self.0.next()?;
        let (name, labels) = *NAMES.get(place)?;
        Some(Total { name, labels, value })
    }
}
