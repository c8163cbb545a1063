//! The settings of the engine. What they mean is said at [`Builder`](crate::Builder).

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use http::HeaderName;
use http::request::Parts;

use crate::cookie::SessionCookie;
use crate::engine_io::Timing;
use crate::handshake::{OverTls, PeerAddr};
use crate::refusal::Refusal;
use crate::session_prefix::SessionPrefix;

/// How long what waits is still written when a connection ends, and the client's end is waited for.
const GRACE: u64 = 2_000;

type Allowing = Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send>>;
type AllowRequest = Box<dyn Fn(&Parts) -> Allowing + Send + Sync>;
type FindTls = Box<dyn Fn(&Parts) -> Option<bool> + Send + Sync>;
type FindPeer = Box<dyn Fn(&Parts) -> Option<SocketAddr> + Send + Sync>;

pub(crate) struct Config {
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) upgrade_timeout: Duration,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) max_payload: usize,
    pub(crate) outbox_limit: usize,
    pub(crate) outbox_budget: usize,
    pub(crate) slow_retry_ms: u64,
    pub(crate) max_connections: usize,
    pub(crate) max_connections_per_address: Option<usize>,
    pub(crate) protocol_3: bool,
    /// Messages are packets of Socket.IO.
    pub(crate) socket_io: bool,
    pub(crate) jsonp: bool,
    pub(crate) compress: Option<usize>,
    pub(crate) polling: bool,
    pub(crate) websocket: bool,
    pub(crate) cookie: Option<SessionCookie>,
    pub(crate) session_prefix: Option<SessionPrefix>,
    pub(crate) request_header: Option<HeaderName>,
    pub(crate) allow_request: Option<AllowRequest>,
    pub(crate) peer_addr: FindPeer,
    pub(crate) over_tls: FindTls,
    /// Called when the first request comes.
    pub(crate) on_start: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            connect_timeout: Some(Duration::from_secs(45)),
            max_payload: 1_000_000,
            outbox_limit: 1 << 20,
            outbox_budget: 256 << 20,
            slow_retry_ms: 1_000,
            max_connections: 250_000,
            max_connections_per_address: None,
            protocol_3: true,
            socket_io: true,
            jsonp: false,
            compress: None,
            polling: true,
            websocket: true,
            cookie: None,
            session_prefix: None,
            request_header: None,
            allow_request: None,
            over_tls: Box::new(|parts| parts.extensions.get::<OverTls>().map(|told| told.0)),
            on_start: None,
            peer_addr: Box::new(|parts| parts.extensions.get::<PeerAddr>().map(|peer| peer.0)),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    // Far beyond any real setting, and far from overflow.
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).min(1 << 40)
}

impl Config {
    pub(super) fn timing(&self) -> Timing {
        Timing {
            ping_interval: milliseconds(self.ping_interval),
            ping_timeout: milliseconds(self.ping_timeout),
            connect_timeout: self.connect_timeout.map(milliseconds),
            grace: GRACE,
        }
    }
}
