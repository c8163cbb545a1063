//! One connection as Socket.IO sees it: its sockets, and the events that wait for their handlers.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;

use crate::ack::Ack;
use crate::close::{Closing, DisconnectReason};
use crate::engine::{Conn, Upper};
use crate::engine_io::{Message, Protocol};
use crate::extract::Event;
use crate::handler::Running;
use crate::handshake::{Attached, ConnectError, Handshake, Kind, Request};
use crate::id::{RecoveryId, SocketId};
use crate::io::{SocketIo, Space};
use crate::namespace::Connecting;
use crate::recovery::{Back, Claim};
use crate::rejection::Rejection;
use crate::socket::{Beginning, Socket};
use crate::socket_io::{
    self, Args, Arguments, Assembler, Body, DecodeError, Incoming, Packet, Refused, protocol_4,
};

/// How many handlers may finish before others get their turn.
const BUDGET: usize = 32;

/// What a queued item costs beside its bytes, about.
const OVERHEAD: usize = 128;

/// A namespace that the client is or was in.
struct Slot {
    socket: Socket,
    /// What is to be done at its end is queued.
    ended: bool,
}

/// Something that waits for its turn.
enum Item {
    Connect(Arc<Space>, Option<Bytes>),
    Unknown(Bytes),
    Event(Bytes, EventParts),
    TooDeep(Bytes, Option<u64>),
    Disconnect(Bytes),
    Ended(Socket, DisconnectReason),
}

struct EventParts {
    name: Bytes,
    arguments: Arguments,
    ack: Option<u64>,
}

/// What is in hand.
enum Hand {
    Nothing,
    Connecting { space: Arc<Space>, coming: Coming, future: Connecting },
    Running(Running),
}

/// A client that asks to join a namespace.
#[derive(Debug, Clone, Copy)]
struct Coming {
    /// The id that its socket will have, if it has not been there before.
    id: SocketId,
    /// Where it wants to go on.
    back: Option<Back>,
}

/// The upper side of a connection.
pub(crate) struct Client {
    io: SocketIo,
    conn: Arc<Conn>,
    request: Option<Arc<Request>>,
    assembler: Assembler,
    slots: Vec<Slot>,
    queue: VecDeque<Item>,
    queued_bytes: usize,
    hand: Hand,
    /// Nothing more is begun.
    draining: bool,
    /// Why the connection ended.
    over: Option<DisconnectReason>,
}

impl Item {
    fn size(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Connect(_, auth) => auth.as_ref().map_or(0, Bytes::len),
                Self::Event(_, parts) => parts.arguments.size(),
                Self::Unknown(name) | Self::TooDeep(name, _) | Self::Disconnect(name) => name.len(),
                Self::Ended(..) => 0,
            }
    }
}

impl Client {
    pub(crate) fn new(io: SocketIo, conn: Arc<Conn>, request: Request) -> Self {
        let mut client = Self {
            io,
            conn,
            request: Some(Arc::new(request)),
            assembler: Assembler::default(),
            slots: Vec::new(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            hand: Hand::Nothing,
            draining: false,
            over: None,
        };
        // Old clients do not ask for it (protocol 4, "Connecting"), they only hear that they are in.
        if client.is_old()
            && let Some(space) = client.io.0.spaces.get("/").cloned()
        {
            client.push(Item::Connect(space, None));
        }
        client
    }

    /// Whether the client speaks protocol 3 or 4 of Socket.IO.
    fn is_old(&self) -> bool {
        self.conn.dialect().protocol == Protocol::V3
    }

    fn push(&mut self, item: Item) {
        self.queued_bytes += item.size();
        self.queue.push_back(item);
    }

    fn pop(&mut self) -> Option<Item> {
        let item = self.queue.pop_front()?;
        self.queued_bytes = self.queued_bytes.saturating_sub(item.size());
        if self.queue.is_empty() {
            // Idle connections keep no queue.
            self.queue = VecDeque::new();
        }
        Some(item)
    }

    fn slot(&self, namespace: &[u8]) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.socket.namespace().as_bytes() == namespace)
    }

    fn packet(&mut self, packet: Packet) {
        let Packet { namespace, id, body, .. } = packet;
        match body {
            Body::Connect(auth) => {
                let (namespace, auth) =
                    if self.is_old() { protocol_4::asked(&namespace) } else { (namespace, auth) };
                let name = std::str::from_utf8(&namespace).unwrap_or_default();
                match self.io.0.spaces.get(name).cloned() {
                    Some(space) => self.push(Item::Connect(space, auth)),
                    None => self.push(Item::Unknown(namespace)),
                }
            }
            Body::Disconnect => self.push(Item::Disconnect(namespace)),
            Body::Event { name, arguments } => {
                self.push(Item::Event(namespace, EventParts { name, arguments, ack: id }));
            }
            // Not queued: the handler in hand may be waiting for it.
            Body::Ack(arguments) => {
                if let (Some(slot), Some(id)) = (self.slot(&namespace), id) {
                    slot.socket.acknowledged(id, arguments);
                }
            }
            Body::ConnectError => self.fail(DisconnectReason::ParseError),
        }
    }

    /// The client does what does not fit.
    fn fail(&self, reason: DisconnectReason) {
        self.conn.request_close(reason, None);
    }

    /// Queues what is to be done for sockets that others have ended.
    fn look_for_ended(&mut self) {
        for at in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(at) else { return };
            if !slot.ended
                && let Some(reason) = slot.socket.disconnect_reason()
            {
                slot.ended = true;
                let socket = slot.socket.clone();
                self.push(Item::Ended(socket, reason));
            }
        }
    }

    /// Takes an item in hand.
    fn start(&mut self, item: Item) {
        match item {
            Item::Connect(space, auth) => self.connect(space, auth),
            Item::Unknown(namespace) => {
                let name = String::from_utf8_lossy(&namespace);
                let error = ConnectError::new("Invalid namespace");
                self.refused(&name, error);
            }
            Item::Event(namespace, parts) => self.event(&namespace, parts),
            Item::TooDeep(namespace, ack) => {
                if let (Some(slot), Some(_)) = (self.slot(&namespace), ack) {
                    let rejection = Rejection::too_deep(self.io.0.limits.depth);
                    Ack::new(slot.socket.clone(), ack).reject(&rejection);
                }
            }
            Item::Disconnect(namespace) => match self.slot(&namespace) {
                Some(slot) => {
                    slot.socket.end(DisconnectReason::ClientNamespace);
                    self.look_for_ended();
                }
                None => self.fail(DisconnectReason::ParseError),
            },
            Item::Ended(socket, reason) => {
                self.slots.retain(|slot| slot.socket != socket || self.over.is_none());
                if let Some(handler) = &socket.space().clone().namespace.on_disconnect {
                    self.run(|| handler(socket, reason));
                }
            }
        }
    }

    fn connect(&mut self, space: Arc<Space>, auth: Option<Bytes>) {
        if self.over.is_some() {
            return;
        }
        let name = space.namespace.name.as_bytes();
        if self.slot(name).is_some_and(|slot| slot.socket.is_connected()) {
            return self.fail(DisconnectReason::ParseError);
        }
        let Ok(id) = SocketId::random() else { return self.fail(DisconnectReason::ServerClose) };
        let back = (!self.is_old()).then(|| Back::read(auth.as_deref())).flatten();
        let coming = Coming { id, back };
        let Some(middleware) = &space.namespace.middleware else {
            return self.connected(&space, coming, Arc::new(()));
        };
        // It has been forgotten if the client was in before and left: it has to come back with a new handshake.
        let Some(request) = self.request.clone() else { return self.fail(DisconnectReason::ServerClose) };
        let before = back.and_then(|back| space.log()?.data(back.recovery));
        let handshake = Handshake { request, namespace: space.namespace.name.clone(), id, auth, before };
        let future = caught(|| middleware(handshake));
        match future {
            Some(future) => self.hand = Hand::Connecting { space, coming, future },
            None => self.fail(DisconnectReason::ServerClose),
        }
    }

    fn connected(&mut self, space: &Arc<Space>, coming: Coming, data: Attached) {
        self.conn.joined();
        let Some(socket) = self.join(space, coming, data) else {
            return self.fail(DisconnectReason::ServerClose);
        };
        self.slots.retain(|slot| slot.socket.namespace() != &*space.namespace.name);
        self.slots.push(Slot { socket: socket.clone(), ended: false });
        let guarded = self.slots.iter().filter(|slot| slot.socket.space().namespace.middleware.is_some());
        if guarded.count() >= self.io.0.guarded {
            self.request = None;
        }
        if let Some(handler) = &space.namespace.on_connect {
            self.run(|| handler(socket));
        }
    }

    /// Makes the socket and tells the client of it. `None` if there is no randomness.
    fn join(&self, space: &Arc<Space>, coming: Coming, data: Attached) -> Option<Socket> {
        let name = &space.namespace.name;
        let new = |beginning| Socket::new(self.io.clone(), space.clone(), self.conn.clone(), beginning);
        // Until the client has been told, nothing else may be sent to it.
        let log = if self.is_old() { None } else { space.log() };
        let Some(mut log) = log else {
            let id = coming.id;
            let told =
                if self.is_old() { protocol_4::connect(name) } else { socket_io::connect(name, id, None) };
            // First of all: as soon as there is the socket, others may send to it.
            self.conn.push(told);
            return Some(new(Beginning { id, data, recovery: None, stays: None }));
        };
        let mut recovered = None;
        if let Some(back) = coming.back {
            let engine = self.io.engine();
            let most = engine.outbox_limit() / 2;
            loop {
                match log.claim(back.recovery, back.offset, most, engine.now()) {
                    Claim::Goes(socket) => recovered = Some((back.recovery, socket)),
                    // Its connection is dead, which the server has not noticed yet.
                    Claim::Live(socket) => {
                        drop(log);
                        socket.conn().close(DisconnectReason::TransportError);
                        socket.end(DisconnectReason::TransportError);
                        log = space.log()?;
                        continue;
                    }
                    Claim::Unknown => {}
                }
                break;
            }
        }
        let (recovery, id) = match &recovered {
            Some((recovery, socket)) => (*recovery, socket.id),
            None => (RecoveryId::random().ok()?, coming.id),
        };
        for frames in recovered.iter().flat_map(|(_, socket)| &socket.missed) {
            self.conn.push(frames.clone());
        }
        self.conn.push(socket_io::connect(name, id, Some(&recovery)));
        let stays = recovered.as_ref().map(|(_, socket)| socket.stays.clone());
        let socket = new(Beginning { id, data, recovery: Some(recovery), stays });
        log.begin(recovery, &socket, recovered.as_ref().map(|(_, socket)| socket));
        Some(socket)
    }

    fn refused(&self, namespace: &str, error: ConnectError) {
        match error.kind {
            Kind::Final { message, data } => {
                let refusal = if self.is_old() {
                    protocol_4::error(namespace, &message, data.as_ref())
                } else {
                    socket_io::connect_error(namespace, &message, data.as_ref())
                };
                match refusal {
                    Ok(packet) => self.conn.push(packet),
                    Err(_) => self.fail(DisconnectReason::ServerClose),
                }
            }
            Kind::Later(closing) => self.conn.request_close(DisconnectReason::ServerClose, closing),
        }
    }

    fn event(&mut self, namespace: &[u8], parts: EventParts) {
        // Nothing can come from a namespace that was never joined. One that has been left may have crossed with us.
        let Some(slot) = self.slot(namespace) else {
            if self.over.is_none() {
                self.fail(DisconnectReason::ParseError);
            }
            return;
        };
        // Who was thrown out acts no more; what somebody sent before they left is still done.
        if slot
            .socket
            .disconnect_reason()
            .is_some_and(|reason| reason.by_server() || reason == DisconnectReason::ClientNamespace)
        {
            return;
        }
        let socket = slot.socket.clone();
        let space = socket.space().clone();
        let EventParts { name, arguments, ack } = parts;
        let event = Event { socket, name, arguments, ack };
        match space.namespace.events.get(event.name()).or(space.namespace.unknown.as_ref()) {
            Some(handler) => self.run(|| handler(event)),
            None => {
                let mut event = event;
                let rejection = Rejection::unknown(event.name());
                event.take_ack().reject(&rejection);
            }
        }
    }

    fn run(&mut self, start: impl FnOnce() -> Running) {
        if let Some(future) = caught(start) {
            self.hand = Hand::Running(future);
        }
    }
}

/// A handler that panics takes nobody else with it.
fn caught<R>(f: impl FnOnce() -> R) -> Option<R> {
    std::panic::catch_unwind(AssertUnwindSafe(f)).map_err(|panic| report(&*panic)).ok()
}

fn report(panic: &(dyn Any + Send)) {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(message, "a handler panicked");
}

impl Upper for Client {
    fn message(&mut self, message: Message) -> Result<(), DisconnectReason> {
        let limits = &self.io.0.limits;
        let incoming = match message {
            Message::Text(text) => self.assembler.text(&text, limits),
            Message::Binary(bytes) => self.assembler.binary(bytes, limits),
        };
        match incoming {
            Ok(Incoming::Packet(packet)) => self.packet(packet),
            Ok(Incoming::Partial) => {}
            Err(Refused::Decode(DecodeError::TooDeep { namespace, id })) => {
                self.push(Item::TooDeep(namespace, id));
            }
            Err(Refused::TooLarge) => return Err(DisconnectReason::TooLarge),
            Err(error) => {
                tracing::debug!(%error, "a packet cannot be read");
                return Err(DisconnectReason::ParseError);
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.queue.len() >= self.io.0.queue || self.queued_bytes >= self.io.0.limits.attachment_bytes * 2
    }

    fn drain(&mut self) {
        self.draining = true;
    }

    fn ended(&mut self, reason: DisconnectReason, closing: Option<&Closing>) -> Vec<Bytes> {
        self.over = Some(reason);
        let mut farewell = Vec::new();
        for slot in &self.slots {
            if !slot.socket.is_connected() {
                continue;
            }
            if let Some(closing) = closing {
                let namespace = slot.socket.namespace();
                farewell.extend(socket_io::event(
                    namespace,
                    None,
                    &self.io.0.closing_event,
                    &Args::One(closing),
                ));
            }
            slot.socket.end(reason);
        }
        self.look_for_ended();
        farewell
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..BUDGET {
            match std::mem::replace(&mut self.hand, Hand::Nothing) {
                Hand::Nothing if self.draining && self.over.is_none() => return Poll::Ready(()),
                Hand::Nothing => {
                    self.look_for_ended();
                    match self.pop() {
                        Some(item) => self.start(item),
                        None => return Poll::Ready(()),
                    }
                }
                Hand::Running(mut future) => {
                    match AssertUnwindSafe(&mut future).catch_unwind().poll_unpin(cx) {
                        Poll::Pending => {
                            self.hand = Hand::Running(future);
                            return Poll::Pending;
                        }
                        Poll::Ready(Ok(())) => {}
                        Poll::Ready(Err(panic)) => report(&*panic),
                    }
                }
                Hand::Connecting { space, coming, mut future } => {
                    match AssertUnwindSafe(&mut future).catch_unwind().poll_unpin(cx) {
                        Poll::Pending => {
                            self.hand = Hand::Connecting { space, coming, future };
                            return Poll::Pending;
                        }
                        // The client is gone meanwhile: nobody joins.
                        Poll::Ready(_) if self.over.is_some() => {}
                        Poll::Ready(Ok(Ok(data))) => self.connected(&space, coming, data),
                        Poll::Ready(Ok(Err(error))) => self.refused(&space.namespace.name, error),
                        Poll::Ready(Err(panic)) => {
                            report(&*panic);
                            self.fail(DisconnectReason::ServerClose);
                        }
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Only if the task was stopped from outside.
        for slot in &self.slots {
            slot.socket.end(self.over.unwrap_or(DisconnectReason::TransportError));
        }
    }
}
