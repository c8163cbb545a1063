//! What a connection's task shares with everybody who has something to say to its client.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::Engine;
use super::counts::{Count, Counts};
use super::dialect::Dialect;
use super::outbox::Outbox;
use super::registry::Key;
use crate::engine_io::{Session, Transport};
use crate::id::SessionId;

mod ending;
mod shared;
mod timer;
mod writing;

pub(super) use shared::{Packets, Posted, Shared, Stamp};

/// How many bytes of answers to a client's heartbeats may wait beyond the limit: they are no reason to call it slow.
const HEARTBEATS: usize = 16 * 1024;

/// One client's connection, whatever its transport.
pub(crate) struct Conn {
    engine: Arc<Engine>,
    key: Key,
    sid: SessionId,
    began: Transport,
    dialect: Dialect,
    peer: Option<SocketAddr>,
    /// The client has a WebSocket for which compression was agreed.
    compresses: AtomicBool,
    /// The client reads and writes MessagePack.
    message_pack: AtomicBool,
    shared: Mutex<Shared>,
}

/// How it is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flags {
    /// Better dropped than late.
    pub(crate) volatile: bool,
    /// Not worth compressing.
    pub(crate) uncompressed: bool,
    /// Before what waits: a heartbeat must not wait for what a slow client has still to read.
    pub(crate) first: bool,
}

/// What waits for a client, compared to what may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pressure {
    /// Not much.
    None,
    /// Enough that it should be written first.
    Unwritten,
    /// Enough that the client should take some of it first. The task is woken when it does.
    Stalled,
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The connection is ending, or the packet was volatile and would be late.
    Dropped,
    /// It will be written.
    Queued,
    /// It waits, and the connection must be given to its flusher.
    Dirty,
}

impl Conn {
    pub(super) fn new(
        engine: &Arc<Engine>,
        key: Key,
        sid: SessionId,
        (dialect, transport): (Dialect, Transport),
        peer: Option<SocketAddr>,
        handshake: Bytes,
    ) -> Self {
        let mut outbox = Outbox::default();
        outbox.force(handshake);
        let shared = Shared {
            session: Session::new(dialect.protocol, transport, engine.now(), &engine.timing),
            outbox,
            writer: None,
            task: None,
            owned: false,
            dirty: false,
            blocked: false,
            full: false,
            told: false,
            closing: None,
            drain_by: None,
            timer_at: 0,
            polling: (transport == Transport::Polling).then(Box::default),
        };
        Self {
            engine: engine.clone(),
            key,
            sid,
            began: transport,
            dialect,
            peer,
            compresses: AtomicBool::new(false),
            message_pack: AtomicBool::new(false),
            shared: Mutex::new(shared),
        }
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    pub(super) fn sid(&self) -> SessionId {
        self.sid
    }

    pub(crate) fn peer_addr(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// What the client speaks, as far as it is known by now.
    pub(crate) fn dialect(&self) -> Dialect {
        let compresses = self.compresses.load(Ordering::Relaxed);
        Dialect {
            message_pack: self.message_pack.load(Ordering::Relaxed),
            compress: self.engine.config.compress.filter(|_| compresses),
            ..self.dialect
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.engine.counts
    }

    /// The transport that the client uses now.
    pub(crate) fn transport(&self) -> Transport {
        self.lock().session.transport()
    }

    pub(super) fn began_with_polling(&self) -> bool {
        self.began == Transport::Polling
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues frames in the common form for the client, and sees to it that they are written.
    pub(crate) fn push(self: &Arc<Self>, frames: Bytes) {
        self.send(|dialect| dialect.write(&frames), Flags::default());
    }

    /// Queues what `write` writes for the client, and sees to it that it is written.
    pub(crate) fn send(self: &Arc<Self>, write: impl FnOnce(Dialect) -> Bytes, flags: Flags) {
        let pushed = self.enqueue(write, false, flags);
        if pushed != Pushed::Dropped {
            self.counts().one(Count::PacketsOut);
        }
        if pushed == Pushed::Dirty {
            self.mark();
        }
    }

    /// Queues what `write` writes for the client. `is_shared`: others are sent the same bytes, and who writes them counts
    /// them.
    pub(super) fn enqueue(
        &self,
        write: impl FnOnce(Dialect) -> Bytes,
        is_shared: bool,
        flags: Flags,
    ) -> Pushed {
        let engine = self.engine();
        let budget = &engine.budget;
        // Before the lock, because others should not wait for a translation or a compression.
        let dialect = self.dialect();
        let compress = dialect.compress.filter(|_| !flags.uncompressed);
        let frames = write(Dialect { compress, ..dialect });
        let mut shared = self.lock();
        if !shared.session.is_open() || flags.volatile && shared.is_behind() {
            return Pushed::Dropped;
        }
        let limit = engine.config.outbox_limit.saturating_add(if flags.first { HEARTBEATS } else { 0 });
        let full = |outbox: &Outbox| {
            let exhausted = budget.is_exhausted() && !flags.first;
            !outbox.has_room_for(&frames, limit) || exhausted && !outbox.is_empty()
        };
        if full(&shared.outbox) && !shared.blocked {
            // Who would read has had no chance to: nothing was written while this was queued. That it fails is found
            // again by who writes next.
            let _ = shared.write_now(self);
        }
        if !full(&shared.outbox) {
            match flags.first {
                true => shared.outbox.force_first(frames),
                false => shared.outbox.push(frames, is_shared),
            }
            shared.outbox.settle(budget);
            return shared.announce();
        }
        if !flags.volatile {
            self.end_behind(&mut shared);
        }
        Pushed::Dropped
    }

    /// How many bytes wait to be sent, if that can still be changed.
    pub(super) fn waiting(&self) -> usize {
        let shared = self.lock();
        if shared.session.is_open() { shared.outbox.cost() } else { 0 }
    }

    /// Whether more should be done for the client that leads to answers.
    pub(crate) fn pressure(&self) -> Pressure {
        let shared = self.lock();
        if shared.outbox.cost() <= self.engine().config.outbox_limit / 4 {
            Pressure::None
        } else if shared.blocked || shared.session.transport() == Transport::Polling {
            Pressure::Stalled
        } else {
            Pressure::Unwritten
        }
    }

    fn mark(self: &Arc<Self>) {
        if let Some(flusher) = self.engine().flusher(self) {
            flusher.add_one(self.clone());
        }
    }

    /// Lets the task look what is to be done.
    pub(crate) fn wake(&self) {
        self.lock().wake_task();
    }

    /// The same if nothing was read from the client until now.
    pub(crate) fn wake_to_read(&self) {
        let shared = self.lock();
        if shared.full || shared.drain_by.is_some() {
            shared.wake_task();
        }
    }

    /// The client has joined a namespace.
    pub(crate) fn joined(&self) {
        self.lock().session.joined();
    }

    /// From now on packets are written in MessagePack.
    pub(crate) fn speak_message_pack(&self) {
        self.message_pack.store(true, Ordering::Relaxed);
    }

    /// From now on what is worth it is compressed.
    pub(super) fn compress(&self) {
        self.compresses.store(true, Ordering::Relaxed);
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let shared = self.shared.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(shared.outbox.take());
        shared.outbox.settle(&self.engine.budget);
    }
}

impl std::fmt::Debug for Conn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conn").field("key", &self.key).finish_non_exhaustive()
    }
}
