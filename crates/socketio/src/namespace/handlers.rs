//! What happens in a namespace, as its sockets share it.

use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::Value;

use crate::close::DisconnectReason;
use crate::emitter::Outgoing;
use crate::extract::Event;
use crate::handler::{ErasedHandler, Running};
use crate::handshake::{Attached, Handshake};
use crate::refusal::ConnectError;
use crate::rejection::Rejection;
use crate::server_side::ServerHandler;
use crate::socket::Socket;

type Decision<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
/// A guard in hand.
pub(crate) type Guarding = Decision<(), ConnectError>;
/// The last of the middleware, which says what is attached to the socket, in hand.
pub(crate) type Connecting = Decision<Attached, ConnectError>;
/// Middleware of an event in hand.
pub(crate) type Checking = Decision<(), Rejection>;

pub(crate) type Guard = Box<dyn Fn(Handshake) -> Guarding + Send + Sync>;
pub(crate) type Connect = Box<dyn Fn(Handshake) -> Connecting + Send + Sync>;
pub(crate) type Check = Box<dyn Fn(&Event) -> Checking + Send + Sync>;
pub(crate) type Listener = Box<dyn Fn(&Event) + Send + Sync>;
pub(crate) type OutgoingListener = Box<dyn Fn(&Socket, &Outgoing) + Send + Sync>;
pub(crate) type Describe = Box<dyn Fn(&Socket) -> Value + Send + Sync>;
pub(crate) type OnConnect = Arc<dyn Fn(Socket) -> Running + Send + Sync>;
pub(crate) type OnDisconnect = Arc<dyn Fn(Socket, DisconnectReason) -> Running + Send + Sync>;

/// Everything that was given to a [`Namespace`](crate::Namespace).
#[derive(Default)]
pub(crate) struct Handlers {
    pub(crate) guards: Vec<Guard>,
    pub(crate) connect: Option<Connect>,
    pub(crate) on_connect: Option<OnConnect>,
    pub(crate) on_disconnect: Option<OnDisconnect>,
    pub(crate) any: Vec<Listener>,
    pub(crate) outgoing: Vec<OutgoingListener>,
    pub(crate) describe: Option<Describe>,
    pub(crate) server_side: HashMap<Box<str>, ServerHandler>,
    pub(crate) checks: Vec<Check>,
    pub(crate) events: HashMap<Box<str>, ErasedHandler>,
    pub(crate) unknown: Option<ErasedHandler>,
    /// An event that was given two handlers.
    pub(crate) twice: Option<String>,
}

impl Handlers {
    /// Whether somebody is asked before a client is let in, who may want to see the handshake.
    pub(crate) fn is_guarded(&self) -> bool {
        !self.guards.is_empty() || self.connect.is_some()
    }

    pub(crate) fn add_on_connect(&mut self, handler: OnConnect) {
        self.on_connect = Some(match self.on_connect.take() {
            None => handler,
            Some(first) => Arc::new(move |socket| {
                let (first, then) = (first.clone(), handler.clone());
                let other = socket.clone();
                Box::pin(both(
                    async move {
                        first(other).await;
                    },
                    async move {
                        then(socket).await;
                    },
                ))
            }),
        });
    }

    pub(crate) fn add_on_disconnect(&mut self, handler: OnDisconnect) {
        self.on_disconnect = Some(match self.on_disconnect.take() {
            None => handler,
            Some(first) => Arc::new(move |socket, reason| {
                let (first, then) = (first.clone(), handler.clone());
                let other = socket.clone();
                Box::pin(both(
                    async move {
                        first(other, reason).await;
                    },
                    async move {
                        then(socket, reason).await;
                    },
                ))
            }),
        });
    }

    /// Who takes an event.
    pub(crate) fn handler(&self, event: &str) -> Option<&ErasedHandler> {
        self.events.get(event).or(self.unknown.as_ref())
    }
}

/// One after the other. The second comes also if the first panics, which then goes on.
async fn both(first: impl Future<Output = ()>, then: impl Future<Output = ()>) {
    let outcome = AssertUnwindSafe(first).catch_unwind().await;
    then.await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}
