//! Sending an event to one client in another way than the usual.

use serde::Serialize;

use crate::encoded::Encoded;
use crate::engine::Flags;
use crate::socket::Socket;
use crate::socket_io::{self, Args, Arguments, EncodeError};

/// Sends events to one client ([`Socket::volatile`], [`Socket::compress`]).
///
/// ```
/// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
/// socket.volatile().compress(false).emit("position", &(3, 4))?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing is sent yet"]
pub struct Emitter<'a> {
    socket: &'a Socket,
    flags: Flags,
}

impl<'a> Emitter<'a> {
    pub(crate) fn new(socket: &'a Socket) -> Self {
        Self { socket, flags: Flags::default() }
    }

    /// Better dropped than late: the event is not queued if the client does not take what waits for it already.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.compress(false).volatile().emit("position", &(3, 4))?;
    /// # Ok(()) }
    /// ```
    pub fn volatile(mut self) -> Self {
        self.flags.volatile = true;
        self
    }

    /// Whether the event may be compressed, where that was agreed with the client. Default: yes.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.volatile().compress(false).emit("thumbnail", &chinwag_socketio::Binary::from(vec![0xff, 0xd8]))?;
    /// # Ok(()) }
    /// ```
    pub fn compress(mut self, compress: bool) -> Self {
        self.flags.uncompressed = !compress;
        self
    }

    /// As [`Socket::emit`].
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.volatile().emit("typing", &"ann")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EncodeError`].
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> Result<(), EncodeError> {
        let frames = socket_io::event(self.socket.namespace(), None, event, &Args::One(payload))?;
        self.socket.send_event(frames, self.flags);
        Ok(())
    }

    /// As [`Socket::emit_all`].
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.volatile().emit_all("position", &(3, 4))?; // two arguments
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EncodeError`].
    pub fn emit_all<T: Serialize + ?Sized>(&self, event: &str, arguments: &T) -> Result<(), EncodeError> {
        let frames = socket_io::event(self.socket.namespace(), None, event, &Args::All(arguments))?;
        self.socket.send_event(frames, self.flags);
        Ok(())
    }

    /// As [`Socket::send`].
    ///
    /// ```
    /// # use chinwag_socketio::{EncodeError, Encoded, Socket};
    /// # fn f(socket: &Socket) -> Result<(), EncodeError> {
    /// let packet = Encoded::event(socket.namespace(), "tick", &1)?;
    /// socket.volatile().send(&packet);
    /// # Ok(()) }
    /// ```
    pub fn send(&self, packet: &Encoded) {
        self.socket.send_encoded(packet, self.flags);
    }
}

/// An event that is sent to a client, for those who listen ([`Namespace::on_any_outgoing`]).
///
/// [`Namespace::on_any_outgoing`]: crate::Namespace::on_any_outgoing
///
/// ```
/// use chinwag_socketio::{Namespace, Outgoing, Socket};
///
/// Namespace::new("/").on_any_outgoing(|_: &Socket, event: &Outgoing| {
///     println!("{}: {} bytes", event.name(), event.arguments().size());
/// })
/// # ;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    name: String,
    arguments: Arguments,
}

impl Outgoing {
    /// What is in a packet; `None` if it is no event.
    pub(crate) fn of(packet: &Encoded) -> Option<Self> {
        let (name, arguments) = packet.parts()?;
        Some(Self { name, arguments })
    }

    /// Its name.
    ///
    /// ```
    /// # fn f(event: &chinwag_socketio::Outgoing) -> bool {
    /// event.name() == "news"
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its arguments.
    ///
    /// ```
    /// # fn f(event: &chinwag_socketio::Outgoing) -> String {
    /// event.arguments().to_json()
    /// # }
    /// ```
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }
}
