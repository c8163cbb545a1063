//! The server as the application sees it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::broadcast::Broadcast;
use crate::builder::Builder;
use crate::close::Closing;
use crate::encoded::Encoded;
use crate::engine::{Engine, Flags};
use crate::handshake::Attached;
use crate::hub::{Hub, Target};
use crate::id::SocketId;
use crate::namespace::Namespace;
use crate::recovery::{Log, Recovery};
use crate::rejection::Rejection;
use crate::service::SocketIoService;
use crate::socket::Socket;
use crate::socket_io::Limits;

/// A Socket.IO server. Cheap to clone; all clones are the same server.
#[derive(Clone)]
pub struct SocketIo(pub(crate) Arc<Inner>);

pub(crate) type Rejections = Box<dyn Fn(&Rejection) -> Value + Send + Sync>;

pub(crate) struct Inner {
    pub(crate) engine: Arc<Engine>,
    pub(crate) spaces: HashMap<Arc<str>, Arc<Space>>,
    pub(crate) states: HashMap<TypeId, Attached>,
    pub(crate) rejections: Rejections,
    pub(crate) closing_event: String,
    pub(crate) limits: Limits,
    pub(crate) queue: usize,
    /// How many of the namespaces have middleware, and so need the handshake's headers.
    pub(crate) guarded: usize,
}

/// A namespace with those who are in it.
pub(crate) struct Space {
    pub(crate) namespace: Namespace,
    pub(crate) hub: Hub,
    /// Only where clients may recover.
    log: Option<Mutex<Log>>,
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Space {
    pub(crate) fn new(namespace: Namespace, recovery: Option<Recovery>) -> Self {
        Self { namespace, hub: Hub::default(), log: recovery.map(|recovery| Mutex::new(Log::new(recovery))) }
    }

    /// The log, if clients may recover. It is locked after a socket's rooms and before the hub.
    pub(crate) fn log(&self) -> Option<MutexGuard<'_, Log>> {
        self.log.as_ref().map(|log| log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Queues an event for all whom the target names. Returns for how many.
    pub(crate) fn send(&self, engine: &Engine, target: &Target, packet: &Encoded, flags: Flags) -> usize {
        let mut log = self.log();
        let numbered = log.as_mut().map(|log| log.append(packet, target, !flags.volatile, engine.now()));
        let packet = numbered.as_ref().unwrap_or(packet);
        let mut sweep = engine.sweep();
        self.hub.walk(target, |member| sweep.push(&member.conn, packet, flags));
        sweep.finish()
    }
}

/// Figures of a server at one moment, for metrics.
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
}

impl SocketIo {
    /// Begins a server with the default settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The tower service that answers the requests of clients, normally those to `/socket.io/`. It does not look
    /// at the path.
    pub fn service(&self) -> SocketIoService {
        SocketIoService::new(self.0.engine.clone(), Some(self.clone()))
    }

    /// Everybody in a namespace, to be narrowed down.
    pub fn of(&self, namespace: &str) -> Broadcast {
        Broadcast::new(self.clone(), self.0.spaces.get(namespace).cloned(), Target::default())
    }

    /// The socket with this id, if it is connected.
    pub fn socket(&self, namespace: &str, id: SocketId) -> Option<Socket> {
        self.0.spaces.get(namespace)?.hub.get(id)
    }

    /// Ends the server: new connections are refused with 503, all clients are told `server:closing` with this
    /// [`Closing`] (normally [`Closing::draining`]) and closed, waiting polls end and [`Namespace::on_disconnect`]
    /// runs. Handlers in hand finish; what they answer within half of the deadline, and at most
    /// two seconds, still arrives. Events that wait behind them
    /// are not handled.
    ///
    /// Returns whether everything was done before the deadline; what was not goes on in the background.
    pub async fn shutdown(&self, closing: Closing, deadline: Duration) -> bool {
        self.0.engine.shutdown(closing, deadline).await
    }

    /// Figures for metrics. Takes a lock per namespace.
    pub fn figures(&self) -> Figures {
        let mut figures = self.0.engine.figures();
        for space in self.0.spaces.values() {
            figures.sockets += space.hub.len();
            figures.rooms += space.hub.rooms();
        }
        figures
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.0.engine
    }

    pub(crate) fn state<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::downcast(self.0.states.get(&TypeId::of::<T>())?.clone()).ok()
    }

    pub(crate) fn rejection(&self, rejection: &Rejection) -> Value {
        (self.0.rejections)(rejection)
    }
}

impl fmt::Debug for SocketIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketIo").finish_non_exhaustive()
    }
}
