//! What an operator may set, as far as the application is concerned.

use std::time::Duration;

use chinwag_model::{DeletedAccounts, SignUp};
use ipnet::IpNet;

/// The application's settings. [`Settings::default`] is what a first start runs with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that people open, like `https://chat.example.org`, without a path. If it is not set, links are made
    /// from the request's own host, and any host is accepted.
    pub public_url: Option<http::Uri>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Tries to sign in per minute to one account from one address. From one address there may be three times as many, to
    /// one account ten times.
    pub sign_in_per_minute: u32,
    /// Accounts made per hour from one address.
    pub accounts_per_hour: u32,
    /// How accounts are made, until administrators decide.
    pub sign_up: SignUp,
    /// Whether guests are let in, until administrators decide.
    pub guests: bool,
    /// What becomes of the messages of accounts that are deleted, until administrators decide.
    pub deleted_accounts: DeletedAccounts,
    /// Messages per minute by one person, edits and deletions included.
    pub messages_per_minute: u32,
    /// The same by one guest.
    pub guest_messages_per_minute: u32,
    /// Rooms and direct conversations per hour that one person makes, people who are brought in included.
    pub rooms_per_hour: u32,
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
    /// Most passwords that are hashed at once; each takes 19 MiB and one core.
    pub password_threads: usize,
    /// The commit that the program was built from, for the footer.
    pub commit: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            trusted_proxies: Vec::new(),
            sign_in_per_minute: 10,
            accounts_per_hour: 30,
            sign_up: SignUp::default(),
            guests: false,
            deleted_accounts: DeletedAccounts::default(),
            messages_per_minute: 240,
            guest_messages_per_minute: 30,
            rooms_per_hour: 60,
            session_idle: Duration::from_secs(30 * 24 * 3_600),
            session_most: Duration::from_secs(180 * 24 * 3_600),
            payload_bytes: 1_000_000,
            connections: 100_000,
            connections_per_address: 10_000,
            outbox_bytes: 4 * 1024 * 1024,
            outboxes_bytes: 256 * 1024 * 1024,
            password_threads: 2,
            commit: "unknown",
        }
    }
}
