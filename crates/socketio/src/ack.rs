//! Acknowledgements, both ways.

use serde::Serialize;

use crate::rejection::Rejection;
use crate::socket::Socket;
use crate::socket_io::{self, Args, EncodeError, PayloadError};

/// The acknowledgement that an event asks for.
///
/// It can be kept and sent later, also after the handler is done. It is dropped in silence where the event asked
/// for none and where the client is gone. A handler that panics while it holds this acknowledges with the rejection
/// `internal`.
///
/// ```
/// use chinwag_socketio::{Ack, Namespace, Payload};
///
/// Namespace::new("/").on("order", |Payload(dish): Payload<String>, ack: Ack| async move {
///     if ack.is_wanted() {
///         // The handler is done before the meal is; the client's next event need not wait.
///         tokio::spawn(async move { ack.send(&format!("here is your {dish}")) });
///     }
/// })
/// # ;
/// ```
#[derive(Debug)]
#[must_use = "the client waits for it"]
pub struct Ack {
    socket: Socket,
    id: Option<u64>,
}

impl Ack {
    pub(crate) fn new(socket: Socket, id: Option<u64>) -> Self {
        Self { socket, id }
    }

    /// Whether the client asked for an acknowledgement.
    ///
    /// ```
    /// # fn f(ack: chinwag_socketio::Ack) {
    /// let report = if ack.is_wanted() { "a long report" } else { "" };
    /// ack.send(&report);
    /// # }
    /// ```
    pub fn is_wanted(&self) -> bool {
        self.id.is_some()
    }

    /// Acknowledges with one value. What is serialised already can be given as a
    /// [`RawValue`](serde_json::value::RawValue).
    ///
    /// A value that cannot be written as JSON is logged, and acknowledged as the rejection `internal`.
    ///
    /// ```
    /// # fn f(ack: chinwag_socketio::Ack) {
    /// ack.send(&serde_json::json!({ "ok": true })); // the client's callback is called with one object
    /// # }
    /// ```
    pub fn send<T: Serialize + ?Sized>(self, value: &T) {
        self.put(&Args::One(value));
    }

    /// Acknowledges with a list of values: a tuple, an array, a `Vec`.
    ///
    /// ```
    /// # fn f(ack: chinwag_socketio::Ack) {
    /// ack.send_all(&("stored", 17)); // the client's callback is called with two arguments
    /// # }
    /// ```
    pub fn send_all<T: Serialize + ?Sized>(self, values: &T) {
        self.put(&Args::All(values));
    }

    /// Acknowledges with what the application makes of a rejection
    /// ([`Builder::rejections`](crate::Builder::rejections)).
    ///
    /// ```
    /// # use chinwag_socketio::{Ack, Rejection};
    /// # fn f(ack: Ack) {
    /// ack.reject(&Rejection::new("room_unknown", "There is no such room."));
    /// # }
    /// ```
    pub fn reject(mut self, rejection: &Rejection) {
        self.put_rejection(rejection);
    }

    fn put_rejection(&mut self, rejection: &Rejection) {
        if let Some(id) = self.id.take() {
            let value = self.socket.io().rejection(rejection);
            if let Ok(packet) = socket_io::ack(self.socket.namespace(), id, &Args::One(&value)) {
                self.socket.push(packet);
            }
        }
    }

    fn put<T: Serialize + ?Sized>(mut self, args: &Args<'_, T>) {
        let Some(id) = self.id else { return };
        match socket_io::ack(self.socket.namespace(), id, args) {
            Ok(packet) => {
                self.id = None;
                self.socket.push(packet);
            }
            Err(error) => {
                tracing::error!(%error, "an acknowledgement could not be written");
                self.put_rejection(&Rejection::internal());
            }
        }
    }
}

impl Drop for Ack {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.put_rejection(&Rejection::internal());
        }
    }
}

/// Why an acknowledgement that the server asked for did not come.
///
/// ```
/// use std::time::Duration;
/// use chinwag_socketio::{AckError, Socket};
///
/// async fn is_there(socket: &Socket) -> Result<bool, AckError> {
///     match socket.emit_with_ack::<bool, _>("there?", &(), Duration::from_secs(5)).await {
///         Err(AckError::Timeout | AckError::Disconnected) => Ok(false),
///         answer => answer,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// It did not come in time.
    #[error("the client did not acknowledge in time")]
    Timeout,
    /// The socket was disconnected before it came.
    #[error("the client disconnected before it acknowledged")]
    Disconnected,
    /// It came, and is not of the expected type.
    #[error("the acknowledgement is not as expected: {0}")]
    Payload(#[from] PayloadError),
    /// The event could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
