//! WebSockets: new sessions, and sessions that move to one from polling (Engine.IO protocol 4, "Upgrade").

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::request::Parts;
use hyper::upgrade::{OnUpgrade, Upgraded};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

use super::Engine;
use super::admission::Place;
use super::conn::Conn;
use super::counts::Count;
use super::dialect::Dialect;
use super::driver::Driver;
use super::request::{Fault, Response, described, fault};
use super::wire::Wire;
use crate::engine_io::{self, PONG_PROBE, Packet, Phase, Transport};
use crate::handshake::Request;
use crate::id::SessionId;
use crate::websocket::{self, Decoder, Handshake, Message};

/// A session that begins with a WebSocket.
pub(super) fn fresh(
    engine: &Arc<Engine>,
    place: Place,
    opened: (SessionId, Dialect),
    mut handshake: Handshake,
    mut parts: Parts,
    peer: Option<SocketAddr>,
) -> Response {
    let Some(upgrade) = parts.extensions.remove::<OnUpgrade>() else { return fault(Fault::BadRequest) };
    let decoder = agree(engine, &mut handshake, &parts);
    let engine = engine.clone();
    let request = described(&engine, parts, peer);
    tokio::spawn(async move {
        let upgraded = match upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!(%error, "the WebSocket did not come about"),
        };
        if let Some(driver) = begin(&engine, place, opened, (upgraded, decoder), request) {
            drop(engine);
            driver.await;
        }
    });
    handshake.response()
}

/// Not in the task's own code, so that nothing of it stays in the task.
fn begin(
    engine: &Arc<Engine>,
    place: Place,
    opened: (SessionId, Dialect),
    (upgraded, decoder): (Upgraded, Decoder),
    request: Arc<Request>,
) -> Option<Pin<Box<Driver>>> {
    let compresses = decoder.inflates();
    let (wire, writer) = Wire::new(upgraded, decoder);
    let (conn, upper) = engine.open(opened, Transport::WebSocket, request)?;
    if compresses {
        conn.compress();
    }
    conn.attach(writer);
    Some(Box::pin(Driver::new(place, conn, upper, Some(wire))))
}

/// Agrees on compression, if it is on and the client offers it.
fn agree(engine: &Engine, handshake: &mut Handshake, parts: &Parts) -> Decoder {
    if engine.config.compress.is_some() && handshake.compress(&parts.headers) {
        Decoder::with_deflate(engine.config.max_payload)
    } else {
        Decoder::new(engine.config.max_payload)
    }
}

/// A WebSocket for a session that polls.
pub(super) fn existing(conn: Arc<Conn>, mut handshake: Handshake, mut parts: Parts) -> Response {
    let Some(upgrade) = parts.extensions.remove::<OnUpgrade>() else { return fault(Fault::BadRequest) };
    let decoder = agree(conn.engine(), &mut handshake, &parts);
    let probe = conn.lock().session.start_upgrade().then(|| Probe { conn: conn.clone(), done: false });
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let engine = conn.engine().clone();
        drop(conn);
        let (wire, writer) = Wire::new(upgraded, decoder);
        let socket = Socket { wire, writer };
        match probe {
            Some(probe) => {
                let _ = tokio::time::timeout(engine.config.upgrade_timeout, probe.run(socket)).await;
            }
            // There is a WebSocket already, or nothing to upgrade.
            None => socket.close().await,
        }
    });
    handshake.response()
}

/// A WebSocket that belongs to no task yet.
struct Socket {
    wire: Wire,
    writer: Option<OwnedWriteHalf>,
}

impl Socket {
    async fn write(&mut self, frame: &Bytes) -> std::io::Result<()> {
        match (&mut self.writer, self.wire.other()) {
            (Some(writer), _) => writer.write_all(frame).await,
            (None, Some(other)) => {
                other.write_all(frame).await?;
                other.flush().await
            }
            (None, None) => Ok(()),
        }
    }

    /// The next packet; `None` if there is none.
    async fn packet(&mut self) -> Option<Packet> {
        loop {
            let mut message = None;
            let read = poll_fn(|cx| {
                self.wire.poll_read(cx, |wire, mut bytes| {
                    let length = bytes.len();
                    message = Some(wire.decoder.decode(&mut bytes));
                    length - bytes.len()
                })
            })
            .await;
            match (read, message) {
                (Ok(_), Some(Ok(None))) => {}
                (Ok(_), Some(Ok(Some(Message::Text(text))))) => return engine_io::decode(&text).ok(),
                (Ok(_), Some(Ok(Some(Message::Ping(_) | Message::Pong(_))))) => {}
                _ => return None,
            }
        }
    }

    async fn close(mut self) {
        let _ = self.write(&websocket::close(1000, "")).await;
    }
}

/// What an upgrade depends on.
impl Phase {
    fn is_open(self) -> bool {
        self == Self::Open
    }

    /// Whether a client whose probe was answered may be about to move. Also while the server ends the session: engine.io-client
    /// stops polling once it has its answer and the poll in hand is over. If the WebSocket were gone by then, it would stay
    /// like that, deaf and dumb, until its own heartbeat ends. It moves, and learns from the WebSocket that all is over.
    fn may_move(self) -> bool {
        match self {
            Self::Open => true,
            Self::Ending(reason) => reason.by_server(),
            Self::Closed(_) => false,
        }
    }
}

/// An upgrade under way. If it is dropped, the session goes on polling.
struct Probe {
    conn: Arc<Conn>,
    done: bool,
}

impl Probe {
    async fn run(mut self, mut socket: Socket) {
        match self.unless_over(Phase::is_open, socket.packet()).await {
            Some(Packet::Ping(probe)) if probe == "probe" => {}
            _ => return socket.close().await,
        }
        if socket.write(&PONG_PROBE).await.is_err() {
            return;
        }
        {
            let mut shared = self.conn.lock();
            shared.session.probe();
            // A poll that waits ends, so that the client can move.
            shared.wake_requests();
        }
        match self.unless_over(Phase::may_move, socket.packet()).await {
            Some(Packet::Upgrade) => {}
            _ => return socket.close().await,
        }
        if let Some(socket) = self.finish(socket) {
            if let Phase::Ending(reason) = self.phase() {
                // What was still to be said waits for a poll, and there will be none.
                self.conn.close(reason);
            }
            socket.close().await;
        }
    }

    fn phase(&self) -> Phase {
        self.conn.lock().session.phase()
    }

    /// What the client says. `None` also if the session comes to a phase in which that is of no use before it does.
    async fn unless_over(
        &self,
        is_of_use: impl Fn(Phase) -> bool,
        packet: impl Future<Output = Option<Packet>>,
    ) -> Option<Packet> {
        let mut packet = pin!(packet);
        poll_fn(|cx| {
            {
                let mut shared = self.conn.lock();
                if !is_of_use(shared.session.phase()) {
                    return Poll::Ready(None);
                }
                if let Some(polling) = &mut shared.polling {
                    polling.probe = Some(cx.waker().clone());
                }
            }
            packet.as_mut().poll(cx)
        })
        .await
    }

    /// Hands the WebSocket over to the session's task. Returns it if the session is over.
    fn finish(&mut self, socket: Socket) -> Option<Socket> {
        {
            let mut shared = self.conn.lock();
            if shared.polling.is_none() || !shared.session.finish_upgrade() {
                return Some(socket);
            }
            if socket.wire.decoder.inflates() {
                self.conn.compress();
            }
            if let Some(polling) = &mut shared.polling {
                polling.upgraded = Some(socket.wire);
            }
            // Both at once: the task, if it is at work elsewhere, must not find one half alone.
            shared.writer = socket.writer;
            shared.wake_requests();
            shared.wake_task();
        }
        self.done = true;
        self.conn.counts().one(Count::UpgradesCompleted);
        None
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if !self.done {
            self.conn.counts().one(Count::UpgradesAbandoned);
            self.conn.lock().session.abandon_upgrade();
        }
    }
}

/// The task of a connection moves between threads.
const _: fn() = || {
    fn is_send<T: Future + Send>() {}
    is_send::<Driver>();
};
