//! How a client joins a namespace: guards, the last of the middleware, and what it is told.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::queue::Item;
use super::run::{joining_span, span, spanned};
use super::{Client, Hand, Opening, Slot};
use crate::close::DisconnectReason;
use crate::engine::Count;
use crate::handshake::{Attached, Handshake, Kept};
use crate::id::SocketId;
use crate::namespace::{Connecting, Guarding};
use crate::panics::poll_caught;
use crate::recovery::Back;
use crate::refusal::{ConnectError, Kind};
use crate::socket_io::{self, protocol_4};
use crate::spaces::{Door, Full};

/// A client that is being asked who it is.
pub(super) struct Joining {
    door: Door,
    handshake: Handshake,
    /// Where the client wants to go on.
    back: Option<Back>,
    stage: Stage,
}

impl Joining {
    /// Whether it is this namespace that it wants to join.
    pub(super) fn is_for(&self, name: &str) -> bool {
        **self.door.name() == *name
    }
}

/// Whose turn it is to decide.
enum Stage {
    /// The guard with this number.
    Guard(usize, Guarding),
    Connect(Connecting),
}

/// What was passed.
enum Passed {
    /// A guard; this one is next.
    Guard(usize),
    /// The last of the middleware, which attaches this.
    Connect(Attached),
}

impl Client {
    /// The client asks to join.
    pub(super) fn connect(&mut self, door: Door, auth: Option<Bytes>) {
        if self.over.is_some() {
            return;
        }
        let before = self.slots.iter().position(|slot| slot.socket.namespace() == &**door.name());
        if let Some(slot) = before.and_then(|at| self.slots.get_mut(at)) {
            let Some(reason) = slot.socket.disconnect_reason() else {
                return self.fail(DisconnectReason::ParseError);
            };
            // It was thrown out, and what is to be done then may still wait, behind this.
            let (told, socket) = (std::mem::replace(&mut slot.ended, true), slot.socket.clone());
            if !told || self.queue.forget_end(&socket) {
                self.queue.push_first(Item::Connect(door, auth));
                self.queue.push_first(Item::Ended(socket, reason));
                return;
            }
        }
        if door.is_child() && self.children() >= self.io.0.children_each {
            return self.refused(door.name(), ConnectError::namespaces_full());
        }
        let Ok(id) = SocketId::random() else { return self.fail(DisconnectReason::ServerClose) };
        let back = if self.is_old() { None } else { Back::read(auth.as_deref()) };
        if !door.handlers().is_guarded() {
            return self.connected(&door, id, back, Arc::new(()));
        }
        // It has been forgotten if the client was in before and left: it has to come back with a new handshake.
        let request = match &self.opening {
            Opening::Fresh(request) => request.clone(),
            Opening::Kept(kept) => kept.request(),
            Opening::Forgotten => return self.fail(DisconnectReason::ServerClose),
        };
        let (transport, protocol) = (self.conn.transport(), self.conn.dialect().protocol);
        let namespace = door.name().clone();
        let before = back.and_then(|back| door.there()?.log()?.data(back.recovery));
        let handshake = Handshake { request, namespace, id, auth, before, transport, protocol };
        self.ask(door, handshake, back, 0);
    }

    /// Asks the guard with this number, or the last of the middleware if there are no more.
    fn ask(&mut self, door: Door, handshake: Handshake, back: Option<Back>, number: usize) {
        let handlers = door.handlers();
        let span = || joining_span(&handshake);
        let stage = match (handlers.guards.get(number), &handlers.connect) {
            (Some(guard), _) => spanned(self.conn.counts(), span(), || guard(handshake.clone()))
                .map(|future| Stage::Guard(number, future)),
            (None, Some(connect)) => {
                spanned(self.conn.counts(), span(), || connect(handshake.clone())).map(Stage::Connect)
            }
            (None, None) => return self.connected(&door, handshake.id, back, Arc::new(())),
        };
        match stage {
            Some(stage) => self.hand = Hand::Joining(Joining { door, handshake, back, stage }),
            None => self.fail(DisconnectReason::ServerClose),
        }
    }

    /// Goes on with who is asked.
    pub(super) fn poll_joining(&mut self, mut joining: Joining, cx: &mut Context<'_>) -> Poll<()> {
        let outcome = match &mut joining.stage {
            // Nobody joins any more, so that nothing is to be decided.
            Stage::Guard(..) if self.over.is_some() => return Poll::Ready(()),
            Stage::Guard(number, future) => {
                let next = *number + 1;
                poll_caught(self.conn.counts(), future, cx)
                    .map(|outcome| outcome.map(|passed| passed.map(|()| Passed::Guard(next))))
            }
            Stage::Connect(future) => poll_caught(self.conn.counts(), future, cx)
                .map(|outcome| outcome.map(|passed| passed.map(Passed::Connect))),
        };
        match outcome {
            Poll::Pending => {
                self.hand = Hand::Joining(joining);
                return Poll::Pending;
            }
            // The client is gone meanwhile: nobody joins.
            Poll::Ready(_) if self.over.is_some() => {}
            Poll::Ready(Some(Ok(Passed::Guard(next)))) => {
                self.ask(joining.door, joining.handshake, joining.back, next);
            }
            Poll::Ready(Some(Ok(Passed::Connect(data)))) => {
                self.connected(&joining.door, joining.handshake.id, joining.back, data);
            }
            Poll::Ready(Some(Err(error))) => self.refused(joining.handshake.namespace(), error),
            Poll::Ready(None) => self.fail(DisconnectReason::ServerClose),
        }
        Poll::Ready(())
    }

    /// How many namespaces of patterns the client is in.
    fn children(&self) -> usize {
        let is_in = |slot: &&Slot| slot.socket.is_connected() && slot.socket.space().is_child();
        self.slots.iter().filter(is_in).count()
    }

    fn connected(&mut self, door: &Door, id: SocketId, back: Option<Back>, data: Attached) {
        let space = match door.open() {
            Ok(space) => space,
            Err(Full) => return self.refused(door.name(), ConnectError::namespaces_full()),
        };
        self.conn.joined();
        let Some(socket) = self.join(&space, id, back, data) else {
            return self.fail(DisconnectReason::ServerClose);
        };
        self.conn.counts().one(Count::Joined);
        let name = &space.namespace.name;
        self.left.retain(|left| left != name);
        self.slots.retain(|slot| slot.socket.namespace() != &**name);
        self.slots.push(Slot { socket: socket.clone(), ended: false });
        let guarded = self.slots.iter().filter(|slot| slot.socket.space().namespace.handlers.is_guarded());
        if guarded.count() >= self.io.0.guarded {
            self.opening = Opening::Forgotten;
        } else if let Opening::Fresh(request) = &self.opening {
            self.opening = Opening::Kept(Kept::new(request));
        }
        if let Some(handler) = &space.namespace.handlers.on_connect {
            self.run(span(&socket, "connect"), || handler(socket));
        }
    }

    pub(super) fn refused(&self, namespace: &str, error: ConnectError) {
        self.conn.counts().one(Count::JoinsRefused);
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
}
