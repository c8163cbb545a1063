//! The server as the application sees it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;

use crate::acks::Asked;
use crate::adapter::AnyAdapter;
use crate::broadcast::Broadcast;
use crate::builder::Builder;
use crate::close::Closing;
use crate::emitter::Outgoing;
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
    pub(crate) adapter: AnyAdapter,
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
    /// The number of the next acknowledgement that is asked for: one for all sockets, so that an event which many are
    /// to acknowledge is written once.
    next_ack: AtomicU64,
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Space {
    pub(crate) fn new(namespace: Namespace, recovery: Option<Recovery>, adapter: AnyAdapter) -> Self {
        let hub = Hub::new(&namespace.name, adapter);
        let log = recovery.map(|recovery| Mutex::new(Log::new(recovery)));
        Self { namespace, hub, log, next_ack: AtomicU64::new(0) }
    }

    /// A number for an acknowledgement.
    pub(crate) fn next_ack(&self) -> u64 {
        self.next_ack.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether somebody wants to hear of every event that is sent.
    pub(crate) fn has_listeners(&self) -> bool {
        !self.namespace.handlers.outgoing.is_empty()
    }

    /// Tells of an event that was sent to these.
    pub(crate) fn tell(&self, sockets: &[Socket], packet: &Encoded) {
        let Some(outgoing) = Outgoing::of(packet).filter(|_| !sockets.is_empty()) else { return };
        for socket in sockets {
            self.namespace.handlers.outgoing.iter().for_each(|listener| listener(socket, &outgoing));
        }
    }

    /// The log, if clients may recover. It is locked after a socket's rooms and before the hub.
    pub(crate) fn log(&self) -> Option<MutexGuard<'_, Log>> {
        self.log.as_ref().map(|log| log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Queues an event for all whom the target names. Returns for how many.
    pub(crate) fn send(&self, engine: &Engine, target: &Target, packet: &Encoded, flags: Flags) -> usize {
        let mut log = self.log();
        let numbered = log.as_mut().map(|log| log.append(packet, target, !flags.volatile, engine.now()));
        let sent = numbered.as_ref().unwrap_or(packet);
        let mut sweep = engine.sweep();
        let mut heard = Vec::new();
        self.hub.walk(target, |member| {
            if sweep.push(&member.conn, sent, flags) && self.has_listeners() {
                heard.push(member.socket.clone());
            }
        });
        drop(log);
        // With no lock held: listeners may do what they like.
        self.tell(&heard, packet);
        sweep.finish()
    }

    /// Queues an event for all whom the target names, and asks them to acknowledge it.
    pub(crate) fn ask(&self, engine: &Engine, target: &Target, packet: &Encoded, flags: Flags) -> Asked {
        let id = self.next_ack();
        let asking = packet.asking(id);
        let (sender, replies) = mpsc::unbounded_channel();
        let mut sweep = engine.sweep();
        let mut sockets = Vec::new();
        self.hub.walk(target, |member| {
            // Waited for before it is sent: the answer may come at once.
            if member.socket.expect_one_of_many(id, sender.clone()) {
                if sweep.push(&member.conn, &asking, flags) {
                    sockets.push(member.socket.clone());
                } else {
                    member.socket.forget_ack(id);
                }
            }
        });
        self.tell(if self.has_listeners() { &sockets } else { &[] }, packet);
        sweep.finish();
        Asked { id, sockets, replies }
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
