//! Sending to all namespaces of a pattern.

use serde::Serialize;

use crate::broadcast::{Broadcast, EmitError};
use crate::close::Closing;
use crate::socket::Socket;

/// The namespaces of a pattern ([`Namespace::matching`](crate::Namespace::matching)) that are there when
/// [`SocketIo::of_all`](crate::SocketIo::of_all) is called, to do something with everybody in them. What is not to be
/// done alike in all of them is done one by one: it is an iterator of [`Broadcast`]s.
///
/// ```
/// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
/// io.of_all("games").to("players").emit("pause", &"The server restarts soon.")?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is sent yet"]
pub struct Children(Option<Vec<Broadcast>>);

impl Children {
    /// `None` if there is no such pattern.
    pub(crate) fn new(children: Option<Vec<Broadcast>>) -> Self {
        Self(children)
    }

    fn each(self, change: impl Fn(Broadcast) -> Broadcast) -> Self {
        Self(self.0.map(|children| children.into_iter().map(change).collect()))
    }

    /// Also those in the room of this name in each namespace. Without any, everybody is meant.
    ///
    /// ```
    /// # use chinwag_socketio::{EmitError, SocketIo};
    /// # fn f(io: &SocketIo) -> Result<(), EmitError> {
    /// io.of_all("games").to("players").except("spectators").volatile().emit("tick", &1)?;
    /// # Ok(()) }
    /// ```
    pub fn to(self, room: impl Into<String>) -> Self {
        let room = room.into();
        self.each(|child| child.to(room.clone()))
    }

    /// The same as [`Children::to`].
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of_all("games").in_("idle").close(); // reads better where nothing is sent
    /// # }
    /// ```
    pub fn in_(self, room: impl Into<String>) -> Self {
        self.to(room)
    }

    /// Nobody who is in the room of this name, or has this socket id.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of_all("games").except("spectators").emit("your turn", &())?;
    /// # Ok(()) }
    /// ```
    pub fn except(self, room: impl Into<String>) -> Self {
        let room = room.into();
        self.each(|child| child.except(room.clone()))
    }

    /// Better dropped than late ([`Broadcast::volatile`]).
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of_all("games").volatile().emit("clock", &17)?;
    /// # Ok(()) }
    /// ```
    pub fn volatile(self) -> Self {
        self.each(Broadcast::volatile)
    }

    /// Whether the event may be compressed ([`Broadcast::compress`]).
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of_all("games").compress(false).emit("thumbnail", &chinwag_socketio::Binary::from(vec![0xff, 0xd8]))?;
    /// # Ok(()) }
    /// ```
    pub fn compress(self, compress: bool) -> Self {
        self.each(|child| child.compress(compress))
    }

    /// Only sockets of this server ([`Broadcast::local`]).
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of_all("games").local().emit("restarting", &"this server")?;
    /// # Ok(()) }
    /// ```
    pub fn local(self) -> Self {
        self.each(Broadcast::local)
    }

    /// Sends an event with one argument, encoded once for each namespace. Returns how many sockets it was queued for.
    ///
    /// ```
    /// # use chinwag_socketio::{EmitError, Namespace, SocketIo};
    /// let games = Namespace::matching("games", |name| name.starts_with("/game-"));
    /// let io = SocketIo::builder().namespace(games).build()?;
    /// assert_eq!(io.of_all("games").emit("pause", &())?, 0, "nobody plays");
    /// assert!(matches!(io.of_all("other").emit("pause", &()), Err(EmitError::NamespaceUnknown)));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`EmitError`]; a pattern that does not exist is `NamespaceUnknown`.
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, payload: &T) -> Result<usize, EmitError> {
        self.known()?.iter().map(|child| child.emit(event, payload)).sum()
    }

    /// Sends an event with a list of arguments: a tuple, an array, a `Vec`.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) -> Result<(), chinwag_socketio::EmitError> {
    /// io.of_all("games").emit_all("score", &("ann", 3))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Children::emit`].
    pub fn emit_all<T: Serialize + ?Sized>(&self, event: &str, arguments: &T) -> Result<usize, EmitError> {
        self.known()?.iter().map(|child| child.emit_all(event, arguments)).sum()
    }

    /// Puts all who are meant into the room of this name in their namespace.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of_all("games").to("players").join("warned");
    /// # }
    /// ```
    pub fn join(&self, room: impl AsRef<str>) {
        self.0.iter().flatten().for_each(|child| child.join(room.as_ref()));
    }

    /// Takes all who are meant out of the room of this name in their namespace.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of_all("games").leave("warned");
    /// # }
    /// ```
    pub fn leave(&self, room: impl AsRef<str>) {
        self.0.iter().flatten().for_each(|child| child.leave(room.as_ref()));
    }

    /// Ends the sockets of all who are meant with a DISCONNECT packet. See [`Socket::kick`].
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of_all("games").in_("cheaters").kick();
    /// # }
    /// ```
    pub fn kick(&self) {
        self.0.iter().flatten().for_each(Broadcast::kick);
    }

    /// Closes the connections of all who are meant without a word. See [`Broadcast::close`].
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// io.of_all("games").in_("stale").close();
    /// # }
    /// ```
    pub fn close(&self) {
        self.0.iter().flatten().for_each(Broadcast::close);
    }

    /// Closes the connections of all who are meant so that they come back by themselves. See [`Closing`].
    ///
    /// ```
    /// # use chinwag_socketio::{Closing, SocketIo};
    /// # fn f(io: &SocketIo) {
    /// io.of_all("games").disconnect(&Closing::new("games_restart", 1_000));
    /// # }
    /// ```
    pub fn disconnect(&self, closing: &Closing) {
        self.0.iter().flatten().for_each(|child| child.disconnect(closing));
    }

    /// The sockets that are meant at this moment.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// for socket in io.of_all("games").sockets() {
    ///     println!("{} plays {}", socket.id(), socket.namespace());
    /// }
    /// # }
    /// ```
    pub fn sockets(&self) -> Vec<Socket> {
        self.0.iter().flatten().flat_map(Broadcast::sockets).collect()
    }

    /// How many sockets are meant at this moment.
    ///
    /// ```
    /// # fn f(io: &chinwag_socketio::SocketIo) {
    /// println!("{} people play", io.of_all("games").count());
    /// # }
    /// ```
    pub fn count(&self) -> usize {
        self.0.iter().flatten().map(Broadcast::count).sum()
    }

    fn known(&self) -> Result<&[Broadcast], EmitError> {
        self.0.as_deref().ok_or(EmitError::NamespaceUnknown)
    }
}

impl IntoIterator for Children {
    type Item = Broadcast;
    type IntoIter = std::vec::IntoIter<Broadcast>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.unwrap_or_default().into_iter()
    }
}
