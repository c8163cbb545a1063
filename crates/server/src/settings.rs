//! What an operator may set, as far as the application is concerned.

use std::time::Duration;

use ipnet::IpNet;

use crate::accounts::SignInProvider;
use crate::rules::Effective;
use crate::slash_commands::SlashCommand;

/// The application's settings. [`Settings::default`] is what a first start runs with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that people open, like `https://chat.example.org`, without a path. If it is not set, links are made
    /// from the request's own host, and any host is accepted.
    pub public_url: Option<http::Uri>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What holds until administrators decide otherwise.
    pub rules: Effective,
    /// How long a session lasts without being used.
    pub session_idle: Duration,
    /// How long a session lasts however much it is used.
    pub session_most: Duration,
    /// Most bytes in an HTTP body or a Socket.IO packet.
    pub payload_bytes: usize,
    /// Most sockets that may be connected.
    pub connections: usize,
    /// Most sockets that may be connected from one address.
    pub connections_per_address: usize,
    /// Most bytes that may wait for one socket before it is told to come back later.
    pub outbox_bytes: usize,
    /// Most bytes that may wait for all sockets together, what is sent to many counted once.
    pub outboxes_bytes: usize,
    /// How long sockets may take to go when the server stops. Where there are other nodes they are told one after the other,
    /// over the half of it at most.
    pub drain: Duration,
    /// Most passwords that are hashed at once; each takes 19 MiB and one core.
    pub password_threads: usize,
    /// Where other nodes over the same store reach this one, as `host:port`, if it takes part: then requests for each
    /// other's sockets are passed on. It has no effect where the store is not shared.
    pub cluster_address: Option<String>,
    /// What people can ask workers of others for. It has no effect where nobody brings them questions.
    pub slash_commands: Vec<SlashCommand>,
    /// Other services by which people may sign in.
    pub providers: Vec<SignInProvider>,
    /// The commit that the program was built from, for the footer.
    pub commit: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            trusted_proxies: Vec::new(),
            rules: Effective::default(),
            session_idle: Duration::from_secs(30 * 24 * 3_600),
            session_most: Duration::from_secs(180 * 24 * 3_600),
            payload_bytes: 1_000_000,
            connections: 100_000,
            connections_per_address: 10_000,
            outbox_bytes: 4 * 1024 * 1024,
            outboxes_bytes: 256 * 1024 * 1024,
            drain: Duration::from_secs(10),
            password_threads: 2,
            cluster_address: None,
            slash_commands: Vec::new(),
            providers: Vec::new(),
            commit: "unknown",
        }
    }
}
