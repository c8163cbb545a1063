//! Settings of how long anything may take, and how much there may be.

use std::time::Duration;

use super::Builder;

impl Builder {
    /// How long after the handshake, and after each answer, the client is asked whether it is there. Default: 25 s.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// // A proxy on the way cuts what is silent for 15 seconds.
    /// builder.ping_interval(std::time::Duration::from_secs(10));
    /// ```
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval = interval;
        self
    }

    /// How long it may take to answer. Default: 20 s.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// // With pings every 25 seconds it is known after half a minute who is gone.
    /// builder.ping_timeout(std::time::Duration::from_secs(5));
    /// ```
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.config.ping_timeout = timeout;
        self
    }

    /// How long an upgrade from polling to WebSocket may take. Default: 10 s.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.upgrade_timeout(std::time::Duration::from_secs(3)); // after that the session goes on polling
    /// ```
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.config.upgrade_timeout = timeout;
        self
    }

    /// How long a connection may stay without joining a namespace. Default: 45 s.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.connect_timeout(std::time::Duration::from_secs(5)); // who says nothing takes no place for long
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.connect_timeout = Some(timeout);
        self
    }

    /// How many bytes a client may send in one WebSocket message or polling request, and in the attachments of one
    /// packet together. Default: 1,000,000.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.max_payload(100_000); // a portrait fits, a film does not
    /// ```
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.config.max_payload = bytes;
        self.limits.attachment_bytes = bytes;
        self
    }

    /// How many bytes may wait to be sent to one client. Whoever is behind further is disconnected with the
    /// [`Closing`](crate::Closing) `slow`; a single packet is always taken where nothing waits. Default: 1 MiB.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.outbox_limit(64 << 10); // who is further behind does better to come back and read the history
    /// ```
    pub fn outbox_limit(mut self, bytes: usize) -> Self {
        self.config.outbox_limit = bytes;
        self
    }

    /// How many bytes may wait to be sent to all clients together, a broadcast counted once. When there are more, those
    /// who are furthest behind are disconnected as slow until there are less. An answer to a poll does not wait any more
    /// when the server has begun to write it. Default: 256 MiB.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.outbox_budget(64 << 20); // on a machine with 512 MiB
    /// ```
    pub fn outbox_budget(mut self, bytes: usize) -> Self {
        self.config.outbox_budget = bytes;
        self
    }

    /// How many milliseconds a slow client is told to stay away. Default: 1,000.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.slow_retry_ms(5_000); // gives a bad line some time to get better
    /// ```
    pub fn slow_retry_ms(mut self, milliseconds: u64) -> Self {
        self.config.slow_retry_ms = milliseconds;
        self
    }

    /// How many connections there may be; further ones are refused with 503. Default: 250,000.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.max_connections(10_000); // below the limit of open files of the process
    /// ```
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.config.max_connections = connections;
        self
    }

    /// How many connections there may be from one address ([`Builder::peer_addr`]), all of an IPv6 network of 64 bits
    /// together; further ones are refused with 429. Clients whose address is not known are not counted. Default: no
    /// limit.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.max_connections_per_address(200); // a school has one address for all
    /// ```
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.config.max_connections_per_address = Some(connections);
        self
    }

    /// How many levels of arrays and objects the arguments of an event may have, their list included; at most 127.
    /// Default: 64.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.max_depth(3); // [{ "tags": ["a", "b"] }] is as deep as this application's events are
    /// ```
    pub fn max_depth(mut self, levels: u32) -> Self {
        self.limits.depth = levels;
        self
    }

    /// How many binary attachments a packet may have. Default: 10.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.max_attachments(1); // a message has one picture
    /// ```
    pub fn max_attachments(mut self, attachments: usize) -> Self {
        self.limits.attachments = attachments;
        self
    }

    /// Whether the request that opened a connection is forgotten once the client has joined all namespaces that have
    /// middleware, which saves some kilobytes for each connection. Default: no.
    ///
    /// A client that leaves such a namespace and wants to join it again is then disconnected, so that it comes back with
    /// a new request. It is never forgotten where there are namespaces by pattern with middleware: there may always be
    /// one more.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.forget_handshakes(true); // clients of this application join once and stay
    /// ```
    pub fn forget_handshakes(mut self, forget: bool) -> Self {
        self.forget_handshakes = forget;
        self
    }

    /// How many events of one connection may wait for the handler in hand before nothing more is read from it. While
    /// somebody waits for an acknowledgement of the client, which may come behind them, there may be more, up to twice
    /// the bytes of [`Builder::max_payload`]. Heartbeats and acknowledgements pass the events that wait; while nothing is
    /// read, no heartbeat counts as missed. Default: 256.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.event_queue(16); // who sends faster than handlers work is slowed down soon
    /// ```
    pub fn event_queue(mut self, events: usize) -> Self {
        self.queue = events.max(1);
        self
    }
}
