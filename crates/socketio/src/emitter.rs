//! Sending an event to one client in another way than the usual.

use serde::Serialize;

use crate::encoded::Encoded;
use crate::engine::Flags;
use crate::socket::Socket;
use crate::socket_io::{self, Args, Arguments, EncodeError};

/// Sends events to one client ([`Socket::volatile`], [`Socket::compress`]).
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
    pub fn volatile(mut self) -> Self {
        self.flags.volatile = true;
        self
    }

    /// Whether the event may be compressed, where that was agreed with the client. Default: yes.
    pub fn compress(mut self, compress: bool) -> Self {
        self.flags.uncompressed = !compress;
        self
    }

    /// As [`Socket::emit`].
    ///
    /// # Errors
    /// The payload cannot be written as JSON.
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> Result<(), EncodeError> {
        let frames = socket_io::event(self.socket.namespace(), None, event, &Args::One(payload))?;
        self.socket.send_event(frames, self.flags);
        Ok(())
    }

    /// As [`Socket::emit_all`].
    ///
    /// # Errors
    /// The arguments cannot be written as JSON, or are no list.
    pub fn emit_all<T: Serialize + ?Sized>(&self, event: &str, arguments: &T) -> Result<(), EncodeError> {
        let frames = socket_io::event(self.socket.namespace(), None, event, &Args::All(arguments))?;
        self.socket.send_event(frames, self.flags);
        Ok(())
    }

    /// As [`Socket::send`].
    pub fn send(&self, packet: &Encoded) {
        self.socket.send_encoded(packet, self.flags);
    }
}

/// An event that is sent to a client, for those who listen ([`Namespace::on_any_outgoing`]).
///
/// [`Namespace::on_any_outgoing`]: crate::Namespace::on_any_outgoing
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
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its arguments.
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }
}
