//! What a connection's task, its requests, flushers and timers change under one lock.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::Peekable;
use std::task::Waker;

use bytes::Bytes;
use http::HeaderValue;
use tokio::net::tcp::OwnedWriteHalf;

use super::{Conn, Pushed};
use crate::close::{Closing, DisconnectReason};
use crate::engine::outbox::Outbox;
use crate::engine::wire::Wire;
use crate::engine_io::{InvalidPacket, Message, Packet, Session, Transport};

pub(in crate::engine) struct Shared {
    pub(in crate::engine) session: Session,
    pub(in crate::engine) outbox: Outbox,
    /// Where frames are written, if it is a plain TCP socket. Others are written to by the task alone.
    pub(in crate::engine) writer: Option<OwnedWriteHalf>,
    /// Wakes the task.
    pub(super) task: Option<Waker>,
    /// The task is being polled, and will write what waits when it is done.
    pub(super) owned: bool,
    /// A flusher has been told that something waits.
    pub(super) dirty: bool,
    /// The socket takes no more; the task waits until it does.
    pub(super) blocked: bool,
    /// Nothing is read from the client, because enough of it waits.
    pub(in crate::engine) full: bool,
    /// The upper side has said its last.
    pub(in crate::engine) told: bool,
    /// What is to be said at the end.
    pub(super) closing: Option<Box<Closing>>,
    /// The server goes down: until when the handler in hand may still answer.
    pub(super) drain_by: Option<u64>,
    /// When the timer comes next; those that come before have been replaced.
    pub(super) timer_at: u64,
    /// Only for sessions that began with polling.
    pub(in crate::engine) polling: Option<Box<Polling>>,
}

/// The packets of a POST, read one by one: a body of a megabyte may have half a million.
pub(in crate::engine) struct Posted {
    packets: Peekable<Packets>,
    size: usize,
}

pub(in crate::engine) type Packets = Box<dyn Iterator<Item = Result<Packet, InvalidPacket>> + Send>;

impl Posted {
    /// The packets of a body that has so many bytes.
    pub(in crate::engine) fn new(packets: Packets, size: usize) -> Self {
        Self { packets: packets.peekable(), size }
    }

    pub(in crate::engine) fn next(&mut self) -> Option<Result<Packet, InvalidPacket>> {
        Some(self.packets.next()?.map(|packet| match packet {
            Packet::Message(Message::Text(text)) => Packet::Message(Message::Text(self.cut(text))),
            Packet::Message(Message::Binary(bytes)) => Packet::Message(Message::Binary(self.cut(bytes))),
            other => other,
        }))
    }

    pub(in crate::engine) fn is_empty(&mut self) -> bool {
        self.packets.peek().is_none()
    }

    /// A message may wait for long, and should not keep a body that is much larger.
    fn cut(&self, message: Bytes) -> Bytes {
        if message.len() < self.size / 2 { Bytes::copy_from_slice(&message) } else { message }
    }
}

/// What tells a poll from all others of its session: a hash of what a proxy has made up for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Stamp(u64);

impl Stamp {
    pub(in crate::engine) fn of(value: &HeaderValue) -> Self {
        let mut hasher = DefaultHasher::new();
        value.as_bytes().hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// What the requests of a polling session leave for its task, and the other way round.
#[derive(Default)]
pub(in crate::engine) struct Polling {
    /// The packets of a POST, for the task.
    pub(in crate::engine) posted: Option<Posted>,
    /// The task has not taken all of them yet.
    pub(in crate::engine) untaken: bool,
    /// One of them was none.
    pub(in crate::engine) faulty: bool,
    /// A poll that waits.
    pub(in crate::engine) poll: Option<Waker>,
    /// What told the poll that was answered last from all others.
    pub(in crate::engine) answered: Option<Stamp>,
    /// A POST whose packets have not been taken.
    pub(in crate::engine) post: Option<Waker>,
    /// An upgrade under way, which ends with the session.
    pub(in crate::engine) probe: Option<Waker>,
    /// The WebSocket that the client has moved to.
    pub(in crate::engine) upgraded: Option<Wire>,
}

impl Shared {
    /// The session is over, and what waits is dropped. `false` if it was over before.
    pub(in crate::engine) fn close(&mut self, conn: &Conn, reason: DisconnectReason) -> bool {
        if !self.session.close(reason) {
            return false;
        }
        // Not when the connection is forgotten, which may take as long as somebody keeps its socket.
        drop(self.outbox.take());
        self.settle(conn);
        if let Some(polling) = &mut self.polling {
            polling.posted = None;
            polling.probe.take().into_iter().for_each(Waker::wake);
        }
        true
    }

    pub(in crate::engine) fn wake_task(&self) {
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
    }

    /// Wakes the requests of a polling session.
    pub(in crate::engine) fn wake_requests(&mut self) {
        if let Some(polling) = &mut self.polling {
            let Polling { poll, post, probe, .. } = &mut **polling;
            [poll, post, probe].into_iter().filter_map(Option::take).for_each(Waker::wake);
        }
    }

    /// Something was put into the outbox.
    pub(super) fn announce(&mut self) -> Pushed {
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

    /// The client has taken something of what waits for it. While nothing is read from it, this is how it shows that it is
    /// there.
    pub(in crate::engine) fn progressed(&mut self, conn: &Conn) {
        if self.full {
            self.session.progress(conn.engine.now(), &conn.engine.timing);
        }
    }

    /// Has the server count what waits.
    pub(in crate::engine) fn settle(&mut self, conn: &Conn) {
        self.outbox.settle(&conn.engine.budget);
    }

    /// Whether the client is behind: it does not take what is there already.
    pub(super) fn is_behind(&self) -> bool {
        let polls = self.polling.as_ref().is_some_and(|polling| polling.poll.is_some());
        self.blocked
            || self.session.transport() == Transport::Polling
                && !polls
                && !self.owned
                && !self.outbox.is_empty()
    }

    /// Whether the task has still something to say before the session ends.
    pub(in crate::engine) fn is_to_be_told(&self) -> bool {
        self.owned || !self.told
    }

    /// Whether a poll may take what is in the outbox: not while the task may still add to it.
    pub(in crate::engine) fn has_for_poll(&self) -> bool {
        !self.owned && !self.outbox.is_empty()
    }
}
