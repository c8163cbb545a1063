//! One client in one namespace.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::adapter::RemoteSocket;
use crate::close::{Closing, DisconnectReason};
use crate::emitter::Emitter;
use crate::encoded::Encoded;
use crate::engine::{Conn, Flags};
use crate::handshake::Attached;
use crate::hub::Target;
use crate::id::{RecoveryId, SocketId};
use crate::io::{SocketIo, Space};
use crate::recovery::{Log, Stays};
use crate::socket_io::{self, EncodeError};

mod acks;
mod rooms;

use acks::Acks;
use rooms::Rooms;

/// One client in one namespace. Cheap to clone; it stays valid after the client is gone, and then does nothing.
///
/// ```
/// use chinwag_socketio::{Namespace, Socket};
///
/// Namespace::new("/").on("enter", |socket: Socket| async move {
///     socket.join("lobby");
///     let _ = socket.emit("entered", &"lobby");
///     let _ = socket.to("lobby").emit("somebody came", &socket.id());
/// })
/// # ;
/// ```
#[derive(Clone)]
pub struct Socket(Arc<Inner>);

struct Inner {
    id: SocketId,
    io: SocketIo,
    space: Arc<Space>,
    conn: Arc<Conn>,
    data: Attached,
    /// By what the client finds this again, if it may.
    recovery: Option<RecoveryId>,
    /// It was there before, and its client has come back.
    recovered: bool,
    /// 0 while connected, afterwards the [`DisconnectReason`].
    ended: AtomicU8,
    rooms: Mutex<Rooms>,
    acks: Mutex<Acks>,
}

/// How a socket begins.
pub(crate) struct Beginning {
    pub(crate) id: SocketId,
    pub(crate) data: Attached,
    /// By what the client finds it again, if it may.
    pub(crate) recovery: Option<RecoveryId>,
    /// Where it was before, if it was there before.
    pub(crate) stays: Option<Stays>,
}

impl Socket {
    /// In the namespace, and in the rooms where it was before.
    pub(crate) fn new(io: SocketIo, space: Arc<Space>, conn: Arc<Conn>, beginning: Beginning) -> Self {
        let Beginning { id, data, recovery, stays } = beginning;
        let recovered = stays.is_some();
        let names: Vec<Arc<str>> = stays.iter().flat_map(Stays::rooms).cloned().collect();
        let socket = Self(Arc::new(Inner {
            id,
            io,
            space,
            conn,
            data,
            recovery,
            recovered,
            ended: AtomicU8::new(0),
            // Complete before anybody can find the socket: their locks are not taken here.
            rooms: Mutex::new(Rooms::new(names.clone(), stays.unwrap_or_default())),
            acks: Mutex::default(),
        }));
        let hub = &socket.0.space.hub;
        hub.insert(&socket);
        for name in names {
            hub.join(&name, &socket);
        }
        socket
    }

    pub(crate) fn attached(&self) -> Attached {
        self.0.data.clone()
    }

    /// Whether the client was here before and has gone on where it was ([`Recovery`](crate::Recovery)): it is in the
    /// rooms that it was in, and is sent what it missed.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// if !socket.recovered() {
    ///     socket.join("lobby");
    /// }
    /// # }
    /// ```
    pub fn recovered(&self) -> bool {
        self.0.recovered
    }

    /// Queues an event for the client.
    pub(crate) fn send_event(&self, frames: Bytes, flags: Flags) {
        if self.0.recovery.is_some() || self.0.space.has_listeners() {
            self.send_encoded(&Encoded::from_frames(self.namespace(), frames), flags);
        } else if self.is_connected() {
            self.0.conn.send(|dialect| dialect.write(&frames), flags);
        }
    }

    /// Queues an event for the client, where clients may recover also while it is away.
    pub(crate) fn send_encoded(&self, packet: &Encoded, flags: Flags) {
        let space = &self.0.space;
        if *packet.namespace() != *self.namespace() {
            let (packet, socket) = (packet.namespace(), self.namespace());
            return tracing::error!(packet, socket, "a packet of another namespace");
        }
        let away = |recovery| space.log().is_some_and(|log| log.remembers(recovery));
        if self.0.recovery.is_some_and(|recovery| self.is_connected() || away(recovery)) {
            space.send(self.0.io.engine(), &Target::socket(self.0.id), packet, flags);
        } else if self.is_connected() {
            self.0.conn.send(|dialect| packet.frames(dialect), flags);
            if space.has_listeners() {
                space.tell(std::slice::from_ref(self), packet);
            }
        }
    }

    /// Sends events that are better dropped than late. See [`Emitter::volatile`].
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.volatile().emit("position", &(3, 4))?;
    /// # Ok(()) }
    /// ```
    pub fn volatile(&self) -> Emitter<'_> {
        Emitter::new(self).volatile()
    }

    /// Sends events compressed or not. See [`Emitter::compress`].
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.compress(false).emit("key", &"kAz8")?;
    /// # Ok(()) }
    /// ```
    pub fn compress(&self, compress: bool) -> Emitter<'_> {
        Emitter::new(self).compress(compress)
    }

    /// What other servers are told of it.
    pub(crate) fn describe(&self) -> RemoteSocket {
        let describe = &self.0.space.namespace.handlers.describe;
        RemoteSocket {
            id: self.0.id.to_string(),
            rooms: self.rooms().iter().map(|room| room.to_string()).collect(),
            peer_addr: self.0.conn.peer_addr(),
            data: describe.as_ref().map_or(Value::Null, |describe| describe(self)),
        }
    }

    pub(crate) fn conn(&self) -> &Arc<Conn> {
        &self.0.conn
    }

    pub(crate) fn space(&self) -> &Arc<Space> {
        &self.0.space
    }

    /// Queues frames for the client.
    pub(crate) fn push(&self, frames: Bytes) {
        if self.is_connected() {
            self.0.conn.push(frames);
        }
    }

    /// The public id. It is also the name of a room that this socket is in, and others may join.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EmitError> {
    /// let me = socket.id().to_string();
    /// socket.io().of(socket.namespace()).to(me).emit("just you", &())?;
    /// # Ok(()) }
    /// ```
    pub fn id(&self) -> SocketId {
        self.0.id
    }

    /// The name of the namespace.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> usize {
    /// socket.io().of(socket.namespace()).count()
    /// # }
    /// ```
    pub fn namespace(&self) -> &str {
        &self.0.space.namespace.name
    }

    /// The server that it is connected to.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// println!("{} are here", socket.io().of(socket.namespace()).count());
    /// # }
    /// ```
    pub fn io(&self) -> SocketIo {
        self.0.io.clone()
    }

    /// What the namespace's middleware attached; `None` if that is of another type.
    ///
    /// ```
    /// # struct User { name: String }
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// if let Some(user) = socket.data::<User>() {
    ///     println!("{} is {}", socket.id(), user.name);
    /// }
    /// # }
    /// ```
    pub fn data<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::downcast(self.0.data.clone()).ok()
    }

    /// Whether it has not been disconnected. What is sent to a disconnected socket is dropped.
    ///
    /// ```
    /// # async fn f(socket: chinwag_socketio::Socket) {
    /// while socket.is_connected() {
    ///     let _ = socket.volatile().emit("tick", &());
    ///     tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    /// }
    /// # }
    /// ```
    pub fn is_connected(&self) -> bool {
        self.0.ended.load(Ordering::Acquire) == 0
    }

    /// Why it was disconnected; `None` while it is connected.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// match socket.disconnect_reason() {
    ///     None => assert!(socket.is_connected()),
    ///     Some(reason) => println!("gone: {reason}"),
    /// }
    /// # }
    /// ```
    pub fn disconnect_reason(&self) -> Option<DisconnectReason> {
        DisconnectReason::from_u8(self.0.ended.load(Ordering::Acquire))
    }

    /// Sends an event with one argument. What is serialised already can be given as a
    /// [`RawValue`](serde_json::value::RawValue).
    ///
    /// Events arrive in the order in which they are sent. If the client is gone the event is dropped; if its outbox
    /// is full the client is disconnected ([`Builder::outbox_limit`](crate::Builder::outbox_limit)).
    ///
    /// Names that the protocol keeps for itself are not for events, and an error: `connect`, `connect_error`,
    /// `disconnect`, `disconnecting`, `newListener`, `removeListener`. JavaScript clients close their connection when one
    /// comes.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.emit("news", &serde_json::json!({ "text": "hello" }))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EncodeError`].
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> Result<(), EncodeError> {
        Emitter::new(self).emit(event, payload)
    }

    /// Sends an event with a list of arguments: a tuple, an array, a `Vec`.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) -> Result<(), chinwag_socketio::EncodeError> {
    /// socket.emit_all("said", &("ann", "hello"))?; // socket.on("said", (name, text) => …)
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`EncodeError`].
    pub fn emit_all<T: Serialize + ?Sized>(&self, event: &str, arguments: &T) -> Result<(), EncodeError> {
        Emitter::new(self).emit_all(event, arguments)
    }

    /// Sends an event that is encoded already. One of another namespace is dropped, with an error in the log.
    ///
    /// ```
    /// # use chinwag_socketio::{EncodeError, Encoded, Socket};
    /// # fn f(sockets: &[Socket]) -> Result<(), EncodeError> {
    /// let packet = Encoded::event("/", "tick", &1)?;
    /// sockets.iter().for_each(|socket| socket.send(&packet));
    /// # Ok(()) }
    /// ```
    pub fn send(&self, packet: &Encoded) {
        Emitter::new(self).send(packet);
    }

    /// Closes the client's connection, with all its namespaces, so that it comes back by itself. See [`Closing`].
    ///
    /// ```
    /// # use chinwag_socketio::{Closing, Socket};
    /// # fn f(socket: &Socket) {
    /// socket.disconnect(Closing::new("moved", 500));
    /// # }
    /// ```
    pub fn disconnect(&self, closing: Closing) {
        self.0.conn.request_close(DisconnectReason::ServerClose, Some(closing));
    }

    /// Closes the client's connection, with all its namespaces, without a word. JavaScript clients come back by
    /// themselves.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// socket.close();
    /// # }
    /// ```
    pub fn close(&self) {
        self.0.conn.request_close(DisconnectReason::ServerClose, None);
    }

    /// Ends this socket with a DISCONNECT packet. The connection stays; JavaScript clients do not join again by
    /// themselves.
    ///
    /// ```
    /// # fn f(socket: &chinwag_socketio::Socket) {
    /// let _ = socket.emit("signed out", &());
    /// socket.kick(); // after what was sent before
    /// # }
    /// ```
    pub fn kick(&self) {
        self.kick_under(self.0.space.log().as_deref_mut());
    }

    /// The same with the log locked.
    pub(crate) fn kick_under(&self, log: Option<&mut Log>) {
        // Said when nobody finds the socket any more: nothing may come after it.
        if self.end_under(DisconnectReason::ServerNamespace, log) {
            self.0.conn.push(socket_io::disconnect(self.namespace()));
            self.0.conn.wake();
        }
    }

    /// Takes the socket out of everything. `false` if that has been done already.
    pub(crate) fn end(&self, reason: DisconnectReason) -> bool {
        self.end_under(reason, self.0.space.log().as_deref_mut())
    }

    /// The same with the log locked.
    fn end_under(&self, reason: DisconnectReason, log: Option<&mut Log>) -> bool {
        if self.0.ended.compare_exchange(0, reason as u8, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return false;
        }
        self.leave_all(reason, log);
        self.forget_acks();
        true
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Socket {}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.0.id)
            .field("namespace", &self.namespace())
            .field("ended", &self.disconnect_reason())
            .finish()
    }
}
