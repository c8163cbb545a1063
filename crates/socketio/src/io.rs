//! The server as the application sees it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;

use crate::adapter::AnyAdapter;
use crate::broadcast::Broadcast;
use crate::builder::Builder;
use crate::children::Children;
use crate::close::Closing;
use crate::engine::Engine;
use crate::handshake::Attached;
use crate::hub::Target;
use crate::id::SocketId;
use crate::panics::caught;
use crate::parser::Parser;
use crate::rejection::Rejection;
use crate::server::Server;
use crate::service::SocketIoService;
use crate::socket::Socket;
use crate::socket_io::Limits;
pub(crate) use crate::spaces::Space;
use crate::spaces::Spaces;
use crate::totals::Totals;

/// A Socket.IO server. Cheap to clone; all clones are the same server.
///
/// ```
/// use chinwag_socketio::{Namespace, SocketIo};
///
/// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
/// let app: axum::Router = axum::Router::new().route_service("/socket.io/", io.service());
/// // From anywhere in the program:
/// let elsewhere = io.clone();
/// assert_eq!(elsewhere.of("/").emit("news", &"hello")?, 0);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SocketIo(pub(crate) Arc<Inner>);

pub(crate) type Rejections = Box<dyn Fn(&Rejection) -> Value + Send + Sync>;

pub(crate) struct Inner {
    pub(crate) engine: Arc<Engine>,
    pub(crate) spaces: Spaces,
    pub(crate) adapter: AnyAdapter,
    pub(crate) states: HashMap<TypeId, Attached>,
    pub(crate) rejections: Rejections,
    pub(crate) closing_event: String,
    pub(crate) limits: Limits,
    pub(crate) queue: usize,
    pub(crate) parser: Parser,
    /// With how many namespaces joined that have middleware the request of a connection is forgotten.
    pub(crate) guarded: usize,
    /// How many namespaces of patterns one connection may be in.
    pub(crate) children_each: usize,
}

/// Figures of a server at one moment, for metrics.
///
/// ```
/// # use chinwag_socketio::{Figures, Namespace, SocketIo};
/// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
/// assert_eq!(io.figures(), Figures::default(), "nothing at first");
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Connections of any transport.
    pub connections: usize,
    /// Connections that have not (or not yet) upgraded from polling, or did so once.
    pub sessions: usize,
    /// Bytes that wait to be sent, a broadcast counted once ([`Builder::outbox_budget`](crate::Builder::outbox_budget)).
    pub outbox_bytes: usize,
    /// Sockets in all namespaces.
    pub sockets: usize,
    /// Rooms in all namespaces, those of the sockets' own ids not counted.
    pub rooms: usize,
    /// Namespaces of patterns.
    pub children: usize,
    /// Connections whose handler or middleware in hand waits for something.
    pub waiting: usize,
}

impl SocketIo {
    /// Begins a server with the default settings.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The tower service that answers the requests of clients, normally those to `/socket.io/`. It does not look
    /// at the path.
    ///
    /// ```
    /// # use chinwag_socketio::SocketIo;
    /// # fn f(io: &SocketIo) -> axum::Router {
    /// axum::Router::new().route_service("/socket.io/", io.service())
    /// # }
    /// ```
    pub fn service(&self) -> SocketIoService {
        SocketIoService::new(self.0.engine.clone(), Some(self.clone()))
    }

    /// Serves it on a listener, for programs without a web framework. See [`Server`].
    ///
    /// ```no_run
    /// # async fn f(io: chinwag_socketio::SocketIo) -> std::io::Result<()> {
    /// io.serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?).await;
    /// # Ok(()) }
    /// ```
    pub fn serve(&self, listener: TcpListener) -> Server {
        Server::new(self.clone(), listener)
    }

    /// Everybody in a namespace, to be narrowed down. A namespace of a pattern that nobody has joined is just empty.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let io = SocketIo::builder().namespace(Namespace::new("/chat")).build()?;
    /// assert_eq!(io.of("/chat").to("lobby").emit("news", &"hello")?, 0);
    /// assert!(io.of("/").emit("news", &"hello").is_err(), "there is no such namespace");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(&self, namespace: &str) -> Broadcast {
        let space = caught(&self.0.engine.counts, || self.0.spaces.of(namespace)).flatten();
        Broadcast::new(self.clone(), space, Target::default())
    }

    /// Everybody in the namespaces of the pattern with this label ([`Namespace::matching`]) that are there now.
    ///
    /// [`Namespace::matching`]: crate::Namespace::matching
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let games = Namespace::matching("games", |name| name.starts_with("/game-"));
    /// let io = SocketIo::builder().namespace(games).build()?;
    /// assert_eq!(io.of_all("games").count(), 0);
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    pub fn of_all(&self, label: &str) -> Children {
        let all = |space| Broadcast::new(self.clone(), Some(space), Target::default());
        Children::new(self.0.spaces.of_all(label).map(|spaces| spaces.into_iter().map(all).collect()))
    }

    /// The socket with this id, if it is connected.
    ///
    /// Sockets of other servers are not found; what is sent to the room of an id reaches them.
    ///
    /// ```
    /// # use chinwag_socketio::{SocketId, SocketIo};
    /// # fn f(io: &SocketIo, id: SocketId) {
    /// if let Some(socket) = io.socket("/", id) {
    ///     socket.join("lobby");
    /// }
    /// # }
    /// ```
    pub fn socket(&self, namespace: &str, id: SocketId) -> Option<Socket> {
        self.0.spaces.get(namespace)?.hub.get(id)
    }

    /// Ends the server: new connections are refused with 503, and all clients are told `server:closing` with this and
    /// closed.
    ///
    /// The handler that a connection has in hand may finish first, so that its answer arrives, for half of the deadline
    /// but two seconds at most; events that wait behind it are not begun. Handlers of
    /// [`Namespace::on_disconnect`](crate::Namespace::on_disconnect) are waited for up to the deadline.
    ///
    /// Returns whether everything was done before the deadline; what was not goes on in the background. The HTTP server
    /// must still take requests meanwhile, because clients that poll fetch what is said last.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Closing, SocketIo};
    /// # async fn f(io: SocketIo, app: axum::Router, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    /// tokio::spawn(async move { axum::serve(listener, app).await });
    /// tokio::signal::ctrl_c().await?;
    /// let all = io.shutdown(Closing::draining(1_000), Duration::from_secs(10)).await;
    /// # Ok(()) }
    /// ```
    pub async fn shutdown(&self, closing: Closing, deadline: Duration) -> bool {
        self.0.engine.shutdown(closing, Duration::ZERO, deadline).await
    }

    /// The same, but the clients are told one after the other, evenly over `spread`, so that they do not all come to
    /// another server at once. Whoever is not told yet is served as ever.
    ///
    /// `spread` is part of the deadline.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Closing, SocketIo};
    /// # async fn f(io: SocketIo) {
    /// io.shutdown_over(Closing::draining(0), Duration::from_secs(5), Duration::from_secs(10)).await;
    /// # }
    /// ```
    pub async fn shutdown_over(&self, closing: Closing, spread: Duration, deadline: Duration) -> bool {
        self.0.engine.shutdown(closing, spread, deadline).await
    }

    /// Frees the way that a client's requests take, for the sake of a proxy or another server on that way that is about
    /// to end: a poll that waits is answered with nothing, and the client polls again, without loss; a WebSocket is told
    /// `server:closing` with this and closed, and the client comes back.
    ///
    /// The session is the one that a request names in the query of its address, as in
    /// [`SessionPrefix::of_request`](crate::SessionPrefix::of_request). Returns whether it is here; those that began with a
    /// WebSocket are named in no request.
    ///
    /// ```
    /// # use chinwag_socketio::{Closing, Namespace, SocketIo};
    /// # let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
    /// assert!(!io.release("EIO=4&transport=polling&sid=unknown", Closing::draining(0)));
    /// ```
    pub fn release(&self, query: &str, closing: Closing) -> bool {
        self.0.engine.release(query, closing)
    }

    /// Figures for metrics. Takes a lock per namespace.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// let figures = io.figures();
    /// println!("{} clients, {} bytes wait for them", figures.connections, figures.outbox_bytes);
    /// # }
    /// ```
    pub fn figures(&self) -> Figures {
        let mut figures = self.0.engine.figures();
        for space in self.0.spaces.all() {
            figures.children += usize::from(space.is_child());
            figures.sockets += space.hub.len();
            figures.rooms += space.hub.rooms();
        }
        figures
    }

    /// Everything that was counted since the server was made, for metrics. Counting costs no lock, nor a cache line
    /// that threads share.
    ///
    /// Any exporter can take it; Prometheus' own format is little more than a loop. What is there at the moment is
    /// in [`SocketIo::figures`].
    ///
    /// ```
    /// use std::fmt::Write;
    ///
    /// /// To be answered to `GET /metrics` as `text/plain; version=0.0.4`.
    /// fn metrics(io: &chinwag_socketio::SocketIo) -> String {
    ///     let mut text = format!("# TYPE socketio_connections gauge\nsocketio_connections {}\n", io.figures().connections);
    ///     let mut last = "";
    ///     for total in io.totals() {
    ///         if total.name != last {
    ///             let _ = writeln!(text, "# TYPE socketio_{}_total counter", total.name);
    ///         }
    ///         last = total.name;
    ///         let labels: Vec<_> = total.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    ///         let _ = writeln!(text, "socketio_{}_total{{{}}} {}", total.name, labels.join(","), total.value);
    ///     }
    ///     text
    /// }
    /// # let io = chinwag_socketio::SocketIo::builder().build().unwrap();
    /// # assert!(metrics(&io).contains("socketio_upgrades_total{outcome=\"completed\"} 0\n"));
    /// ```
    pub fn totals(&self) -> Totals {
        Totals::new(self.0.engine.counts.all())
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.0.engine
    }

    pub(crate) fn state<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::downcast(self.0.states.get(&TypeId::of::<T>())?.clone()).ok()
    }

    pub(crate) fn rejection(&self, rejection: &Rejection) -> Value {
        caught(&self.0.engine.counts, || (self.0.rejections)(rejection))
            .unwrap_or_else(|| rejection.to_json())
    }
}

impl fmt::Debug for SocketIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketIo").finish_non_exhaustive()
    }
}
