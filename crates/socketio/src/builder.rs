//! How a server is set up.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use http::request::Parts;
use serde_json::Value;

use crate::adapter::{Adapter, AnyAdapter};
use crate::cookie::SessionCookie;
use crate::engine::Config;
use crate::handshake::Attached;
use crate::io::Rejections;
use crate::namespace::Namespace;
use crate::parser::Parser;
use crate::recovery::Recovery;
use crate::refusal::Refusal;
use crate::rejection::Rejection;
use crate::session_prefix::SessionPrefix;
use crate::socket_io::Limits;

mod build;
mod limits;

pub use build::BuildError;

/// The settings of a server, each with a default.
///
/// ```
/// use chinwag_socketio::{Namespace, SocketIo};
///
/// // A server behind a proxy, for small messages.
/// let io = SocketIo::builder()
///     .namespace(Namespace::new("/"))
///     .over_tls(|parts| parts.headers.get("x-forwarded-proto").map(|protocol| protocol == "https"))
///     .max_payload(100_000)
///     .max_connections(20_000)
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
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let io = SocketIo::builder().namespace(Namespace::new("/")).namespace(Namespace::new("/admin")).build()?;
    /// assert!(io.of("/admin").emit("news", &1).is_ok() && io.of("/other").emit("news", &1).is_err());
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespaces.push(namespace);
        self
    }

    /// How many namespaces there may be of each pattern ([`Namespace::matching`]). Whoever would be the first in a
    /// further one is refused with a CONNECT_ERROR whose data has the code `namespaces_full`. Default: 10,000.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let documents = Namespace::matching("documents", |name| name.starts_with("/document-"));
    /// SocketIo::builder().namespace(documents).max_children(500); // whoever opens the 501st is refused
    /// ```
    pub fn max_children(mut self, namespaces: usize) -> Self {
        self.max_children = namespaces;
        self
    }

    /// How many namespaces of patterns one connection may be in at a time; it is refused in the same way. Default: 64.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.max_children_per_connection(4); // nobody plays five games at a time
    /// ```
    pub fn max_children_per_connection(mut self, namespaces: usize) -> Self {
        self.max_children_each = namespaces;
        self
    }

    /// Whether namespaces of patterns stay when nobody is in them any more, up to [`Builder::max_children`].
    /// Default: no.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let games = Namespace::matching("games", |name| name.starts_with("/game-"));
    /// let io = SocketIo::builder().namespace(games).keep_empty_children(true).build()?;
    /// drop(io.of("/game-7"));
    /// assert_eq!(io.figures().children, 1, "the game is there although nobody is in it");
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    pub fn keep_empty_children(mut self, keep: bool) -> Self {
        self.keep_empty_children = keep;
        self
    }

    /// Something that handlers take as [`State<T>`](crate::State); one of each type.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chinwag_socketio::{Namespace, Reply, SocketIo, State};
    /// struct Config { motd: String }
    /// let namespace = Namespace::new("/").on("motd", async |State(config): State<Config>| Reply(config.motd.clone()));
    /// let config = Arc::new(Config { motd: "hello".into() });
    /// assert!(SocketIo::builder().state(config).namespace(namespace).build().is_ok());
    /// ```
    pub fn state<T: Any + Send + Sync>(mut self, state: Arc<T>) -> Self {
        self.states.insert(TypeId::of::<T>(), state);
        self
    }

    /// Whether clients of Socket.IO 1 and 2 are served, which speak Engine.IO 3. Default: yes.
    ///
    /// They join `/` by themselves, with nothing to authenticate by but the query of their address; that of another
    /// namespace (`io("/chat?token=abc")`) is what [`Handshake::auth`](crate::Handshake::auth) returns. The id that
    /// their [`socket.id`] shows is that of their session, not [`Socket::id`](crate::Socket::id).
    ///
    /// [`socket.id`]: https://socket.io/docs/v2/client-api/#socketid
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.protocol_3(false); // all clients are of Socket.IO 3 and later
    /// ```
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
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.compression(1_024); // for long lists; a line of a chat is not worth the work
    /// ```
    pub fn compression(mut self, threshold: usize) -> Self {
        self.config.compress = Some(threshold);
        self
    }

    /// In which encodings packets may be. Default: [`Parser::Json`].
    ///
    /// ```
    /// # use chinwag_socketio::{Parser, SocketIo};
    /// SocketIo::builder().parser(Parser::Either); // browsers have JSON, sensors MessagePack
    /// ```
    pub fn parser(mut self, parser: Parser) -> Self {
        self.parser = parser;
        self
    }

    /// Whether clients may poll with scripts (JSONP), as browsers without CORS had to. Default: no.
    ///
    /// A script can be loaded from any page, and browsers do not tell which: with cookies, whatever page somebody
    /// visits could talk in their name. Only allow it to clients that authenticate by other means.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.jsonp(true); // clients sign in by a token in `auth`, there are no cookies
    /// ```
    pub fn jsonp(mut self, allowed: bool) -> Self {
        self.config.jsonp = allowed;
        self
    }

    /// Whether clients may use HTTP long-polling. Default: yes.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.polling(false); // a load balancer may then send a client to any server
    /// ```
    pub fn polling(mut self, allowed: bool) -> Self {
        self.config.polling = allowed;
        self
    }

    /// Whether clients may use WebSocket, at once or after polling. Default: yes.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.websocket(false); // the only way in is a proxy that breaks WebSockets
    /// ```
    pub fn websocket(mut self, allowed: bool) -> Self {
        self.config.websocket = allowed;
        self
    }

    /// Lets clients that lost their connection go on where they were. Default: they begin anew.
    ///
    /// ```
    /// # use chinwag_socketio::{Recovery, SocketIo};
    /// SocketIo::builder().recovery(Recovery::new()); // what was said while a train was in a tunnel is sent after it
    /// ```
    pub fn recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = Some(recovery);
        self
    }

    /// Brings this server together with others. Default: it is alone.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chinwag_socketio::{Adapter, Namespace, SocketIo};
    /// # fn f(adapter: Arc<dyn Adapter>) -> Result<(), Box<dyn std::error::Error>> {
    /// let io = SocketIo::builder().adapter(adapter).namespace(Namespace::new("/")).build()?;
    /// io.of("/").emit("news", &"hello")?; // to the clients of all servers
    /// # Ok(()) }
    /// ```
    pub fn adapter(mut self, adapter: Arc<dyn Adapter>) -> Self {
        self.adapter = Some(adapter);
        self
    }

    /// The name of the event that tells a client that its transport will be closed. Default: `server:closing`.
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.closing_event("goodbye"); // socket.on("goodbye", ({ code, retry_ms }) => …)
    /// ```
    pub fn closing_event(mut self, name: &str) -> Self {
        name.clone_into(&mut self.closing_event);
        self
    }

    /// Sets a cookie with the session's id when a session is opened, by polling or WebSocket, so that a load balancer
    /// can send all requests of a session to the same server. Default: none.
    ///
    /// ```
    /// # use chinwag_socketio::{SessionCookie, SocketIo};
    /// SocketIo::builder().cookie(SessionCookie::new("io")); // the load balancer goes by the cookie `io`
    /// ```
    pub fn cookie(mut self, cookie: SessionCookie) -> Self {
        self.config.cookie = Some(cookie);
        self
    }

    /// How session ids begin, so that other servers can tell that a session is this one's and pass its requests on to it.
    /// Default: they are random from the first character.
    ///
    /// Behind a load balancer that sends each request to any server, a server that gets a request whose
    /// [`SessionPrefix::of_request`] is another's passes it on; whose it is and where that one listens, the servers have
    /// to tell each other by other means.
    ///
    /// ```
    /// # use chinwag_socketio::{SessionPrefix, SocketIo};
    /// # fn random() -> [u8; 16] { [7; 16] }
    /// SocketIo::builder().session_prefix(SessionPrefix::new(random())); // told to the others as well
    /// ```
    pub fn session_prefix(mut self, prefix: SessionPrefix) -> Self {
        self.config.session_prefix = Some(prefix);
        self
    }

    /// The header by which a proxy tells each request from all others, the same when it sends one again to another
    /// server (`$request_id` of nginx). A poll that comes again although it was answered then ends its session, since the
    /// answer is lost; without this header nobody could tell, and what was in it would be missing. Default: none.
    ///
    /// ```
    /// use http::HeaderName;
    ///
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// builder.request_header(HeaderName::from_static("x-proxy-request"));
    /// ```
    pub fn request_header(mut self, name: http::HeaderName) -> Self {
        self.config.request_header = Some(name);
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

    /// Where the address of the client is found. Default: the extension [`PeerAddr`](crate::PeerAddr).
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
    /// [`Handshake::over_tls`](crate::Handshake::over_tls) tells. Default: the extension [`OverTls`](crate::OverTls).
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
    ///
    /// ```
    /// # let builder = chinwag_socketio::SocketIo::builder();
    /// // Clients of this application look for the word alone.
    /// builder.rejections(|rejection| serde_json::json!({ "error": rejection.code() }));
    /// ```
    pub fn rejections(mut self, write: impl Fn(&Rejection) -> Value + Send + Sync + 'static) -> Self {
        self.rejections = Box::new(write);
        self
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("namespaces", &self.namespaces).finish_non_exhaustive()
    }
}
