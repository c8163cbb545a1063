//! One connection as Socket.IO sees it: its sockets, and the events that wait for their handlers.

mod events;
mod joining;
mod queue;
mod recovering;
mod run;

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::ack::Ack;
use crate::close::{Closing, DisconnectReason};
use crate::engine::{Conn, Count, Pressure, Upper};
use crate::engine_io::{Message, Protocol};
use crate::handler::Running;
use crate::handshake::{Kept, Request};
use crate::io::SocketIo;
use crate::panics::caught;
use crate::parser::Reader;
use crate::refusal::ConnectError;
use crate::rejection::Rejection;
use crate::socket::Socket;
use crate::socket_io::{self, Args, Body, DecodeError, Incoming, Packet, Refused, protocol_4};
use crate::spaces::Door;
use events::Checked;
use joining::Joining;
use queue::{EventParts, Item, Queue};
use run::{Waiting, span};

/// How many handlers may finish before others get their turn.
const BUDGET: usize = 32;

/// From how many namespaces of patterns that the client has left something may still come; at least from as many as it
/// may be in.
const LEFT: usize = 16;

/// But not from more.
const MOST_LEFT: usize = 1024;

/// A namespace that the client is or was in.
struct Slot {
    socket: Socket,
    /// What is to be done at its end is queued.
    ended: bool,
}

/// The request that opened the connection.
enum Opening {
    /// No middleware will ask for it.
    Forgotten,
    /// As it came.
    Fresh(Arc<Request>),
    /// The client is in a namespace, and may join others.
    Kept(Box<Kept>),
}

/// What is in hand.
enum Hand {
    Nothing,
    Joining(Joining),
    Checking(Checked),
    Running(Running),
}

/// The upper side of a connection.
pub(crate) struct Client {
    io: SocketIo,
    conn: Arc<Conn>,
    opening: Opening,
    reader: Reader,
    slots: Vec<Slot>,
    /// Namespaces of patterns that it has left; the last ones.
    left: Vec<Arc<str>>,
    queue: Queue,
    hand: Hand,
    /// Nothing more is begun.
    draining: bool,
    /// While what is in hand waits for something.
    waiting: Option<Waiting>,
    /// Why the connection ended.
    over: Option<DisconnectReason>,
}

impl Client {
    pub(crate) fn new(io: SocketIo, conn: Arc<Conn>, request: Arc<Request>) -> Self {
        let old = conn.dialect().protocol == Protocol::V3;
        let reader = Reader::new(io.0.parser, old);
        if reader.is_message_pack() {
            conn.speak_message_pack();
        }
        let mut client = Self {
            io,
            conn,
            opening: Opening::Fresh(request),
            reader,
            slots: Vec::new(),
            left: Vec::new(),
            queue: Queue::default(),
            hand: Hand::Nothing,
            draining: false,
            waiting: None,
            over: None,
        };
        // Old clients do not ask for it (protocol 4, "Connecting"), they only hear that they are in.
        if old && let Some(door) = client.door(b"/") {
            client.queue.push(Item::Connect(door, None));
        }
        client
    }

    /// Whether the client speaks protocol 3 or 4 of Socket.IO.
    fn is_old(&self) -> bool {
        self.conn.dialect().protocol == Protocol::V3
    }

    fn slot(&self, namespace: &[u8]) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.socket.namespace().as_bytes() == namespace)
    }

    /// What the client would join under this name.
    fn door(&self, namespace: &[u8]) -> Option<Door> {
        let name = std::str::from_utf8(namespace).ok()?;
        caught(self.conn.counts(), || self.io.0.spaces.door(name)).flatten()
    }

    /// Whether it has asked for a namespace already, and not left it since.
    fn is_asking(&self, name: &str) -> bool {
        self.queue
            .asks_for(name)
            .unwrap_or_else(|| matches!(&self.hand, Hand::Joining(joining) if joining.is_for(name)))
    }

    fn has_left(&self, namespace: &[u8]) -> bool {
        self.left.iter().any(|left| left.as_bytes() == namespace)
    }

    /// A socket has come to its end. Those of namespaces with a name of their own are known on, but there is no end
    /// to the names of a pattern, and a socket would keep its namespace there.
    fn forget(&mut self, socket: &Socket) {
        let child = socket.space().is_child();
        if child || self.over.is_some() {
            self.slots.retain(|slot| slot.socket != *socket);
        }
        if child && self.over.is_none() {
            if self.left.len() >= self.io.0.children_each.clamp(LEFT, MOST_LEFT) {
                self.left.remove(0);
            }
            self.left.push(socket.space().namespace.name.clone());
        }
    }

    fn packet(&mut self, packet: Packet) {
        let Packet { namespace, id, body, .. } = packet;
        match body {
            Body::Connect(auth) => {
                let (namespace, auth) =
                    if self.is_old() { protocol_4::asked(&namespace) } else { (namespace, auth) };
                match self.door(&namespace) {
                    // It asks again before it was answered, as after a `disconnect()` that it kept to itself.
                    Some(door) if self.is_asking(door.name()) => {}
                    Some(door) => self.queue.push(Item::Connect(door, auth)),
                    None => self.queue.push(Item::Unknown(cut(&namespace))),
                }
            }
            Body::Disconnect => self.queue.push(Item::Disconnect(cut(&namespace))),
            Body::Event { name, arguments } => {
                self.conn.counts().one(Count::EventsIn);
                self.queue.push(Item::Event(namespace, EventParts { name, arguments, ack: id }));
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
    fn look_for_ended(&mut self, queue: fn(&mut Queue, Item)) {
        for at in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(at) else { return };
            if !slot.ended
                && let Some(reason) = slot.socket.disconnect_reason()
            {
                slot.ended = true;
                let socket = slot.socket.clone();
                queue(&mut self.queue, Item::Ended(socket, reason));
            }
        }
    }

    /// Whether answers wait to be written before there may be more.
    fn is_held_up(&self, cx: &Context<'_>) -> bool {
        let pressure = if self.queue.is_empty() { Pressure::None } else { self.conn.pressure() };
        if pressure == Pressure::Unwritten {
            cx.waker().wake_by_ref();
        }
        pressure != Pressure::None
    }

    /// Takes an item in hand.
    fn start(&mut self, item: Item) {
        match item {
            Item::Connect(door, auth) => self.connect(door, auth),
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
                    // Before what came after it, such as that the client joins again.
                    self.look_for_ended(Queue::push_first);
                }
                None if self.has_left(&namespace) => {}
                None => self.fail(DisconnectReason::ParseError),
            },
            Item::Ended(socket, reason) => {
                self.forget(&socket);
                if let Some(handler) = &socket.space().clone().namespace.handlers.on_disconnect {
                    self.run(span(&socket, "disconnect"), || handler(socket, reason));
                }
            }
        }
    }
}

impl Upper for Client {
    fn message(&mut self, message: Message) -> Result<(), DisconnectReason> {
        let decided = !self.reader.is_undecided();
        let incoming = self.reader.read(message, &self.io.0.limits);
        if !decided && self.reader.is_message_pack() {
            self.conn.speak_message_pack();
        }
        match incoming {
            Ok(Incoming::Packet(packet)) => self.packet(packet),
            Ok(Incoming::Partial) => {}
            Err(Refused::Decode(DecodeError::TooDeep { namespace, id })) => {
                self.queue.push(Item::TooDeep(cut(&namespace), id));
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
        let most_bytes = self.io.0.limits.attachment_bytes.saturating_mul(2);
        if self.queue.holds(usize::MAX, most_bytes) {
            return true;
        }
        // The handler in hand may wait for what is behind the events that wait.
        self.queue.holds(self.io.0.queue, usize::MAX) && !self.asks()
    }

    fn asks(&self) -> bool {
        self.slots.iter().any(|slot| slot.socket.asks())
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
        self.look_for_ended(Queue::push);
        farewell
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..BUDGET {
            let done = match std::mem::replace(&mut self.hand, Hand::Nothing) {
                Hand::Nothing if self.draining && self.over.is_none() => return Poll::Ready(()),
                // Who asks for more than they read is not slow: their questions wait.
                Hand::Nothing if self.over.is_none() && self.is_held_up(cx) => return Poll::Pending,
                Hand::Nothing => {
                    self.look_for_ended(Queue::push);
                    let Some(item) = self.queue.pop() else { return Poll::Ready(()) };
                    self.start(item);
                    Poll::Ready(())
                }
                Hand::Running(future) => self.poll_running(future, cx),
                Hand::Joining(joining) => self.poll_joining(joining, cx),
                Hand::Checking(checked) => self.poll_checking(checked, cx),
            };
            if done.is_pending() {
                self.waiting.get_or_insert_with(|| Waiting::new(&self.conn));
                return Poll::Pending;
            }
            self.waiting = None;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// The name of a namespace without the packet that it is part of, of which nothing else is needed.
fn cut(namespace: &Bytes) -> Bytes {
    Bytes::copy_from_slice(namespace)
}

impl Drop for Client {
    fn drop(&mut self) {
        // Only if the task was stopped from outside.
        for slot in &self.slots {
            slot.socket.end(self.over.unwrap_or(DisconnectReason::TransportError));
        }
    }
}
