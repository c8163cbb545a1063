//! What happens in a namespace: middleware and handlers, given once.

use std::any::TypeId;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::close::DisconnectReason;
use crate::handler::{ErasedHandler, Handler, Running, erase};
use crate::handshake::{Attached, ConnectError, Handshake};
use crate::socket::Socket;

pub(crate) type Connecting = Pin<Box<dyn Future<Output = Result<Attached, ConnectError>> + Send>>;
type Middleware = Box<dyn Fn(Handshake) -> Connecting + Send + Sync>;
type OnConnect = Box<dyn Fn(Socket) -> Running + Send + Sync>;
type OnDisconnect = Box<dyn Fn(Socket, DisconnectReason) -> Running + Send + Sync>;

/// A namespace and its handlers. They are given once, before the server starts, and shared by all sockets.
pub struct Namespace {
    pub(crate) name: Arc<str>,
    pub(crate) middleware: Option<Middleware>,
    pub(crate) on_connect: Option<OnConnect>,
    pub(crate) on_disconnect: Option<OnDisconnect>,
    pub(crate) events: HashMap<Box<str>, ErasedHandler>,
    pub(crate) unknown: Option<ErasedHandler>,
    pub(crate) states: Vec<(TypeId, &'static str)>,
}

impl Namespace {
    /// A namespace that anybody may join and in which nothing happens. Its name begins with `/`; the default one
    /// is `/`.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            middleware: None,
            on_connect: None,
            on_disconnect: None,
            events: HashMap::new(),
            unknown: None,
            states: Vec::new(),
        }
    }

    /// Decides who may join. What it returns is attached to the socket: [`Socket::data`], [`Data`](crate::Data).
    ///
    /// It runs for each CONNECT packet, in the connection's order: events that the client sends meanwhile wait.
    /// The handshake's headers are forgotten once all namespaces with middleware have been joined.
    #[must_use]
    pub fn connect<F, Fut, T>(mut self, middleware: F) -> Self
    where
        F: Fn(Handshake) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Arc<T>, ConnectError>> + Send + 'static,
        T: Send + Sync + 'static,
    {
        self.middleware = Some(Box::new(move |handshake| {
            let future = middleware(handshake);
            Box::pin(async move { future.await.map(|data| data as Attached) })
        }));
        self
    }

    /// Called for each socket after it has joined, before its first event is handled.
    #[must_use]
    pub fn on_connect<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Socket) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.on_connect = Some(Box::new(move |socket| Box::pin(handler(socket))));
        self
    }

    /// Called exactly once for each socket that has joined, after its last handler is done. The socket has left
    /// its rooms by then.
    #[must_use]
    pub fn on_disconnect<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Socket, DisconnectReason) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.on_disconnect = Some(Box::new(move |socket, reason| Box::pin(handler(socket, reason))));
        self
    }

    /// Handles an event. The last handler given for a name counts.
    #[must_use]
    pub fn on<P>(mut self, event: &str, handler: impl Handler<P>) -> Self {
        self.states.extend(handler.states());
        self.events.insert(event.into(), erase(handler));
        self
    }

    /// Handles events that no other handler takes. Without it, they are rejected with `event_unknown`.
    #[must_use]
    pub fn on_unknown<P>(mut self, handler: impl Handler<P>) -> Self {
        self.states.extend(handler.states());
        self.unknown = Some(erase(handler));
        self
    }
}

impl std::fmt::Debug for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Namespace").field("name", &self.name).finish_non_exhaustive()
    }
}
