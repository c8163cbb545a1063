//! What a connection's task shares with everybody who has something to say to its client.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::net::tcp::OwnedWriteHalf;

use super::Engine;
use super::counts::{Count, Counts};
use super::dialect::Dialect;
use super::outbox::Outbox;
use super::registry::Key;
use super::wire::Wire;
use crate::close::{Closing, DisconnectReason};
use crate::engine_io::{PING, Packet, Phase, Session, Transport};
use crate::id::SessionId;

/// How many packets go into one write.
const SLICES: usize = 64;

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

pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) outbox: Outbox,
    /// Where frames are written, if it is a plain TCP socket. Others are written to by the task alone.
    writer: Option<OwnedWriteHalf>,
    /// Wakes the task.
    task: Option<Waker>,
    /// The task is being polled, and will write what waits when it is done.
    owned: bool,
    /// A flusher has been told that something waits.
    dirty: bool,
    /// The socket takes no more; the task waits until it does.
    blocked: bool,
    /// The upper side has said its last.
    pub(super) told: bool,
    /// What is to be said at the end.
    closing: Option<Box<Closing>>,
    /// The server goes down: until when the handler in hand may still answer.
    drain_by: Option<u64>,
    /// When the timer comes next; those that come before have been replaced.
    timer_at: u64,
    /// Only for sessions that began with polling.
    pub(super) polling: Option<Box<Polling>>,
}

/// What the requests of a polling session leave for its task, and the other way round.
#[derive(Default)]
pub(super) struct Polling {
    /// Packets that were posted.
    pub(super) posted: VecDeque<Packet>,
    /// A poll that waits.
    pub(super) poll: Option<Waker>,
    /// A POST whose packets have not been taken.
    pub(super) post: Option<Waker>,
    /// An upgrade under way, which ends with the session.
    pub(super) probe: Option<Waker>,
    /// The WebSocket that the client has moved to.
    pub(super) upgraded: Option<Wire>,
}

/// How it is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flags {
    /// Better dropped than late.
    pub(crate) volatile: bool,
    /// Not worth compressing.
    pub(crate) uncompressed: bool,
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

impl Shared {
    pub(super) fn wake_task(&self) {
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
    }

    /// Wakes the requests of a polling session.
    pub(super) fn wake_requests(&mut self) {
        if let Some(polling) = &mut self.polling {
            let Polling { poll, post, probe, .. } = &mut **polling;
            [poll, post, probe].into_iter().filter_map(Option::take).for_each(Waker::wake);
        }
    }

    /// Something was put into the outbox.
    fn announce(&mut self) -> Pushed {
        if self.owned || self.dirty || self.blocked {
            return Pushed::Queued;
        }
        if self.writer.is_some() {
            self.dirty = true;
            return Pushed::Dirty;
        }
        match (self.session.transport(), &mut self.polling) {
            (Transport::Polling, Some(polling)) => polling.poll.take().into_iter().for_each(Waker::wake),
            _ => self.wake_task(),
        }
        Pushed::Queued
    }

    /// Has the server count what waits.
    pub(super) fn settle(&mut self, conn: &Conn) {
        self.outbox.settle(&conn.engine.budget);
    }

    /// Whether the client is behind: it does not take what is there already.
    fn is_behind(&self) -> bool {
        let polls = self.polling.as_ref().is_some_and(|polling| polling.poll.is_some());
        self.blocked
            || self.session.transport() == Transport::Polling
                && !polls
                && !self.owned
                && !self.outbox.is_empty()
    }

    /// Whether the task has still something to say before the session ends.
    pub(super) fn is_to_be_told(&self) -> bool {
        self.owned || !self.told
    }

    /// Whether a poll may take what is in the outbox: not while the task may still add to it.
    pub(super) fn has_for_poll(&self) -> bool {
        !self.owned && !self.outbox.is_empty()
    }
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
        let full = budget.is_exhausted() && !shared.outbox.is_empty();
        if !full && shared.outbox.push(frames, is_shared, engine.config.outbox_limit).is_ok() {
            shared.outbox.settle(budget);
            return shared.announce();
        }
        if !flags.volatile {
            self.end_behind(&mut shared);
        }
        Pushed::Dropped
    }

    /// Ends the connection of somebody who is too far behind. What waits is dropped.
    fn end_behind(&self, shared: &mut Shared) {
        shared.outbox.abandon();
        shared.outbox.settle(&self.engine().budget);
        let closing = Closing::new("slow", self.engine().config.slow_retry_ms);
        self.end(shared, DisconnectReason::Slow, Some(closing));
    }

    /// The same, because all together are too far behind and this one is furthest.
    pub(super) fn end_slow(&self) {
        let mut shared = self.lock();
        if shared.session.is_open() {
            self.end_behind(&mut shared);
        }
    }

    /// How many bytes wait to be sent, if that can still be changed.
    pub(super) fn waiting(&self) -> usize {
        let shared = self.lock();
        if shared.session.is_open() { shared.outbox.cost() } else { 0 }
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

    /// The client has joined a namespace.
    pub(crate) fn joined(&self) {
        self.lock().session.joined();
    }

    /// Ends the connection after what waits has been written. Nothing more can be queued.
    pub(crate) fn request_close(&self, reason: DisconnectReason, closing: Option<Closing>) {
        self.end(&mut self.lock(), reason, closing);
    }

    /// Ends the connection because the server goes down: as soon as the handler in hand, if any, is done, so that its
    /// answer arrives, or so many milliseconds are over.
    pub(super) fn drain(&self, closing: Closing, within: u64) {
        let engine = self.engine();
        let mut shared = self.lock();
        if !shared.session.is_open() || shared.drain_by.is_some() {
            return;
        }
        let by = engine.now() + within;
        shared.drain_by = Some(by);
        shared.closing = Some(Box::new(closing));
        shared.timer_at = engine.heartbeats.schedule(by, self.key);
        shared.wake_task();
    }

    /// Whether the server goes down.
    pub(super) fn is_draining(&self) -> bool {
        self.lock().drain_by.is_some()
    }

    /// The handler in hand is done: nothing more is to be waited for.
    pub(super) fn drained(&self) {
        self.end_drained(&mut self.lock());
    }

    fn end_drained(&self, shared: &mut Shared) {
        let closing = shared.closing.take().map(|closing| *closing);
        self.end(shared, DisconnectReason::Draining, closing);
    }

    /// The same under the lock.
    pub(super) fn end(&self, shared: &mut Shared, reason: DisconnectReason, closing: Option<Closing>) {
        let engine = self.engine();
        let Some(by) = shared.session.end(reason, engine.now(), &engine.timing) else { return };
        shared.drain_by = None;
        shared.closing = closing.map(Box::new);
        // Over polling only who is to be told something, or has a poll under way that is to end well, is waited for.
        let waits = reason.by_server() || reason == DisconnectReason::TransportClose;
        if shared.session.transport() == Transport::Polling && !waits {
            shared.session.close(reason);
        } else {
            shared.timer_at = engine.heartbeats.schedule(by, self.key);
        }
        shared.wake_task();
        shared.wake_requests();
    }

    /// Ends the connection at once: its transport is gone, or cannot be used any more.
    pub(crate) fn close(&self, reason: DisconnectReason) {
        let mut shared = self.lock();
        if shared.session.close(reason) {
            shared.wake_task();
            shared.wake_requests();
        }
    }

    /// Begins to keep time.
    pub(super) fn start_timer(&self) {
        let engine = self.engine();
        let mut shared = self.lock();
        let due = shared.session.timer(engine.now(), &engine.timing);
        shared.timer_at = engine.heartbeats.schedule(due.next, self.key);
    }

    /// The time that was asked for has come.
    pub(super) fn timer(self: &Arc<Self>, now: u64) {
        let engine = self.engine();
        let mut shared = self.lock();
        if now < shared.timer_at {
            return;
        }
        let mark = self.check(&mut shared, now);
        if !matches!(shared.session.phase(), Phase::Closed(_)) && now >= shared.timer_at {
            let next = shared.session.timer(now, &engine.timing).next;
            shared.timer_at = engine.heartbeats.schedule(next, self.key);
        }
        drop(shared);
        if mark {
            self.mark();
        }
    }

    /// Does what is due. Returns whether the flusher is to be told.
    fn check(&self, shared: &mut Shared, now: u64) -> bool {
        if shared.session.is_open() && shared.drain_by.is_some_and(|by| now >= by) {
            self.end_drained(shared);
        }
        let due = shared.session.timer(now, &self.engine().timing);
        if let Some(reason) = due.close {
            match shared.session.phase() {
                Phase::Open => self.end(shared, reason, None),
                Phase::Ending(_) | Phase::Closed(_) => {
                    shared.session.close(reason);
                    shared.wake_task();
                    shared.wake_requests();
                }
            }
        }
        if !due.ping {
            return false;
        }
        // A ping is small, and no reason to call a client slow.
        shared.outbox.force(PING);
        shared.announce() == Pushed::Dirty
    }

    /// Does what is due, if a request comes before the timer does.
    pub(super) fn check_now(self: &Arc<Self>) {
        let mark = {
            let mut shared = self.lock();
            self.check(&mut shared, self.engine().now())
        };
        if mark {
            self.mark();
        }
    }

    /// The task begins to be polled: what is queued meanwhile is written at its end.
    pub(super) fn begin_turn(&self, cx: &Context<'_>) -> MutexGuard<'_, Shared> {
        let mut shared = self.lock();
        shared.owned = true;
        match &mut shared.task {
            Some(task) => task.clone_from(cx.waker()),
            None => shared.task = Some(cx.waker().clone()),
        }
        shared
    }

    /// The task is done for now: writes what waits. `Ready` if nothing is left.
    pub(super) fn end_turn(&self, cx: &mut Context<'_>, wire: Option<&mut Wire>) -> Poll<io::Result<()>> {
        let mut shared = self.lock();
        let Shared { outbox, writer, .. } = &mut *shared;
        let result = match (writer, wire.and_then(Wire::other)) {
            (Some(writer), _) => write(Pin::new(writer), cx, outbox),
            (None, Some(other)) => write(Pin::new(other), cx, outbox),
            (None, None) => Poll::Ready(Ok(())),
        };
        shared.outbox.settle(&self.engine.budget);
        shared.owned = false;
        shared.blocked = result.is_pending();
        let answers = !shared.outbox.is_empty() || !shared.session.is_open();
        if shared.session.transport() == Transport::Polling
            && let Some(polling) = &mut shared.polling
        {
            if answers {
                polling.poll.take().into_iter().for_each(Waker::wake);
            }
            if polling.posted.is_empty() {
                polling.post.take().into_iter().for_each(Waker::wake);
            }
        }
        result
    }

    /// Writes what waits, for a flusher.
    pub(super) fn flush(&self) {
        let mut shared = self.lock();
        shared.dirty = false;
        let Shared { outbox, writer: Some(writer), owned: false, blocked: false, .. } = &mut *shared else {
            return;
        };
        let failed = loop {
            if outbox.is_empty() {
                outbox.settle(&self.engine.budget);
                return;
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = outbox.slices(&mut slices);
            match writer.try_write_vectored(slices.get(..count).unwrap_or_default()) {
                Ok(written) => outbox.advance(written),
                Err(error) => break error.kind() != io::ErrorKind::WouldBlock,
            }
        };
        outbox.settle(&self.engine.budget);
        if failed {
            shared.session.close(DisconnectReason::TransportError);
        } else {
            shared.blocked = true;
        }
        shared.wake_task();
    }

    /// From now on packets are written in MessagePack.
    pub(crate) fn speak_message_pack(&self) {
        self.message_pack.store(true, Ordering::Relaxed);
    }

    /// From now on what is worth it is compressed.
    pub(super) fn compress(&self) {
        self.compresses.store(true, Ordering::Relaxed);
    }

    /// From now on frames are written here.
    pub(super) fn attach(&self, writer: Option<OwnedWriteHalf>) {
        self.lock().writer = writer;
    }

    /// Takes what is to be said at the end.
    pub(super) fn take_closing(&self) -> Option<Box<Closing>> {
        self.lock().closing.take()
    }
}

/// Writes until nothing is left or no more is taken.
fn write<W: AsyncWrite>(
    mut writer: Pin<&mut W>,
    cx: &mut Context<'_>,
    outbox: &mut Outbox,
) -> Poll<io::Result<()>> {
    while !outbox.is_empty() {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let count = outbox.slices(&mut slices);
        let slices = slices.get(..count).unwrap_or_default();
        match writer.as_mut().poll_write_vectored(cx, slices) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(written)) => outbox.advance(written),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        }
    }
    writer.poll_flush(cx)
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
