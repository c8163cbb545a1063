//! Engine.IO by itself.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::close::{Closing, DisconnectReason};
use crate::engine::{Conn, Upper};
use crate::engine_io::{self, Message};

/// A client of a bare Engine.IO server ([`Builder::build_engine_io`](crate::Builder::build_engine_io)).
///
/// ```
/// use chinwag_socketio::SocketIo;
/// use chinwag_socketio::engine_io::Message;
///
/// let service = SocketIo::builder().build_engine_io(|socket, message| match message {
///     Message::Text(text) if text == "bye" => socket.close(),
///     message => socket.send(&message),
/// })?;
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct EngineSocket(Arc<Conn>);

impl EngineSocket {
    /// Sends a message. A text that is not UTF-8 makes the client close the connection.
    ///
    /// ```
    /// # use chinwag_socketio::EngineSocket;
    /// # use chinwag_socketio::engine_io::Message;
    /// # fn f(socket: &EngineSocket) {
    /// socket.send(&Message::Text("hello".into()));
    /// # }
    /// ```
    pub fn send(&self, message: &Message) {
        self.0.push(engine_io::message(message));
    }

    /// Closes the connection after what waits has been written.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::EngineSocket) {
    /// socket.close();
    /// # }
    /// ```
    pub fn close(&self) {
        self.0.request_close(DisconnectReason::ServerClose, None);
    }
}

pub(crate) type OnMessage = Arc<dyn Fn(&EngineSocket, Message) + Send + Sync>;

/// Hands each message to a function at once.
pub(crate) struct Raw {
    socket: EngineSocket,
    on_message: OnMessage,
}

impl Raw {
    pub(crate) fn new(conn: Arc<Conn>, on_message: OnMessage) -> Self {
        Self { socket: EngineSocket(conn), on_message }
    }
}

impl Upper for Raw {
    fn message(&mut self, message: Message) -> Result<(), DisconnectReason> {
        (self.on_message)(&self.socket, message);
        Ok(())
    }

    fn is_full(&self) -> bool {
        false
    }

    fn asks(&self) -> bool {
        false
    }

    fn drain(&mut self) {}

    fn ended(&mut self, _: DisconnectReason, _: Option<&Closing>) -> Vec<Bytes> {
        Vec::new()
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}
