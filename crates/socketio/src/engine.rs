//! The engine: sessions over HTTP and WebSocket, their heartbeats, and what waits to be written to them.
//!
//! Each connection is one task ([`driver`]) that polls its reader, its writer and whatever is above it (the
//! [`Upper`]) together. What others have to say to a client goes into its outbox in [`conn`]; whoever puts it there
//! marks the connection, and a [`flusher`] writes all that has gathered at all marked connections. So one message is
//! written at once, and many at the same time are written together.

mod admission;
mod budget;
mod config;
mod conn;
mod counts;
mod dialect;
mod driver;
mod flusher;
mod heartbeat;
mod outbox;
mod polling;
mod registry;
mod request;
mod shutdown;
mod sweep;
mod upgrade;
mod wheel;
mod wire;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

pub(crate) use config::Config;
pub(crate) use conn::{Conn, Flags, Pressure};
pub(crate) use counts::{Count, Counts, NAMES};
pub(crate) use dialect::Dialect;
pub(crate) use outbox::OVERHEAD as PACKET_OVERHEAD;
pub(crate) use request::{handle, session_named};

use crate::close::{Closing, DisconnectReason};
use crate::encoded::Encoded;
use crate::engine_io::{self, Message, Timing, Transport};
use crate::handshake::Request;
use crate::id::SessionId;
use crate::io::Figures;
use crate::session_prefix;
use admission::{Admission, Crowded, Place};
use budget::Budget;
use flusher::Flusher;
use heartbeat::Heartbeats;
use registry::Registry;
use sweep::Sweep;

/// What is above a connection: it takes messages, and runs what they lead to.
pub(crate) trait Upper: Send {
    /// A message came.
    ///
    /// # Errors
    /// It cannot be understood: the connection is to be closed.
    fn message(&mut self, message: Message) -> Result<(), DisconnectReason>;

    /// Whether so much waits that nothing more should be read.
    fn is_full(&self) -> bool;

    /// Whether somebody waits for an acknowledgement of the client's.
    fn asks(&self) -> bool;

    /// The connection is about to end: what is in hand is finished, and nothing more is begun.
    fn drain(&mut self);

    /// The connection ends. Returns what is still to be said to the client; called once.
    fn ended(&mut self, reason: DisconnectReason, closing: Option<&Closing>) -> Vec<Bytes>;

    /// Goes on with what is in hand. `Ready` if there is nothing.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

type Factory = Box<dyn Fn(Arc<Conn>, Arc<Request>) -> Option<Box<dyn Upper>> + Send + Sync>;

/// All connections, and what they share.
pub(crate) struct Engine {
    config: Config,
    timing: Timing,
    factory: Factory,
    /// Milliseconds are counted from here.
    epoch: Instant,
    /// Every connection.
    registry: Mutex<Registry>,
    /// Those that began with polling, by the id that their requests carry.
    sessions: Mutex<HashMap<SessionId, Arc<Conn>>>,
    admission: Admission,
    heartbeats: Heartbeats,
    pub(crate) counts: Arc<Counts>,
    /// What waits in all outboxes together.
    budget: Arc<Budget>,
    flushers: Box<[Arc<Flusher>]>,
    started: AtomicBool,
    draining: AtomicBool,
    /// Told when a shutdown begins, and from then on when there is one connection more or less.
    gone: Notify,
    /// Whether a shutdown is done.
    over: watch::Sender<bool>,
}

impl Engine {
    pub(crate) fn new(
        config: Config,
        factory: impl Fn(Arc<Conn>, Arc<Request>) -> Option<Box<dyn Upper>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let timing = config.timing();
        let counts = Arc::<Counts>::default();
        // With several cores the flushing is shared out, but each connection always has the same flusher.
        let flushers = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8));
        Arc::new(Self {
            heartbeats: Heartbeats::new(&timing),
            budget: Budget::new(config.outbox_budget, counts.clone()),
            counts,
            config,
            timing,
            factory: Box::new(factory),
            epoch: Instant::now(),
            registry: Mutex::default(),
            sessions: Mutex::default(),
            admission: Admission::default(),
            flushers: (0..flushers).map(|_| Arc::default()).collect(),
            started: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            gone: Notify::new(),
            over: watch::Sender::new(false),
        })
    }

    /// Milliseconds on the engine's clock.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Starts the tasks that all connections share. They end with the engine.
    fn start(self: &Arc<Self>) {
        if !self.started.swap(true, Ordering::AcqRel) {
            for flusher in &self.flushers {
                tokio::spawn(flusher.clone().run(Arc::downgrade(self)));
            }
            tokio::spawn(budget::run(Arc::downgrade(self), self.budget.clone()));
            tokio::spawn(heartbeat::run(Arc::downgrade(self), self.heartbeats.wake()));
            if let Some(on_start) = &self.config.on_start {
                on_start();
            }
        }
    }

    /// A place for one more connection, if there is one.
    fn admit(self: &Arc<Self>, peer: Option<SocketAddr>) -> Result<Place, Crowded> {
        if self.is_draining() {
            return Err(Crowded::Draining);
        }
        Admission::admit(self, peer)
    }

    /// Waits for a shutdown to begin.
    async fn drains(&self) {
        loop {
            let changed = self.gone.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_draining() {
                return;
            }
            changed.await;
        }
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Opens a session. The handshake waits in its outbox.
    fn open(
        self: &Arc<Self>,
        (sid, dialect): (SessionId, Dialect),
        transport: Transport,
        request: Arc<Request>,
    ) -> Option<(Arc<Conn>, Box<dyn Upper>)> {
        let upgrades: &[&str] = match transport {
            Transport::Polling if self.config.websocket => &["websocket"],
            _ => &[],
        };
        let handshake = engine_io::open(
            &self.written(sid),
            upgrades,
            self.timing.ping_interval,
            self.timing.ping_timeout,
            self.config.max_payload,
        );
        let peer = request.peer;
        let conn = self
            .registry
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(|key| Arc::new(Conn::new(self, key, sid, (dialect, transport), peer, handshake)));
        let upper = (self.factory)(conn.clone(), request);
        let Some(upper) = upper else {
            self.remove(&conn);
            return None;
        };
        if transport == Transport::Polling {
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(sid, conn.clone());
        }
        self.counts.one(counts::opened(transport, dialect.protocol));
        conn.start_timer();
        if self.is_draining() {
            // The shutdown may have looked before this was there.
            self.gone.notify_waiters();
        }
        Some((conn, upper))
    }

    /// A session's id as its client has it.
    fn written(&self, sid: SessionId) -> String {
        session_prefix::whole(self.config.session_prefix, sid)
    }

    fn session(&self, sid: &str) -> Option<Arc<Conn>> {
        let sid = session_prefix::ours(self.config.session_prefix, sid)?;
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&sid).cloned()
    }

    /// Forgets a connection whose task is done.
    fn remove(&self, conn: &Conn) {
        if conn.began_with_polling() {
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&conn.sid());
        }
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).remove(conn.key());
    }

    fn flusher(&self, conn: &Conn) -> Option<&Arc<Flusher>> {
        self.flushers.get(self.flusher_place(conn))
    }

    /// Which of the flushers a connection has, always the same.
    fn flusher_place(&self, conn: &Conn) -> usize {
        conn.key().place() % self.flushers.len().max(1)
    }

    /// How many bytes may wait for one client.
    pub(crate) fn outbox_limit(&self) -> usize {
        self.config.outbox_limit
    }

    /// Begins to queue one packet for many connections.
    pub(crate) fn sweep<'a>(&'a self, packet: &'a Encoded, flags: Flags) -> Sweep<'a> {
        Sweep::new(self, packet, flags)
    }

    pub(crate) fn figures(&self) -> Figures {
        Figures {
            connections: self.registry.lock().unwrap_or_else(PoisonError::into_inner).len(),
            sessions: self.sessions.lock().unwrap_or_else(PoisonError::into_inner).len(),
            outbox_bytes: self.budget.used(),
            waiting: self.counts.now(Count::Waiting),
            ..Figures::default()
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for flusher in &self.flushers {
            flusher.wake();
        }
        self.heartbeats.wake().notify_one();
        self.budget.wake();
    }
}
