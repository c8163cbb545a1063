//! What happens in a namespace: middleware and handlers, given once.

mod handlers;

use std::any::TypeId;
use std::future::Future;
use std::sync::Arc;

use serde_json::Value;

pub(crate) use handlers::{Checking, Connecting, Guarding, Handlers};

use crate::close::DisconnectReason;
use crate::emitter::Outgoing;
use crate::extract::Event;
use crate::handler::{Handler, Running, erase};
use crate::handshake::{Attached, Handshake};
use crate::refusal::ConnectError;
use crate::rejection::Rejection;
use crate::server_side::ServerEvent;
use crate::socket::Socket;

/// A namespace and its handlers. They are given once, before the server starts, and shared by all sockets.
///
/// ```
/// use chinwag_socketio::{Namespace, Payload, Reply, Socket, SocketIo};
///
/// let chat = Namespace::new("/chat")
///     .on_connect(|socket: Socket| async move { socket.join("lobby") })
///     .on("say", |socket: Socket, Payload(text): Payload<String>| async move {
///         Reply(socket.to("lobby").emit("said", &text).is_ok())
///     })
///     .on_disconnect(|socket: Socket, reason| async move { println!("{}: {reason}", socket.id()) });
/// let io = SocketIo::builder().namespace(chat).build()?;
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
pub struct Namespace {
    pub(crate) name: Arc<str>,
    pub(crate) handlers: Handlers,
    pub(crate) states: Vec<(TypeId, &'static str)>,
    /// Which names it stands for, if it is a pattern; its own name is its label then.
    pub(crate) predicate: Option<Predicate>,
}

pub(crate) type Predicate = Box<dyn Fn(&str) -> bool + Send + Sync>;

impl Namespace {
    /// A namespace that anybody may join and in which nothing happens. Its name begins with `/`; the default one
    /// is `/`.
    ///
    /// ```
    /// # use chinwag_socketio::{BuildError, Namespace, SocketIo};
    /// assert!(SocketIo::builder().namespace(Namespace::new("/chat")).build().is_ok());
    /// let error = SocketIo::builder().namespace(Namespace::new("chat")).build().unwrap_err();
    /// assert_eq!(error, BuildError::NamespaceName("chat".into()));
    /// ```
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), handlers: Handlers::default(), states: Vec::new(), predicate: None }
    }

    /// A pattern: all namespaces whose name begins with `/`, has at most 256 bytes, no `,`, `?` or control characters,
    /// and that `predicate` says yes to. They share what is given to this one, and each has sockets and rooms of its
    /// own, which [`Socket::namespace`] and [`SocketIo::of`](crate::SocketIo::of) call by its name.
    ///
    /// A namespace comes into being when its first client is let in, so that one that is refused leaves nothing, and
    /// goes with its last client ([`Builder::keep_empty_children`](crate::Builder::keep_empty_children)). There may be
    /// [`Builder::max_children`](crate::Builder::max_children). Namespaces with a name of their own go first; then
    /// patterns are asked in the order in which they were given to the builder, but only for names that are not there
    /// yet. The predicate must be quick; one that panics means no.
    ///
    /// With middleware in a pattern, connections keep the headers of their handshake as long as they live: there may
    /// always be one more namespace to ask for.
    ///
    /// The label is what [`SocketIo::of_all`](crate::SocketIo::of_all) knows the pattern by.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, Socket};
    /// let is_game = |name: &str| name.strip_prefix("/game-").is_some_and(|id| id.parse::<u32>().is_ok());
    /// Namespace::matching("games", is_game)
    ///     .on("move", async |socket: Socket| println!("a move in {}", socket.namespace()))
    /// # ;
    /// ```
    pub fn matching(label: &str, predicate: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { predicate: Some(Box::new(predicate)), ..Self::new(label) }
    }

    /// Adds a check that whoever wants to join must pass. Guards are asked one after the other, in the order in
    /// which they are given and before [`Namespace::connect`]; the first error refuses the client.
    ///
    /// A guard only decides: if the client goes while one is asked, its future is dropped, and the rest is not asked.
    /// A guard that panics ends the connection.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chinwag_socketio::{ConnectError, Handshake, Namespace};
    /// # fn is_known(token: &str) -> bool { true }
    /// Namespace::new("/chat")
    ///     .guard(async |handshake: Handshake| match handshake.headers().get("x-version") {
    ///         Some(version) if version == "2" => Ok(()),
    ///         _ => Err(ConnectError::new("this version is too old")),
    ///     })
    ///     .guard(async |handshake: Handshake| {
    ///         let token: String = handshake.auth().map_err(|_| ConnectError::new("who are you?"))?;
    ///         if is_known(&token) { Ok(()) } else { Err(ConnectError::new("nobody knows you")) }
    ///     })
    /// # ;
    /// ```
    #[must_use]
    pub fn guard<F, Fut>(mut self, guard: F) -> Self
    where
        F: Fn(Handshake) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), ConnectError>> + Send + 'static,
    {
        self.handlers.guards.push(Box::new(move |handshake| Box::pin(guard(handshake))));
        self
    }

    /// Decides who may join, as the last of the middleware. What it returns is attached to the socket:
    /// [`Socket::data`], [`Data`](crate::Data). There is one; further checks are for [`Namespace::guard`].
    ///
    /// It runs for each CONNECT packet, in the connection's order: events that the client sends meanwhile wait.
    /// The request that opened the connection is kept for it, unless
    /// [`Builder::forget_handshakes`](crate::Builder::forget_handshakes) says otherwise.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chinwag_socketio::{ConnectError, Handshake, Namespace};
    /// # async fn user_of(token: &str) -> Option<User> { None }
    /// struct User { name: String }
    ///
    /// Namespace::new("/").connect(async |handshake: Handshake| {
    ///     let token: String = handshake.auth().map_err(|_| ConnectError::new("sign in first"))?;
    ///     let user = user_of(&token).await.ok_or_else(|| ConnectError::new("nobody knows you"))?;
    ///     Ok(Arc::new(user))
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn connect<F, Fut, T>(mut self, middleware: F) -> Self
    where
        F: Fn(Handshake) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Arc<T>, ConnectError>> + Send + 'static,
        T: Send + Sync + 'static,
    {
        self.handlers.connect = Some(Box::new(move |handshake| {
            let future = middleware(handshake);
            Box::pin(async move { future.await.map(|data| data as Attached) })
        }));
        self
    }

    /// Called for each socket after it has joined, before its first event is handled. Of several handlers, one after the
    /// other is called, in the order in which they are given.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, Socket};
    /// Namespace::new("/").on_connect(|socket: Socket| async move {
    ///     socket.join("lobby");
    ///     let _ = socket.emit("welcome", &"hello");
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn on_connect<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Socket) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.handlers.add_on_connect(Arc::new(move |socket| Box::pin(handler(socket))));
        self
    }

    /// Called exactly once for each socket that has joined, after its last handler is done. The socket has left
    /// its rooms by then. Of several handlers, one after the other is called, in the order in which they are given.
    ///
    /// ```
    /// # use chinwag_socketio::{DisconnectReason, Namespace, Socket};
    /// Namespace::new("/").on_disconnect(|socket: Socket, reason: DisconnectReason| async move {
    ///     let _ = socket.broadcast().emit("gone", &(socket.id(), reason.as_str()));
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn on_disconnect<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Socket, DisconnectReason) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.handlers.add_on_disconnect(Arc::new(move |socket, reason| Box::pin(handler(socket, reason))));
        self
    }

    /// Adds middleware for events. It is asked for each event at its turn, before the handler, also for events that
    /// nobody handles; one after the other, in the order in which they are given.
    ///
    /// The first error is the event's acknowledgement, if it asks for one, and no handler is called. Middleware that
    /// panics rejects the event as `internal`. Later events of the connection wait for it as they do for handlers, and
    /// like those it is never cancelled.
    ///
    /// What the future needs of the event is taken out before it is made:
    ///
    /// ```
    /// # use chinwag_socketio::{Event, Namespace, Rejection};
    /// # async fn may(who: Option<std::sync::Arc<String>>, what: &str) -> bool { true }
    /// Namespace::new("/").before_event(|event: &Event| {
    ///     let (who, what) = (event.socket().data::<String>(), event.name().to_owned());
    ///     async move {
    ///         if may(who, &what).await { Ok(()) } else { Err(Rejection::new("forbidden", "You may not.")) }
    ///     }
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn before_event<F, Fut>(mut self, check: F) -> Self
    where
        F: Fn(&Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Rejection>> + Send + 'static,
    {
        self.handlers.checks.push(Box::new(move |event| Box::pin(check(event))));
        self
    }

    /// Adds a listener that is shown every event at its turn, before middleware and handlers, also those that are
    /// rejected then or that nobody handles. Called in the order in which they are given, on the connection's task:
    /// it must be quick, and must not block. One that panics is logged, and the event is handled all the same.
    ///
    /// ```
    /// # use chinwag_socketio::{Event, Namespace};
    /// Namespace::new("/").on_any(|event: &Event| {
    ///     tracing::debug!(socket = %event.socket().id(), event = event.name(), "came");
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn on_any(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.handlers.any.push(Box::new(listener));
        self
    }

    /// Adds a listener that hears of every event that is sent to a socket of this namespace, broadcasts included, once for
    /// each socket: also of one that is dropped since the client is gone or, if it is volatile, behind; but neither of
    /// acknowledgements nor of what recovery sends again. It must return at once.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, Outgoing, Socket};
    /// Namespace::new("/").on_any_outgoing(|socket: &Socket, event: &Outgoing| {
    ///     println!("{} is sent {} with {}", socket.id(), event.name(), event.arguments().to_json());
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn on_any_outgoing(mut self, listener: impl Fn(&Socket, &Outgoing) + Send + Sync + 'static) -> Self {
        self.handlers.outgoing.push(Box::new(listener));
        self
    }

    /// Handles an event that another server sends to this one ([`Broadcast::server_side_emit`]). There is one handler
    /// for each name, as with [`Namespace::on`]; events that have none are ignored.
    ///
    /// [`Broadcast::server_side_emit`]: crate::Broadcast::server_side_emit
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, ServerEvent};
    /// Namespace::new("/").on_server_side("load", |event: ServerEvent| async move {
    ///     let sockets = event.io().of("/").local().count();
    ///     let _ = event.reply(&sockets);
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn on_server_side<F, Fut>(mut self, event: &str, handler: F) -> Self
    where
        F: Fn(ServerEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let handler = Box::new(move |event| Box::pin(handler(event)) as Running);
        if self.handlers.server_side.insert(event.into(), handler).is_some() {
            self.handlers.twice = Some(event.to_owned());
        }
        self
    }

    /// What other servers are told of a socket, beside its rooms ([`RemoteSocket::data`](crate::RemoteSocket::data)).
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, Socket};
    /// Namespace::new("/").describe(|socket: &Socket| match socket.data::<String>() {
    ///     Some(name) => serde_json::json!({ "name": *name }),
    ///     None => serde_json::Value::Null,
    /// })
    /// # ;
    /// ```
    #[must_use]
    pub fn describe(mut self, describe: impl Fn(&Socket) -> Value + Send + Sync + 'static) -> Self {
        self.handlers.describe = Some(Box::new(describe));
        self
    }

    /// Handles an event. There is one handler for each name, which is who acknowledges the event: with a second one the
    /// server is not built ([`BuildError::EventTwice`](crate::BuildError::EventTwice)).
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, Payload, Reply};
    /// Namespace::new("/").on("double", |Payload(n): Payload<u32>| async move { Reply(u64::from(n) * 2) })
    /// # ;
    /// ```
    #[must_use]
    pub fn on<P>(mut self, event: &str, handler: impl Handler<P>) -> Self {
        self.states.extend(handler.states());
        if self.handlers.events.insert(event.into(), erase(handler)).is_some() {
            self.handlers.twice = Some(event.to_owned());
        }
        self
    }

    /// Handles events that no other handler takes. Without it, they are rejected with `event_unknown`.
    ///
    /// ```
    /// # use chinwag_socketio::{EventName, Namespace, Reply};
    /// Namespace::new("/").on_unknown(|EventName(name): EventName| async move { Reply(format!("what is {name}?")) })
    /// # ;
    /// ```
    #[must_use]
    pub fn on_unknown<P>(mut self, handler: impl Handler<P>) -> Self {
        self.states.extend(handler.states());
        self.handlers.unknown = Some(erase(handler));
        self
    }
}

impl std::fmt::Debug for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Namespace").field("name", &self.name).finish_non_exhaustive()
    }
}
