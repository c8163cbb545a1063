//! The task of a connection: reads, runs what is in hand, writes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Upper;
use super::admission::Place;
use super::conn::{Conn, Flags, Posted, Pressure, Shared};
use super::counts::{self, Count};
use super::wire::Wire;
use crate::close::DisconnectReason;
use crate::engine_io::{InvalidPacket, Packet, Phase, Received, Transport, protocol_3};
use crate::websocket::{self, Opcode};

/// How often a task goes round before others get their turn.
const ROUNDS: usize = 16;

/// A connection at work.
pub(super) struct Driver {
    conn: Arc<Conn>,
    /// Given back when the task is done, however long the application keeps the connection's sockets.
    _place: Place,
    upper: Box<dyn Upper>,
    wire: Option<Wire>,
    /// What was posted and has not been read.
    posted: Option<Posted>,
    /// The upper side has been told that the connection ends.
    told: bool,
    /// Nothing is read, because enough waits.
    full: bool,
    /// So that the client cannot be blamed for its silence.
    paused: bool,
    /// Nothing is read, because the server goes down.
    draining: bool,
    /// The status code to close the WebSocket with.
    code: u16,
}

impl Driver {
    pub(super) fn new(place: Place, conn: Arc<Conn>, upper: Box<dyn Upper>, wire: Option<Wire>) -> Self {
        Self {
            conn,
            _place: place,
            upper,
            wire,
            posted: None,
            told: false,
            full: false,
            paused: false,
            draining: false,
            code: 1000,
        }
    }

    fn phase(&self) -> Phase {
        self.conn.lock().session.phase()
    }

    /// Whether nothing is to be read now.
    fn stops_reading(&self) -> bool {
        // The handler in hand may finish when the server goes down, and may need an acknowledgement for that.
        self.upper.is_full() || self.draining && !self.upper.asks()
    }

    /// Reads what has come, as long as there is room for what it leads to.
    fn read(&mut self, cx: &mut Context<'_>) {
        self.read_posted();
        while !self.stops_reading() && self.conn.lock().session.is_open() {
            let Some(mut wire) = self.wire.take() else { return };
            // What was left over has been counted before.
            let new = wire.leftover.is_empty();
            let read = wire.poll_read(cx, |wire, bytes| self.decode(wire, bytes));
            if let Poll::Ready(Ok(read)) = read
                && new
            {
                self.conn.counts().add(Count::BytesIn, read as u64);
            }
            match read {
                Poll::Pending => {
                    self.wire = Some(wire);
                    return;
                }
                Poll::Ready(Ok(0)) => return self.conn.close(DisconnectReason::TransportClose),
                Poll::Ready(Ok(_)) => self.wire = Some(wire),
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "reading failed");
                    return self.conn.close(DisconnectReason::TransportError);
                }
            }
        }
    }

    /// Reads what was posted, likewise.
    fn read_posted(&mut self) {
        if self.posted.is_none() {
            self.posted = self.conn.lock().polling.as_mut().and_then(|polling| polling.posted.take());
        }
        while !self.stops_reading()
            && let Some(posted) = &mut self.posted
        {
            let packet = posted.next();
            if posted.is_empty() {
                self.posted = None;
                if let Some(polling) = &mut self.conn.lock().polling {
                    polling.untaken = false;
                    polling.faulty = matches!(packet, Some(Err(InvalidPacket)));
                }
            }
            match packet {
                Some(Ok(packet)) => self.packet(packet),
                Some(Err(InvalidPacket)) => self.conn.close(DisconnectReason::ParseError),
                None => {}
            }
        }
    }

    /// Takes messages for as long as there is room for what they lead to. Returns how many bytes they had.
    fn decode(&mut self, wire: &mut Wire, mut bytes: &[u8]) -> usize {
        let length = bytes.len();
        loop {
            match wire.decoder.decode(&mut bytes) {
                Ok(None) => return length,
                Ok(Some(message)) => self.message(message),
                Err(error) => {
                    self.code = error.code();
                    let reason = match error {
                        websocket::Error::TooLarge => DisconnectReason::TooLarge,
                        _ => DisconnectReason::TransportError,
                    };
                    self.conn.request_close(reason, None);
                    return length;
                }
            }
            if self.upper.is_full() {
                return length - bytes.len();
            }
        }
    }

    fn message(&mut self, message: websocket::Message) {
        match message {
            websocket::Message::Text(text) => self.decoded(self.conn.dialect().text(&text)),
            websocket::Message::Binary(bytes) => self.decoded(self.conn.dialect().binary(bytes)),
            websocket::Message::Ping(payload) => {
                let first = Flags { first: true, ..Flags::default() };
                self.conn.send(|_| websocket::frame(Opcode::Pong, &payload), first);
            }
            websocket::Message::Pong(_) => {}
            websocket::Message::Close(_) => self.conn.request_close(DisconnectReason::TransportClose, None),
        }
    }

    fn decoded(&mut self, packet: Result<Packet, InvalidPacket>) {
        match packet {
            Ok(packet) => self.packet(packet),
            Err(InvalidPacket) => self.refuse(DisconnectReason::ParseError),
        }
    }

    fn packet(&mut self, packet: Packet) {
        let engine = self.conn.engine();
        let received = self.conn.lock().session.receive(&packet, engine.now(), &engine.timing);
        match (received, packet) {
            (Received::Deliver, Packet::Message(message)) => {
                if let Err(reason) = self.upper.message(message) {
                    self.refuse(reason);
                }
            }
            (Received::Answer, Packet::Ping(text)) => {
                self.conn.send(|_| protocol_3::pong(&text), Flags { first: true, ..Flags::default() });
            }
            (Received::Close(reason), _) => self.conn.request_close(reason, None),
            (Received::Deliver | Received::Answer | Received::Ignore, _) => {}
        }
    }

    fn refuse(&mut self, reason: DisconnectReason) {
        self.code = if reason == DisconnectReason::TooLarge { 1009 } else { 1002 };
        self.conn.request_close(reason, None);
    }

    /// Keeps the session's clock informed of whether the client is read from.
    fn throttle(&mut self, full: bool) {
        // Who does not take its answers has no more time than others, as long as nothing of them is taken.
        let paused = full && self.conn.pressure() != Pressure::Stalled;
        if (full, paused) == (self.full, self.paused) {
            return;
        }
        (self.full, self.paused) = (full, paused);
        let engine = self.conn.engine();
        let mut shared = self.conn.lock();
        shared.full = full;
        if paused {
            shared.session.pause();
        } else {
            shared.session.resume(engine.now(), &engine.timing);
        }
    }

    /// Tells the upper side that the connection ends, and queues what it has to say.
    fn tell(&mut self, reason: DisconnectReason) {
        self.told = true;
        let closing = self.conn.take_closing();
        let frames = self.upper.ended(reason, closing.as_deref());
        let mut shared = self.conn.lock();
        shared.told = true;
        if !matches!(shared.session.phase(), Phase::Ending(_)) {
            return;
        }
        let dialect = self.conn.dialect();
        frames.iter().for_each(|packet| shared.outbox.force(dialect.write(packet)));
        if shared.session.transport() == Transport::WebSocket {
            let code = match reason {
                DisconnectReason::Draining => 1001,
                DisconnectReason::Slow => 1013,
                _ => self.code,
            };
            shared.outbox.force(websocket::close(code, reason.as_str()));
        } else {
            shared.wake_requests();
        }
    }

    /// Why a WebSocket is about to be closed, if it is.
    fn lingers_for(&self) -> Option<DisconnectReason> {
        let shared = self.conn.lock();
        match shared.session.phase() {
            Phase::Ending(reason) if shared.session.transport() == Transport::WebSocket => Some(reason),
            _ => None,
        }
    }

    /// Everything has been written: waits until the client has read it and closes, too, or its time for that is over.
    /// Closing at once, or with something unread, could throw away what it has not read.
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.conn.attach(None);
        let Some(wire) = &mut self.wire else { return Poll::Ready(()) };
        if wire.poll_shutdown(cx).is_pending() {
            return Poll::Pending;
        }
        for _ in 0..ROUNDS {
            match wire.poll_read(cx, |_, bytes| bytes.len()) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(read)) if read > 0 => {}
                Poll::Ready(_) => return Poll::Ready(()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// What can be done now.
    fn turn(&mut self, cx: &mut Context<'_>) -> bool {
        for _ in 0..ROUNDS {
            if !self.draining && self.conn.is_draining() {
                self.draining = true;
                self.upper.drain();
            }
            self.read(cx);
            let stopped = self.stops_reading();
            let idle = self.upper.poll(cx).is_ready();
            match self.phase() {
                Phase::Open if self.draining && idle => self.conn.drained(),
                Phase::Open => {
                    let full = self.upper.is_full();
                    self.throttle(full);
                    // Where there is room again, what was left is read.
                    if !stopped || self.stops_reading() {
                        return idle;
                    }
                }
                Phase::Ending(reason) | Phase::Closed(reason) => {
                    if self.told {
                        return idle;
                    }
                    self.tell(reason);
                }
            }
        }
        cx.waker().wake_by_ref();
        false
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let upgraded = {
            let mut shared = this.conn.begin_turn(cx);
            let Shared { polling, .. } = &mut *shared;
            polling.as_mut().and_then(|polling| polling.upgraded.take())
        };
        if let Some(wire) = upgraded {
            this.wire = Some(wire);
        }
        let idle = this.turn(cx);
        let stalled = this.conn.pressure() == Pressure::Stalled;
        let ended = this.conn.end_turn(cx, this.wire.as_mut());
        if stalled && this.conn.pressure() != Pressure::Stalled {
            cx.waker().wake_by_ref();
        }
        match ended {
            Poll::Ready(Ok(())) => {
                if this.told
                    && let Some(reason) = this.lingers_for()
                    && this.linger(cx).is_ready()
                {
                    this.conn.close(reason);
                }
            }
            Poll::Ready(Err(error)) => {
                tracing::debug!(%error, "writing failed");
                this.conn.close(DisconnectReason::TransportError);
                cx.waker().wake_by_ref();
            }
            Poll::Pending => {}
        }
        if let Phase::Closed(_) = this.phase() {
            // The socket is closed now, however long the handler in hand takes.
            this.wire = None;
            this.posted = None;
            this.conn.attach(None);
            if !this.told {
                cx.waker().wake_by_ref();
            } else if idle {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.conn.close(DisconnectReason::TransportError);
        if let Phase::Closed(reason) = self.phase() {
            self.conn.counts().one(counts::ended(reason));
        }
        self.conn.attach(None);
        self.conn.engine().clone().remove(&self.conn);
    }
}
