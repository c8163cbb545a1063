//! How an event comes to its handler: listeners, middleware, handler.

use std::task::{Context, Poll};

use super::queue::EventParts;
use super::run::{checking_span, span, spanned};
use super::{Client, Hand};
use crate::close::DisconnectReason;
use crate::extract::Event;
use crate::namespace::Checking;
use crate::panics::{caught, poll_caught};
use crate::rejection::Rejection;
use crate::socket::Socket;

/// An event at its middleware.
pub(super) struct Checked {
    event: Event,
    /// Which of the middleware is asked.
    number: usize,
    future: Checking,
}

impl Client {
    /// It is an event's turn.
    pub(super) fn event(&mut self, namespace: &[u8], parts: EventParts) {
        // Nothing can come from a namespace that was never joined. One that has been left may have crossed with us.
        let Some(slot) = self.slot(namespace) else {
            if self.over.is_none() && !self.has_left(namespace) {
                self.fail(DisconnectReason::ParseError);
            }
            return;
        };
        if !acts(&slot.socket) {
            return;
        }
        let EventParts { name, arguments, ack } = parts;
        let event = Event { socket: slot.socket.clone(), name, arguments, ack };
        let space = event.socket.space().clone();
        for listener in &space.namespace.handlers.any {
            caught(self.conn.counts(), || listener(&event));
        }
        self.check(event, 0);
    }

    /// Asks the middleware with this number, or calls the handler if there is no more.
    fn check(&mut self, event: Event, number: usize) {
        let space = event.socket.space().clone();
        let handlers = &space.namespace.handlers;
        if let Some(check) = handlers.checks.get(number) {
            match spanned(self.conn.counts(), checking_span(&event), || check(&event)) {
                Some(future) => self.hand = Hand::Checking(Checked { event, number, future }),
                None => reject(event, &Rejection::internal()),
            }
            return;
        }
        match handlers.handler(event.name()) {
            Some(handler) => self.run(span(&event.socket, event.name()), || handler(event)),
            None => {
                let rejection = Rejection::unknown(event.name());
                reject(event, &rejection);
            }
        }
    }

    /// Goes on with the middleware in hand.
    pub(super) fn poll_checking(&mut self, mut checked: Checked, cx: &mut Context<'_>) -> Poll<()> {
        let outcome = match poll_caught(self.conn.counts(), &mut checked.future, cx) {
            Poll::Pending => {
                self.hand = Hand::Checking(checked);
                return Poll::Pending;
            }
            Poll::Ready(outcome) => outcome,
        };
        match outcome {
            Some(Ok(())) if acts(&checked.event.socket) => self.check(checked.event, checked.number + 1),
            // It was thrown out meanwhile.
            Some(Ok(())) => {}
            Some(Err(rejection)) => reject(checked.event, &rejection),
            None => reject(checked.event, &Rejection::internal()),
        }
        Poll::Ready(())
    }
}

/// Who was thrown out acts no more; what somebody sent before they left is still done.
fn acts(socket: &Socket) -> bool {
    !socket
        .disconnect_reason()
        .is_some_and(|reason| reason.by_server() || reason == DisconnectReason::ClientNamespace)
}

fn reject(mut event: Event, rejection: &Rejection) {
    event.take_ack().reject(rejection);
}
