//! Running what the application gave, in spans.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tracing::{Instrument, Span};

use super::{Client, Hand};
use crate::engine::{Conn, Count, Counts};
use crate::extract::Event;
use crate::handler::Running;
use crate::handshake::Handshake;
use crate::panics::{caught, poll_caught};
use crate::socket::Socket;

/// How much of an event's name is told, in letters.
const NAME: usize = 64;

/// Counts that a connection waits for what it has in hand.
pub(super) struct Waiting(Arc<Conn>);

impl Waiting {
    pub(super) fn new(conn: &Arc<Conn>) -> Self {
        conn.counts().one(Count::Waiting);
        Self(conn.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.counts().add(Count::Waiting, 1_u64.wrapping_neg());
    }
}

/// The first letters of a name.
struct Cut<'a>(&'a str);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(NAME).map_or(self.0.len(), |(end, _)| end);
        f.write_str(self.0.get(..end).unwrap_or_default())
    }
}

/// The span of a handler. Nothing is made unless somebody wants it.
pub(super) fn span(socket: &Socket, event: &str) -> Span {
    tracing::debug_span!(
        "handler",
        namespace = socket.namespace(),
        event = %Cut(event),
        socket = %socket.id(),
    )
}

/// The span of middleware that is asked when a client wants to join.
pub(super) fn joining_span(handshake: &Handshake) -> Span {
    tracing::debug_span!("middleware", namespace = handshake.namespace(), socket = %handshake.id())
}

/// The span of middleware that is asked about an event.
pub(super) fn checking_span(event: &Event) -> Span {
    let socket = event.socket();
    let (namespace, id) = (socket.namespace(), socket.id());
    tracing::debug_span!("middleware", namespace, event = %Cut(event.name()), socket = %id)
}

/// Makes a future within a span, which it is in whenever it goes on. `None` if making it panicked.
pub(super) fn spanned<T: 'static>(
    counts: &Counts,
    span: Span,
    start: impl FnOnce() -> Pin<Box<dyn Future<Output = T> + Send>>,
) -> Option<Pin<Box<dyn Future<Output = T> + Send>>> {
    let future = span.in_scope(|| caught(counts, start))?;
    Some(if span.is_disabled() { future } else { Box::pin(future.instrument(span)) })
}

impl Client {
    /// Takes a handler in hand.
    pub(super) fn run(&mut self, span: Span, start: impl FnOnce() -> Running) {
        if let Some(future) = spanned(self.conn.counts(), span, start) {
            self.hand = Hand::Running(future);
        }
    }

    /// Goes on with the handler in hand.
    pub(super) fn poll_running(&mut self, mut future: Running, cx: &mut Context<'_>) -> Poll<()> {
        let outcome = poll_caught(self.conn.counts(), &mut future, cx);
        if outcome.is_pending() {
            self.hand = Hand::Running(future);
        }
        outcome.map(drop)
    }
}
