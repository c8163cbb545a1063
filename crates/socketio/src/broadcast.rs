//! Sending to many sockets at once.

mod questions;

use std::sync::Arc;

use serde::Serialize;

use crate::adapter::{Adapter, Command, Farewell, Rooms};
use crate::close::Closing;
use crate::encoded::Encoded;
use crate::engine::Flags;
use crate::hub::{Member, Target};
use crate::io::{SocketIo, Space};
use crate::socket::Socket;
use crate::socket_io::EncodeError;

/// Sockets of one namespace, chosen by rooms, to do something with. A socket in several of the rooms is meant once.
///
/// ```
/// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
/// io.of("/").to("kitchen").to("hall").except("cat").emit("dinner", &"soup")?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is sent yet"]
pub struct Broadcast {
    io: SocketIo,
    space: Option<Arc<Space>>,
    target: Target,
    flags: Flags,
    /// Only on this server.
    local: bool,
}

/// A broadcast that could not be sent.
///
/// ```
/// use chinwag_socketio::{EmitError, Encoded, Namespace, SocketIo};
///
/// let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
/// assert!(matches!(io.of("/nowhere").emit("n", &1), Err(EmitError::NamespaceUnknown)));
/// let packet = Encoded::event("/chat", "n", &1)?;
/// assert!(matches!(io.of("/").send(&packet), Err(EmitError::OtherNamespace)));
/// assert!(matches!(io.of("/").emit_all("n", &"no list"), Err(EmitError::Encode(_))));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The packet could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// [`SocketIo::of`] was asked for a namespace that the server does not have.
    #[error("there is no such namespace")]
    NamespaceUnknown,
    /// The packet is of another namespace.
    #[error("the packet is of another namespace")]
    OtherNamespace,
}

impl Broadcast {
    pub(crate) fn new(io: SocketIo, space: Option<Arc<Space>>, target: Target) -> Self {
        Self { io, space, target, flags: Flags::default(), local: false }
    }

    /// Also those in this room; a socket's id is a room too. Without any, everybody in the namespace is meant.
    ///
    /// ```
    /// # let io = chinwag_socketio::SocketIo::builder().namespace(chinwag_socketio::Namespace::new("/")).build()?;
    /// assert_eq!(io.of("/").to("kitchen").to("hall").emit("dinner", &"soup")?, 0, "nobody is there");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn to(mut self, room: impl Into<String>) -> Self {
        self.target.rooms.push(room.into());
        self
    }

    /// The same as [`Broadcast::to`].
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of("/").in_("user:7").join("lobby"); // reads better where nothing is sent
    /// # }
    /// ```
    pub fn in_(self, room: impl Into<String>) -> Self {
        self.to(room)
    }

    /// Nobody who is in this room, or has this socket id.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EmitError> {
    /// socket.to("lobby").except("muted").emit("said", &"hello")?;
    /// # Ok(()) }
    /// ```
    pub fn except(mut self, room: impl Into<String>) -> Self {
        self.target.except.push(room.into());
        self
    }

    /// Better dropped than late: it is not queued for clients that do not take what waits for them already.
    ///
    /// Where nothing waits it is queued like any other, so that a client that reads gets everything.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of("/").to("game").volatile().emit("position", &(3, 4))?;
    /// # Ok(()) }
    /// ```
    pub fn volatile(mut self) -> Self {
        self.flags.volatile = true;
        self
    }

    /// Whether the event may be compressed, where that was agreed with a client. Default: yes.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// // It has a secret in it, next to what others have written.
    /// io.of("/").to("user:7").compress(false).emit("invited", &("/rooms/4?key=kAz8", "Come and see!"))?;
    /// # Ok(()) }
    /// ```
    pub fn compress(mut self, compress: bool) -> Self {
        self.flags.uncompressed = !compress;
        self
    }

    /// Only sockets of this server, also where there is an [`Adapter`](crate::Adapter).
    ///
    /// ```
    /// # let io = chinwag_socketio::SocketIo::builder().namespace(chinwag_socketio::Namespace::new("/")).build()?;
    /// io.of("/").local().emit("restarting", &"this server")?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// The other servers, unless only this one is meant or it is alone; and the namespace.
    fn others(&self) -> Option<(&dyn Adapter, &str)> {
        let adapter = self.io.0.adapter.as_deref().filter(|_| !self.local)?;
        Some((adapter, &self.space.as_ref()?.namespace.name))
    }

    /// Tells the other servers to do the same.
    fn publish(&self, command: impl FnOnce(Rooms) -> Command) {
        if let Some((adapter, namespace)) = self.others() {
            adapter.publish(namespace, command(self.target.for_others()));
        }
    }

    /// Sends an event with one argument, encoded once. Returns how many sockets it was queued for.
    ///
    /// Those of other servers, where there is an [`Adapter`](crate::Adapter), are not in that number.
    ///
    /// ```
    /// # let io = chinwag_socketio::SocketIo::builder().namespace(chinwag_socketio::Namespace::new("/")).build()?;
    /// let queued = io.of("/").to("lobby").emit("news", &serde_json::json!({ "text": "hello" }))?;
    /// assert_eq!(queued, 0, "nobody is there");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`EmitError`].
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> Result<usize, EmitError> {
        let space = self.space.as_ref().ok_or(EmitError::NamespaceUnknown)?;
        self.send(&Encoded::event(&space.namespace.name, event, payload)?)
    }

    /// Sends an event with a list of arguments: a tuple, an array, a `Vec`.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of("/").emit_all("said", &("ann", "hello"))?; // socket.on("said", (name, text) => …)
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EmitError`].
    pub fn emit_all<T: Serialize + ?Sized>(&self, event: &str, arguments: &T) -> Result<usize, EmitError> {
        let space = self.space.as_ref().ok_or(EmitError::NamespaceUnknown)?;
        self.send(&Encoded::event_all(&space.namespace.name, event, arguments)?)
    }

    /// Sends an event that is encoded already. Returns how many sockets of this server it was queued for; a socket
    /// whose outbox is full is disconnected instead.
    ///
    /// It is queued before this returns, so what is sent afterwards arrives afterwards; it is written by others.
    ///
    /// ```
    /// # use chinwag_socketio::{Encoded, Namespace, SocketIo};
    /// # let io = SocketIo::builder().namespace(Namespace::new("/")).build()?;
    /// let packet = Encoded::event("/", "tick", &1)?;
    /// for room in ["kitchen", "hall"] {
    ///     io.of("/").to(room).send(&packet)?;
    /// }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`EmitError`].
    pub fn send(&self, packet: &Encoded) -> Result<usize, EmitError> {
        let space = self.space.as_ref().ok_or(EmitError::NamespaceUnknown)?;
        if *packet.namespace() != *space.namespace.name {
            return Err(EmitError::OtherNamespace);
        }
        let queued = space.send(self.io.engine(), &self.target, packet, self.flags);
        let Flags { volatile, uncompressed, .. } = self.flags;
        self.publish(|to| Command::Emit { to, packet: packet.clone(), volatile, compress: !uncompressed });
        Ok(queued)
    }

    /// Puts all of them into a room.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of("/").in_("user:7").join("room:3"); // all tabs of somebody, on all servers
    /// # }
    /// ```
    pub fn join(&self, room: impl AsRef<str>) {
        let room = room.as_ref();
        // Nobody comes or goes meanwhile.
        let mut log = self.space.as_ref().and_then(|space| space.log());
        if let Some(log) = &mut log {
            log.change_gone(&self.target, |stays, next, _| stays.join(&room.into(), next));
        }
        let sockets = self.sockets();
        sockets.iter().for_each(|socket| socket.join_under(room, log.as_deref()));
        drop(log);
        self.publish(|of| Command::Join { of, rooms: vec![room.to_owned()] });
    }

    /// Takes all of them out of a room. Nothing that is sent to that room after this call returns reaches them.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of("/").in_("user:7").leave("room:3");
    /// # }
    /// ```
    pub fn leave(&self, room: impl AsRef<str>) {
        let room = room.as_ref();
        let mut log = self.space.as_ref().and_then(|space| space.log());
        if let Some(log) = &mut log {
            log.change_gone(&self.target, |stays, next, first| stays.leave(room, next, first));
        }
        let sockets = self.sockets();
        sockets.iter().for_each(|socket| socket.leave_under(room, log.as_deref()));
        drop(log);
        self.publish(|of| Command::Leave { of, rooms: vec![room.to_owned()] });
    }

    /// Closes their connections so that they come back by themselves. See [`Closing`].
    ///
    /// ```
    /// # use chinwag_socketio::{Closing, SocketIo};
    /// # fn f(io: &SocketIo) {
    /// io.of("/").in_("shard:2").disconnect(&Closing::new("moved", 500));
    /// # }
    /// ```
    pub fn disconnect(&self, closing: &Closing) {
        self.sockets().iter().for_each(|socket| socket.disconnect(closing.clone()));
        self.publish(|of| Command::Disconnect { of, how: Farewell::Closing(closing.clone()) });
    }

    /// Closes their connections without a word.
    ///
    /// JavaScript clients come back by themselves, at once.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of("/").in_("stale").close();
    /// # }
    /// ```
    pub fn close(&self) {
        self.sockets().iter().for_each(Socket::close);
        self.publish(|of| Command::Disconnect { of, how: Farewell::Close });
    }

    /// Ends these sockets with a DISCONNECT packet. See [`Socket::kick`].
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of("/").in_("user:7").kick(); // signed out: nobody is to come back by themselves
    /// # }
    /// ```
    pub fn kick(&self) {
        let mut log = self.space.as_ref().and_then(|space| space.log());
        if let Some(log) = &mut log {
            log.forget_gone(&self.target);
        }
        let sockets = self.sockets();
        sockets.iter().for_each(|socket| socket.kick_under(log.as_deref_mut()));
        drop(log);
        self.publish(|of| Command::Disconnect { of, how: Farewell::Kick });
    }

    /// The sockets of this server that are meant at this moment.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// for socket in io.of("/").to("lobby").sockets() {
    ///     println!("{} is in {:?}", socket.id(), socket.rooms());
    /// }
    /// # }
    /// ```
    pub fn sockets(&self) -> Vec<Socket> {
        let mut sockets = Vec::new();
        if let Some(space) = &self.space {
            space.hub.walk(&self.target, |member: &Member| sockets.push(member.socket.clone()));
        }
        sockets
    }

    /// How many sockets of this server are meant at this moment.
    ///
    /// ```
    /// # let io = chinwag_socketio::SocketIo::builder().namespace(chinwag_socketio::Namespace::new("/")).build()?;
    /// assert_eq!(io.of("/").to("lobby").count(), 0);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn count(&self) -> usize {
        let mut count = 0;
        if let Some(space) = &self.space {
            space.hub.walk(&self.target, |_| count += 1);
        }
        count
    }
}
