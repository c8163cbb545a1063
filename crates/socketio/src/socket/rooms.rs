//! The rooms that a socket is in, and sending to others in them.

use std::sync::{Arc, PoisonError};

use super::Socket;
use crate::broadcast::Broadcast;
use crate::close::DisconnectReason;
use crate::hub::Target;
use crate::recovery::{Log, Stays};

/// Where a socket is.
pub(super) struct Rooms {
    /// Set when the socket is disconnected: it joins nothing any more.
    closed: bool,
    names: Vec<Arc<str>>,
    /// Only if it may be recovered.
    stays: Stays,
}

impl Rooms {
    pub(super) fn new(names: Vec<Arc<str>>, stays: Stays) -> Self {
        Self { closed: false, names, stays }
    }
}

impl Socket {
    /// Puts it into a room. It leaves all rooms when it is disconnected.
    ///
    /// Nothing is done if it is in there already, or is disconnected.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// for room in ["lobby", "user:7"] {
    ///     socket.join(room);
    /// }
    /// # }
    /// ```
    pub fn join(&self, room: impl AsRef<str>) {
        self.join_under(room.as_ref(), self.0.space.log().as_deref());
    }

    /// The same with the log locked, so that no event is sent in between.
    pub(crate) fn join_under(&self, room: &str, log: Option<&Log>) {
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if !rooms.closed
            && let Some(name) = self.0.space.hub.join(room, self)
        {
            if let Some(log) = log {
                rooms.stays.join(&name, log.next());
            }
            rooms.names.push(name);
        }
    }

    /// Takes it out of a room. Nothing that is sent to the room after this call returns reaches it. It cannot
    /// leave the room of its own id.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// socket.leave("lobby");
    /// assert!(!socket.rooms().iter().any(|room| **room == *"lobby"));
    /// # }
    /// ```
    pub fn leave(&self, room: impl AsRef<str>) {
        self.leave_under(room.as_ref(), self.0.space.log().as_deref());
    }

    /// The same with the log locked.
    pub(crate) fn leave_under(&self, room: &str, log: Option<&Log>) {
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = rooms.names.iter().position(|name| **name == *room) {
            rooms.names.swap_remove(place);
            self.0.space.hub.leave(room, self.0.id);
            if let Some(log) = log {
                rooms.stays.leave(room, log.next(), log.first());
            }
        }
    }

    /// The rooms that it is in, that of its own id not among them.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// for room in socket.rooms() {
    ///     let _ = socket.to(&*room).emit("is leaving", &socket.id());
    /// }
    /// # }
    /// ```
    pub fn rooms(&self) -> Vec<Arc<str>> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner).names.clone()
    }

    /// Everybody in a room but this socket.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EmitError> {
    /// socket.to("lobby").emit("said", &"hello")?;
    /// # Ok(()) }
    /// ```
    pub fn to(&self, room: impl Into<String>) -> Broadcast {
        self.broadcast().to(room)
    }

    /// Everybody in the namespace but this socket.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EmitError> {
    /// socket.broadcast().emit("somebody came", &socket.id())?;
    /// # Ok(()) }
    /// ```
    pub fn broadcast(&self) -> Broadcast {
        let target = Target { except_socket: Some(self.0.id), ..Target::default() };
        Broadcast::new(self.0.io.clone(), Some(self.0.space.clone()), target)
    }

    /// It has ended: takes it out of all rooms and of the namespace, and has what it may find again kept.
    pub(super) fn leave_all(&self, reason: DisconnectReason, log: Option<&mut Log>) {
        let (names, stays) = {
            let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            rooms.closed = true;
            (std::mem::take(&mut rooms.names), std::mem::take(&mut rooms.stays))
        };
        for name in names {
            self.0.space.hub.leave(&name, self.0.id);
        }
        self.0.space.hub.remove(self.0.id);
        if let (Some(log), Some(recovery)) = (log, self.0.recovery) {
            let stays = reason.is_recoverable().then_some(stays);
            log.end(recovery, stays, &self.0.data, self.0.io.engine().now());
            if log.has_away() {
                self.0.space.keep();
            }
        }
    }
}
