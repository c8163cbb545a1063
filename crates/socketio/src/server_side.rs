//! Events between servers.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::io::SocketIo;
use crate::socket_io::{Arguments, EncodeError, PayloadError};

pub(crate) type Handling = Pin<Box<dyn Future<Output = ()> + Send>>;
pub(crate) type ServerHandler = Box<dyn Fn(ServerEvent) -> Handling + Send + Sync>;

/// An event that another server sent ([`Namespace::on_server_side`](crate::Namespace::on_server_side)).
///
/// ```
/// use chinwag_socketio::{Namespace, ServerEvent};
///
/// Namespace::new("/").on_server_side("announce", |event: ServerEvent| async move {
///     if let Ok(text) = event.payload::<String>() {
///         let _ = event.io().of("/").local().emit("announced", &text);
///     }
///     if event.wants_reply() {
///         let _ = event.reply(&"done");
///     }
/// })
/// # ;
/// ```
#[derive(Debug)]
pub struct ServerEvent {
    io: SocketIo,
    arguments: Arguments,
    reply: Option<oneshot::Sender<Arguments>>,
}

impl ServerEvent {
    pub(crate) fn new(io: SocketIo, arguments: Arguments, reply: Option<oneshot::Sender<Arguments>>) -> Self {
        Self { io, arguments, reply }
    }

    /// One whose sender waits for a reply.
    pub(crate) fn asking(io: SocketIo, arguments: Arguments) -> (Self, oneshot::Receiver<Arguments>) {
        let (reply, replied) = oneshot::channel();
        (Self::new(io, arguments, Some(reply)), replied)
    }

    /// This server.
    ///
    /// ```
    /// # fn f(event: &chinwag_socketio::ServerEvent) -> usize {
    /// event.io().of("/").local().count()
    /// # }
    /// ```
    pub fn io(&self) -> &SocketIo {
        &self.io
    }

    /// Its first argument.
    ///
    /// ```
    /// # use chinwag_socketio::{PayloadError, ServerEvent};
    /// # fn f(event: &ServerEvent) -> Result<(), PayloadError> {
    /// let room: String = event.payload()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// It is not of this type, or missing.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        self.arguments.first()
    }

    /// Its arguments.
    ///
    /// ```
    /// # use chinwag_socketio::{PayloadError, ServerEvent};
    /// # fn f(event: &ServerEvent) -> Result<(), PayloadError> {
    /// let (room, users) = event.arguments().all::<(String, Vec<u64>)>()?;
    /// # Ok(()) }
    /// ```
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Whether its sender waits for a reply.
    ///
    /// ```
    /// # use chinwag_socketio::{EncodeError, ServerEvent};
    /// # fn f(event: ServerEvent) -> Result<(), EncodeError> {
    /// if event.wants_reply() {
    ///     event.reply(&"here I am")?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn wants_reply(&self) -> bool {
        self.reply.is_some()
    }

    /// Replies with one value. Nobody hears it if [`ServerEvent::wants_reply`] is false.
    ///
    /// ```
    /// # use chinwag_socketio::{EncodeError, ServerEvent};
    /// # fn f(event: ServerEvent) -> Result<(), EncodeError> {
    /// event.reply(&serde_json::json!({ "load": 0.5 }))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn reply<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        let arguments = Arguments::one(value)?;
        if let Some(reply) = self.reply {
            // Whoever asked may have given up.
            let _ = reply.send(arguments);
        }
        Ok(())
    }
}
