//! What is counted since the server was made.
//!
//! Each thread counts in a row of its own, as long as there are enough of them, so that no two write to the same cache
//! line for each event; who wants to know adds them up.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::close::DisconnectReason;
use crate::engine_io::{Protocol, Transport};

#[cfg(test)]
mod tests;

/// What there are at most as many rows of, whatever the number of cores.
const MOST_ROWS: usize = 64;

macro_rules! counts {
    ($($count:ident $name:literal [$($label:literal = $value:literal),*];)*) => {
        /// Something that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Count {
            $($count,)*
        }

        /// The names and labels of all counts, in their order.
        pub(crate) const NAMES: &[(&str, &[(&str, &str)])] = &[$(($name, &[$(($label, $value)),*]),)*];
        const COUNTS: usize = NAMES.len();
    };
}

counts! {
    OpenedPolling3 "connections_opened" ["transport" = "polling", "protocol" = "3"];
    OpenedPolling4 "connections_opened" ["transport" = "polling", "protocol" = "4"];
    OpenedWebSocket3 "connections_opened" ["transport" = "websocket", "protocol" = "3"];
    OpenedWebSocket4 "connections_opened" ["transport" = "websocket", "protocol" = "4"];
    EndedServerClose "connections_ended" ["reason" = "server_close"];
    EndedDraining "connections_ended" ["reason" = "draining"];
    EndedSlow "connections_ended" ["reason" = "slow"];
    EndedTransportClose "connections_ended" ["reason" = "transport_close"];
    EndedTransportError "connections_ended" ["reason" = "transport_error"];
    EndedPingTimeout "connections_ended" ["reason" = "ping_timeout"];
    EndedParseError "connections_ended" ["reason" = "parse_error"];
    EndedTooLarge "connections_ended" ["reason" = "too_large"];
    EndedConnectTimeout "connections_ended" ["reason" = "connect_timeout"];
    RefusedRequest "requests_refused" ["reason" = "request"];
    RefusedApplication "requests_refused" ["reason" = "application"];
    RefusedFull "requests_refused" ["reason" = "full"];
    RefusedAddress "requests_refused" ["reason" = "address"];
    RefusedDraining "requests_refused" ["reason" = "draining"];
    UpgradesCompleted "upgrades" ["outcome" = "completed"];
    UpgradesAbandoned "upgrades" ["outcome" = "abandoned"];
    Joined "joins" ["outcome" = "joined"];
    JoinsRefused "joins" ["outcome" = "refused"];
    EventsIn "events_in" [];
    PacketsOut "packets_out" [];
    Broadcasts "broadcasts" [];
    BytesIn "bytes_in" [];
    BytesOut "bytes_out" [];
    Panics "handler_panics" [];
    // Not told as a total: it goes down again.
    Waiting "waiting" [];
}

#[derive(Debug)]
#[repr(align(128))]
struct Row([AtomicU64; COUNTS]);

/// All counts.
#[derive(Debug)]
pub(crate) struct Counts(Box<[Row]>);

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

impl Default for Counts {
    fn default() -> Self {
        let rows = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_ROWS));
        Self((0..rows).map(|_| Row([const { AtomicU64::new(0) }; COUNTS])).collect())
    }
}

impl Counts {
    pub(crate) fn add(&self, count: Count, number: u64) {
        let row = THREAD.with(|thread| *thread) % self.0.len().max(1);
        if let Some(cell) = self.0.get(row).and_then(|row| row.0.get(count as usize)) {
            // Wraps round, so that what is taken away on another thread than it was added on comes out right.
            cell.fetch_add(number, Ordering::Relaxed);
        }
    }

    pub(crate) fn one(&self, count: Count) {
        self.add(count, 1);
    }

    pub(crate) fn get(&self, count: Count) -> u64 {
        self.sum(count as usize)
    }

    /// What is added and taken away again: how much there is now. Read while others change it, it may be a little off.
    pub(crate) fn now(&self, count: Count) -> usize {
        usize::try_from(self.get(count).cast_signed()).unwrap_or_default()
    }

    /// All of them, in the order of [`NAMES`].
    pub(crate) fn all(&self) -> Vec<u64> {
        (0..COUNTS).map(|place| self.sum(place)).collect()
    }

    fn sum(&self, place: usize) -> u64 {
        let cells = self.0.iter().filter_map(|row| row.0.get(place));
        cells.map(|cell| cell.load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }
}

/// How a connection that was opened is counted.
pub(super) fn opened(transport: Transport, protocol: Protocol) -> Count {
    match (transport, protocol) {
        (Transport::Polling, Protocol::V3) => Count::OpenedPolling3,
        (Transport::Polling, Protocol::V4) => Count::OpenedPolling4,
        (Transport::WebSocket, Protocol::V3) => Count::OpenedWebSocket3,
        (Transport::WebSocket, Protocol::V4) => Count::OpenedWebSocket4,
    }
}

/// How a connection that has ended is counted.
pub(super) fn ended(reason: DisconnectReason) -> Count {
    use DisconnectReason::{
        ClientNamespace, ConnectTimeout, Draining, ParseError, PingTimeout, ServerClose, ServerNamespace,
        Slow, TooLarge, TransportClose, TransportError,
    };
    match reason {
        // Sockets end for the second and third, connections never do.
        ServerClose | ServerNamespace | ClientNamespace => Count::EndedServerClose,
        Draining => Count::EndedDraining,
        Slow => Count::EndedSlow,
        TransportClose => Count::EndedTransportClose,
        TransportError => Count::EndedTransportError,
        PingTimeout => Count::EndedPingTimeout,
        ParseError => Count::EndedParseError,
        TooLarge => Count::EndedTooLarge,
        ConnectTimeout => Count::EndedConnectTimeout,
    }
}
