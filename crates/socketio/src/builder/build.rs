//! Making a server from its settings.

use std::sync::{Arc, Weak};

use super::Builder;
use crate::client::Client;
use crate::engine::Engine;
use crate::engine_io::Message;
use crate::io::{Inner, SocketIo};
use crate::local::Local;
use crate::raw::{EngineSocket, OnMessage, Raw};
use crate::recovery;
use crate::service::SocketIoService;
use crate::socket_io::is_reserved;
use crate::spaces::{Common, Spaces};

/// A server that cannot be built.
///
/// ```
/// use std::time::Duration;
/// use chinwag_socketio::{BuildError, Namespace, SocketIo};
///
/// let twice = SocketIo::builder().namespace(Namespace::new("/a")).namespace(Namespace::new("/a")).build();
/// assert_eq!(twice.unwrap_err(), BuildError::NamespaceTwice("/a".into()));
/// let never = SocketIo::builder().ping_interval(Duration::ZERO).build();
/// assert_eq!(never.unwrap_err(), BuildError::Heartbeat);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two namespaces have this name.
    #[error("the namespace {0:?} is given twice")]
    NamespaceTwice(String),
    /// Two patterns have this label.
    #[error("the label {0:?} is given twice")]
    LabelTwice(String),
    /// A namespace's name does not begin with `/`, or contains `,` or `?`.
    #[error("{0:?} is no name of a namespace: it begins with / and contains neither , nor ?")]
    NamespaceName(String),
    /// A handler is given for this event, or it is to be [`Builder::closing_event`], but the name is one of the protocol's
    /// own, which no event has: [`Namespace::on_disconnect`](crate::Namespace::on_disconnect) and the like are for that.
    #[error("no event is named {0:?}; use on_connect and on_disconnect for what happens to sockets")]
    EventReserved(String),
    /// An event of a namespace has two handlers, of which only one could acknowledge it.
    #[error(
        "the event {0:?} is given two handlers in one namespace; make one of them, or use on_any to listen"
    )]
    EventTwice(String),
    /// A handler takes a [`State`](crate::State) of this type, which was not given.
    #[error("a handler takes State<{0}>, which was not given")]
    StateMissing(&'static str),
    /// [`Builder::recovery`] with [`Builder::adapter`]: a client would come back to a server that knows nothing of it.
    #[error("clients can be recovered by one server alone, not with an adapter")]
    RecoveryWithAdapter,
    /// The session cookie's name is no token, or its path or domain has characters that cannot be in a header.
    #[error("the session cookie's name, path or domain cannot be written")]
    Cookie,
    /// A duration is zero.
    #[error("ping interval and ping time-out must be at least a millisecond")]
    Heartbeat,
}

impl Builder {
    /// The server. Its tasks start with the first request.
    ///
    /// ```
    /// # use chinwag_socketio::{Namespace, SocketIo};
    /// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
    /// assert_eq!(io.figures().connections, 0);
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(mut self) -> Result<SocketIo, BuildError> {
        self.check()?;
        if self.recovery.is_some() && self.adapter.is_some() {
            return Err(BuildError::RecoveryWithAdapter);
        }
        let handled = self.namespaces.iter().flat_map(|namespace| namespace.handlers.events.keys());
        let named = handled.map(|name| &**name).chain([self.closing_event.as_str()]);
        if let Some(reserved) = { named }.find(|name| is_reserved(name)) {
            return Err(BuildError::EventReserved(reserved.to_owned()));
        }
        if let Some(twice) = self.namespaces.iter().find_map(|namespace| namespace.handlers.twice.clone()) {
            return Err(BuildError::EventTwice(twice));
        }
        let states = self.namespaces.iter().flat_map(|namespace| &namespace.states);
        if let Some((_, missing)) = { states }.find(|(id, _)| !self.states.contains_key(id)) {
            return Err(BuildError::StateMissing(missing));
        }
        let recovery = self.recovery.map(|recovery| (recovery, Arc::default()));
        let common = Common { recovery, adapter: self.adapter.clone() };
        let spaces = Spaces::new(self.namespaces, self.max_children, self.keep_empty_children, &common)?;
        // Where there is no middleware nobody asks for it.
        let guarded = match spaces.guarded() {
            0 => 0,
            guarded if self.forget_handshakes => guarded,
            _ => usize::MAX,
        };
        let io = SocketIo(Arc::new_cyclic(|inner: &Weak<Inner>| {
            let server = inner.clone();
            if let Some(recovery) = self.recovery {
                let tidied = inner.clone();
                let start = move || drop(tokio::spawn(recovery::tidy(tidied.clone(), recovery)));
                self.config.on_start = Some(Box::new(start));
            }
            let engine = Engine::new(self.config, move |conn, request| {
                Some(Box::new(Client::new(SocketIo(server.upgrade()?), conn, request)))
            });
            Inner {
                engine,
                spaces,
                adapter: self.adapter,
                states: self.states,
                rejections: self.rejections,
                closing_event: self.closing_event,
                limits: self.limits,
                queue: self.queue,
                guarded,
                parser: self.parser,
                children_each: self.max_children_each,
            }
        }));
        if let Some(adapter) = &io.0.adapter {
            adapter.start(Local(Arc::downgrade(&io.0)));
            for space in io.0.spaces.all() {
                adapter.opened(&space.namespace.name);
            }
        }
        Ok(io)
    }

    /// A bare Engine.IO server with the same settings: each message of a client is handed to this function, which
    /// must not block. Namespaces and what belongs to them are not used, nor is the connect time-out.
    ///
    /// ```
    /// use chinwag_socketio::SocketIo;
    ///
    /// let echo = SocketIo::builder().build_engine_io(|socket, message| socket.send(&message))?;
    /// let app: axum::Router = axum::Router::new().route_service("/engine.io/", echo);
    /// # Ok::<_, chinwag_socketio::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build_engine_io(
        mut self,
        on_message: impl Fn(&EngineSocket, Message) + Send + Sync + 'static,
    ) -> Result<SocketIoService, BuildError> {
        self.check()?;
        self.config.connect_timeout = None;
        self.config.socket_io = false;
        let on_message: OnMessage = Arc::new(on_message);
        let engine =
            Engine::new(self.config, move |conn, _| Some(Box::new(Raw::new(conn, on_message.clone()))));
        Ok(SocketIoService::new(engine, None))
    }

    fn check(&self) -> Result<(), BuildError> {
        if self.config.ping_interval.as_millis() == 0 || self.config.ping_timeout.as_millis() == 0 {
            return Err(BuildError::Heartbeat);
        }
        if self.config.cookie.as_ref().is_some_and(|cookie| !cookie.is_valid()) {
            return Err(BuildError::Cookie);
        }
        Ok(())
    }
}
