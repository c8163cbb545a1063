//! How a server is set up.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use http::request::Parts;
use serde_json::Value;

use crate::adapter::{Adapter, AnyAdapter};
use crate::client::Client;
use crate::cookie::SessionCookie;
use crate::engine::{Config, Engine};
use crate::engine_io::Message;
use crate::handshake::{Attached, OverTls, PeerAddr, Refusal};
use crate::io::{Inner, Rejections, SocketIo};
use crate::local::Local;
use crate::namespace::Namespace;
use crate::parser::Parser;
use crate::raw::{EngineSocket, OnMessage, Raw};
use crate::recovery::Recovery;
use crate::rejection::Rejection;
use crate::service::SocketIoService;
use crate::socket_io::{Limits, is_reserved};
use crate::spaces::{Common, Spaces};

/// The settings of a server, each with a default.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use chinwag_socketio::{Namespace, Parser, Recovery, Refusal, SessionCookie, SocketIo};
///
/// struct App;
///
/// let io = SocketIo::builder()
///     .namespace(Namespace::new("/"))
///     .namespace(Namespace::matching("games", |name| name.starts_with("/game-")))
///     .max_children(1_000)
///     .max_children_per_connection(4)
///     .keep_empty_children(false)
///     .forget_handshakes(false)
///     .state(Arc::new(App))
///     // Times.
///     .ping_interval(Duration::from_secs(25))
///     .ping_timeout(Duration::from_secs(20))
///     .upgrade_timeout(Duration::from_secs(10))
///     .connect_timeout(Duration::from_secs(45))
///     // What one client may send.
///     .max_payload(100_000)
///     .max_depth(32)
///     .max_attachments(2)
///     .event_queue(64)
///     // What may wait for clients.
///     .outbox_limit(256 * 1024)
///     .outbox_budget(64 << 20)
///     .slow_retry_ms(2_000)
///     // Who may connect, and how.
///     .max_connections(20_000)
///     .max_connections_per_address(50)
///     .allow_request(|parts| {
///         let other = parts.headers.get("origin").is_some_and(|origin| origin != "https://chat.example");
///         async move { if other { Err(Refusal::forbidden("cross_origin")) } else { Ok(()) } }
///     })
///     .polling(true)
///     .websocket(true)
///     .protocol_3(false)
///     .jsonp(false)
///     .cookie(SessionCookie::new("io"))
///     // What else there is.
///     .parser(Parser::Either)
///     .compression(1_024)
///     .recovery(Recovery::new())
///     .closing_event("server:closing")
///     .rejections(|rejection| serde_json::json!({ "error": rejection.code() }))
///     .build()?;
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
#[must_use = "call `build`"]
pub struct Builder {
    config: Config,
    limits: Limits,
    queue: usize,
    parser: Parser,
    forget_handshakes: bool,
    recovery: Option<Recovery>,
    adapter: AnyAdapter,
    closing_event: String,
    namespaces: Vec<Namespace>,
    max_children: usize,
    max_children_each: usize,
    keep_empty_children: bool,
    states: HashMap<TypeId, Attached>,
    rejections: Rejections,
}

/// A server that cannot be built.
///
/// ```
/// use std::time::Duration;
/// use chinwag_socketio::{BuildError, Namespace, SocketIo};
///
/// let twice = SocketIo::builder().namespace(Namespace::new("/a")).namespace(Namespace::new("/a")).build();
/// assert_eq!(twice.unwrap_err(), BuildError::NamespaceTwice("/a".into()));
/// let never = SocketIo::builder().ping_interval(Duration::ZERO).build();
/// assert_eq!(never.unwrap_err(), BuildError::Heartbeat);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two namespaces have this name.
    #[error("the namespace {0:?} is given twice")]
    NamespaceTwice(String),
    /// Two patterns have this label.
    #[error("the label {0:?} is given twice")]
    LabelTwice(String),
    /// A namespace's name does not begin with `/`, or contains `,` or `?`.
    #[error("{0:?} is no name of a namespace: it begins with / and contains neither , nor ?")]
    NamespaceName(String),
    /// A handler is given for this event, or it is to be [`Builder::closing_event`], but the name is one of the protocol's
    /// own, which no event has: [`Namespace::on_disconnect`] and the like are for that.
    #[error("no event is named {0:?}; use on_connect and on_disconnect for what happens to sockets")]
    EventReserved(String),
    /// A handler takes a [`State`](crate::State) of this type, which was not given.
    #[error("a handler takes State<{0}>, which was not given")]
    StateMissing(&'static str),
    /// [`Builder::recovery`] with [`Builder::adapter`]: a client would come back to a server that knows nothing of it.
    #[error("clients can be recovered by one server alone, not with an adapter")]
    RecoveryWithAdapter,
    /// The session cookie's name is no token, or its path or domain has characters that cannot be in a header.
    #[error("the session cookie's name, path or domain cannot be written")]
    Cookie,
    /// A duration is zero.
    #[error("ping interval and ping time-out must be at least a millisecond")]
    Heartbeat,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            config: Config::default(),
            limits: Limits::default(),
            queue: 256,
            parser: Parser::default(),
            forget_handshakes: false,
            recovery: None,
            adapter: None,
            closing_event: "server:closing".into(),
            namespaces: Vec::new(),
            max_children: 10_000,
            max_children_each: 64,
            keep_empty_children: false,
            states: HashMap::new(),
            rejections: Box::new(Rejection::to_json),
        }
    }

    /// Adds a namespace. A server has none by itself, not even `/`.
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespaces.push(namespace);
        self
    }

    /// How many namespaces there may be of each pattern ([`Namespace::matching`]). Whoever would be the first in a
    /// further one is refused with a CONNECT_ERROR whose data has the code `namespaces_full`. Default: 10,000.
    pub fn max_children(mut self, namespaces: usize) -> Self {
        self.max_children = namespaces;
        self
    }

    /// How many namespaces of patterns one connection may be in at a time; it is refused in the same way. Default: 64.
    pub fn max_children_per_connection(mut self, namespaces: usize) -> Self {
        self.max_children_each = namespaces;
        self
    }

    /// Whether namespaces of patterns stay when nobody is in them any more, up to [`Builder::max_children`].
    /// Default: no.
    pub fn keep_empty_children(mut self, keep: bool) -> Self {
        self.keep_empty_children = keep;
        self
    }

    /// Something that handlers take as [`State<T>`](crate::State); one of each type.
    pub fn state<T: Any + Send + Sync>(mut self, state: Arc<T>) -> Self {
        self.states.insert(TypeId::of::<T>(), state);
        self
    }

    /// How long after the handshake, and after each answer, the client is asked whether it is there. Default: 25 s.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.config.ping_interval = interval;
        self
    }

    /// How long it may take to answer. Default: 20 s.
    pub fn ping_timeout(mut self, timeout: Duration) -> Self {
        self.config.ping_timeout = timeout;
        self
    }

    /// How long an upgrade from polling to WebSocket may take. Default: 10 s.
    pub fn upgrade_timeout(mut self, timeout: Duration) -> Self {
        self.config.upgrade_timeout = timeout;
        self
    }

    /// How long a connection may stay without joining a namespace. Default: 45 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config.connect_timeout = Some(timeout);
        self
    }

    /// How many bytes a client may send in one WebSocket message or polling request, and in the attachments of one
    /// packet together. Default: 1,000,000.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.config.max_payload = bytes;
        self.limits.attachment_bytes = bytes;
        self
    }

    /// How many bytes may wait to be sent to one client. Whoever is behind further is disconnected with the
    /// [`Closing`](crate::Closing) `slow`; a single packet is always taken where nothing waits. Default: 1 MiB.
    pub fn outbox_limit(mut self, bytes: usize) -> Self {
        self.config.outbox_limit = bytes;
        self
    }

    /// How many bytes may wait to be sent to all clients together, a broadcast counted once. When there are more, those
    /// who are furthest behind are disconnected as slow until there are less. Default: 256 MiB.
    pub fn outbox_budget(mut self, bytes: usize) -> Self {
        self.config.outbox_budget = bytes;
        self
    }

    /// How many milliseconds a slow client is told to stay away. Default: 1,000.
    pub fn slow_retry_ms(mut self, milliseconds: u64) -> Self {
        self.config.slow_retry_ms = milliseconds;
        self
    }

    /// How many connections there may be; further ones are refused with 503. Default: 250,000.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.config.max_connections = connections;
        self
    }

    /// How many connections there may be from one address ([`Builder::peer_addr`]), all of an IPv6 network of 64 bits
    /// together; further ones are refused with 429. Clients whose address is not known are not counted. Default: no
    /// limit.
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.config.max_connections_per_address = Some(connections);
        self
    }

    /// How many levels of arrays and objects the arguments of an event may have, their list included; at most 127.
    /// Default: 64.
    pub fn max_depth(mut self, levels: u32) -> Self {
        self.limits.depth = levels;
        self
    }

    /// How many binary attachments a packet may have. Default: 10.
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
    pub fn forget_handshakes(mut self, forget: bool) -> Self {
        self.forget_handshakes = forget;
        self
    }

    /// How many events of one connection may wait for the handler in hand before nothing more is read from it, nor
    /// when they have twice the bytes of [`Builder::max_payload`]. Heartbeats and acknowledgements pass the events
    /// that wait, but only up to there; while nothing is read, no heartbeat counts as missed. Default: 256.
    pub fn event_queue(mut self, events: usize) -> Self {
        self.queue = events.max(1);
        self
    }

    /// Whether clients of Socket.IO 1 and 2 are served, which speak Engine.IO 3. Default: yes.
    ///
    /// They join `/` by themselves, with nothing to authenticate by but the query of their address; that of another
    /// namespace (`io("/chat?token=abc")`) is what [`Handshake::auth`](crate::Handshake::auth) returns. The id that
    /// their [`socket.id`] shows is that of their session, not [`Socket::id`](crate::Socket::id).
    ///
    /// [`socket.id`]: https://socket.io/docs/v2/client-api/#socketid
    pub fn protocol_3(mut self, allowed: bool) -> Self {
        self.config.protocol_3 = allowed;
        self
    }

    /// Compresses messages of WebSockets from so many bytes on (permessage-deflate), with clients that can. Default: off;
    /// 1,024 is what Node's server takes when it is on.
    ///
    /// A broadcast is compressed once. Each message is compressed by itself, so that nothing is kept for it between
    /// messages. What is compressed can be guessed at by somebody who has secrets and text of their own put into the
    /// same message, and who sees its length: see [`Broadcast::compress`](crate::Broadcast::compress).
    pub fn compression(mut self, threshold: usize) -> Self {
        self.config.compress = Some(threshold);
        self
    }

    /// In which encodings packets may be. Default: [`Parser::Json`].
    pub fn parser(mut self, parser: Parser) -> Self {
        self.parser = parser;
        self
    }

    /// Whether clients may poll with scripts (JSONP), as browsers without CORS had to. Default: no.
    ///
    /// A script can be loaded from any page, and browsers do not tell which: with cookies, whatever page somebody
    /// visits could talk in their name. Only allow it to clients that authenticate by other means.
    pub fn jsonp(mut self, allowed: bool) -> Self {
        self.config.jsonp = allowed;
        self
    }

    /// Whether clients may use HTTP long-polling. Default: yes.
    pub fn polling(mut self, allowed: bool) -> Self {
        self.config.polling = allowed;
        self
    }

    /// Whether clients may use WebSocket, at once or after polling. Default: yes.
    pub fn websocket(mut self, allowed: bool) -> Self {
        self.config.websocket = allowed;
        self
    }

    /// Lets clients that lost their connection go on where they were. Default: they begin anew.
    pub fn recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = Some(recovery);
        self
    }

    /// Brings this server together with others. Default: it is alone.
    pub fn adapter(mut self, adapter: Arc<dyn Adapter>) -> Self {
        self.adapter = Some(adapter);
        self
    }

    /// The name of the event that tells a client that its transport will be closed. Default: `server:closing`.
    pub fn closing_event(mut self, name: &str) -> Self {
        name.clone_into(&mut self.closing_event);
        self
    }

    /// Sets a cookie with the session's id when a session is opened, by polling or WebSocket, so that a load balancer
    /// can send all requests of a session to the same server. Default: none.
    pub fn cookie(mut self, cookie: SessionCookie) -> Self {
        self.config.cookie = Some(cookie);
        self
    }

    /// Decides which requests may open a connection, by their headers and address: the place to check `Origin`, and
    /// to refuse with 503 while something that the application needs is away.
    ///
    /// It is asked once for each session, when it is opened, and not for the requests of a session that is there.
    /// Default: all may.
    ///
    /// ```
    /// # use chinwag_socketio::{Refusal, SocketIo};
    /// SocketIo::builder().allow_request(|parts| {
    ///     let key = parts.headers.get("x-api-key").cloned();
    ///     async move {
    ///         match key {
    ///             Some(key) if key == "open sesame" => Ok(()),
    ///             _ => Err(Refusal::forbidden("no key")),
    ///         }
    ///     }
    /// })
    /// # ;
    /// ```
    pub fn allow_request<F, Fut>(mut self, allow: F) -> Self
    where
        F: Fn(&Parts) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        self.config.allow_request = Some(Box::new(move |parts| Box::pin(allow(parts))));
        self
    }

    /// Where the address of the client is found. Default: the extension [`PeerAddr`].
    ///
    /// ```
    /// # use std::net::SocketAddr;
    /// # use axum::extract::ConnectInfo;
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.peer_addr(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0))
    /// # ;
    /// ```
    pub fn peer_addr(mut self, find: impl Fn(&Parts) -> Option<SocketAddr> + Send + Sync + 'static) -> Self {
        self.config.peer_addr = Box::new(find);
        self
    }

    /// Where it is found whether the client's connection is encrypted, which
    /// [`Handshake::over_tls`](crate::Handshake::over_tls) tells. Default: the extension [`OverTls`].
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// // Behind a proxy that sets this header itself.
    /// builder.over_tls(|parts| parts.headers.get("x-forwarded-proto").map(|protocol| protocol == "https"))
    /// # ;
    /// ```
    pub fn over_tls(mut self, find: impl Fn(&Parts) -> Option<bool> + Send + Sync + 'static) -> Self {
        self.config.over_tls = Box::new(find);
        self
    }

    /// What the acknowledgement of an event that is not handled says: an unknown event, a payload of another form,
    /// a handler that panicked. Default: [`Rejection::to_json`].
    pub fn rejections(mut self, write: impl Fn(&Rejection) -> Value + Send + Sync + 'static) -> Self {
        self.rejections = Box::new(write);
        self
    }

    /// A bare Engine.IO server with the same settings: each message of a client is handed to this function, which
    /// must not block. Namespaces and what belongs to them are not used, nor is the connect time-out.
    ///
    /// ```
    /// use chinwag_socketio::SocketIo;
    ///
    /// let echo = SocketIo::builder().build_engine_io(|socket, message| socket.send(&message))?;
    /// let app: axum::Router = axum::Router::new().route_service("/engine.io/", echo);
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build_engine_io(
        mut self,
        on_message: impl Fn(&EngineSocket, Message) + Send + Sync + 'static,
    ) -> Result<SocketIoService, BuildError> {
        self.check()?;
        self.config.connect_timeout = None;
        let on_message: OnMessage = Arc::new(on_message);
        let engine =
            Engine::new(self.config, move |conn, _| Some(Box::new(Raw::new(conn, on_message.clone()))));
        Ok(SocketIoService::new(engine, None))
    }

    fn check(&self) -> Result<(), BuildError> {
        if self.config.ping_interval.as_millis() == 0 || self.config.ping_timeout.as_millis() == 0 {
            return Err(BuildError::Heartbeat);
        }
        if self.config.cookie.as_ref().is_some_and(|cookie| !cookie.is_valid()) {
            return Err(BuildError::Cookie);
        }
        Ok(())
    }

    /// The server. Its tasks start with the first request.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
    /// assert_eq!(io.figures().connections, 0);
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self) -> Result<SocketIo, BuildError> {
        self.check()?;
        if self.recovery.is_some() && self.adapter.is_some() {
            return Err(BuildError::RecoveryWithAdapter);
        }
        let handled = self.namespaces.iter().flat_map(|namespace| namespace.handlers.events.keys());
        let named = handled.map(|name| &**name).chain([self.closing_event.as_str()]);
        if let Some(reserved) = { named }.find(|name| is_reserved(name)) {
            return Err(BuildError::EventReserved(reserved.to_owned()));
        }
        let states = self.namespaces.iter().flat_map(|namespace| &namespace.states);
        if let Some((_, missing)) = { states }.find(|(id, _)| !self.states.contains_key(id)) {
            return Err(BuildError::StateMissing(missing));
        }
        let common = Common { recovery: self.recovery, adapter: self.adapter.clone() };
        let spaces = Spaces::new(self.namespaces, self.max_children, self.keep_empty_children, &common)?;
        // Where there is no middleware nobody asks for it.
        let guarded = match spaces.guarded() {
            0 => 0,
            guarded if self.forget_handshakes => guarded,
            _ => usize::MAX,
        };
        let io = SocketIo(Arc::new_cyclic(|inner: &Weak<Inner>| {
            let server = inner.clone();
            let engine = Engine::new(self.config, move |conn, request| {
                Some(Box::new(Client::new(SocketIo(server.upgrade()?), conn, request)))
            });
            Inner {
                engine,
                spaces,
                adapter: self.adapter,
                states: self.states,
                rejections: self.rejections,
                closing_event: self.closing_event,
                limits: self.limits,
                queue: self.queue,
                guarded,
                parser: self.parser,
                children_each: self.max_children_each,
            }
        }));
        if let Some(adapter) = &io.0.adapter {
            adapter.start(Local(Arc::downgrade(&io.0)));
        }
        Ok(io)
    }
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
            jsonp: false,
            compress: None,
            polling: true,
            websocket: true,
            cookie: None,
            allow_request: None,
            over_tls: Box::new(|parts| parts.extensions.get::<OverTls>().map(|told| told.0)),
            peer_addr: Box::new(|parts| parts.extensions.get::<PeerAddr>().map(|peer| peer.0)),
        }
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("namespaces", &self.namespaces).finish_non_exhaustive()
    }
}
