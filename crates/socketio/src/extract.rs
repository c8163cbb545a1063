//! What handlers take: each parameter is read from the event by its type.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::ack::Ack;
use crate::binary;
use crate::io::SocketIo;
use crate::rejection::Rejection;
use crate::socket::Socket;
use crate::socket_io::Arguments;

/// An event on its way to its handler.
///
/// ```
/// use chinwag_socketio::{Event, Namespace};
///
/// Namespace::new("/").on_any(|event: &Event| {
///     println!("{} from {}: {}", event.name(), event.socket().id(), event.arguments().to_json());
/// })
/// # ;
/// ```
#[derive(Debug)]
pub struct Event {
    pub(crate) socket: Socket,
    pub(crate) name: Bytes,
    pub(crate) arguments: Arguments,
    pub(crate) ack: Option<u64>,
}

impl Event {
    /// The socket that it came from.
    ///
    /// ```
    /// # fn f(event: &chinwag_socketio::Event) {
    /// println!("from {}", event.socket().id());
    /// # }
    /// ```
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Its name.
    ///
    /// ```
    /// # fn f(event: &chinwag_socketio::Event) -> bool {
    /// event.name().starts_with("admin:")
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or_default()
    }

    /// Its arguments.
    ///
    /// ```
    /// # fn f(event: &chinwag_socketio::Event) {
    /// println!("{} bytes", event.arguments().size());
    /// # }
    /// ```
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// The acknowledgement, to be taken by one extractor; the others get an empty one.
    ///
    /// ```
    /// # use chinwag_socketio::{Ack, Event, FromEvent, Rejection};
    /// struct Answer(Ack);
    ///
    /// impl FromEvent for Answer {
    ///     fn from_event(event: &mut Event) -> Result<Self, Rejection> {
    ///         Ok(Self(event.take_ack()))
    ///     }
    /// }
    /// ```
    pub fn take_ack(&mut self) -> Ack {
        Ack::new(self.socket.clone(), self.ack.take())
    }
}

/// A type of parameter that a [`Handler`](crate::Handler) can take.
///
/// There are [`Socket`], [`SocketIo`], [`Ack`], [`Payload`], [`AllPayloads`], [`RawArguments`], [`EventName`],
/// [`Data`] and [`State`]. An application may add its own:
///
/// ```
/// use chinwag_socketio::{Event, FromEvent, Namespace, Rejection, Reply};
///
/// struct User { name: String, admin: bool }
///
/// /// The sender, who must be an administrator.
/// struct Admin(String);
///
/// impl FromEvent for Admin {
///     fn from_event(event: &mut Event) -> Result<Self, Rejection> {
///         match event.socket().data::<User>() {
///             Some(user) if user.admin => Ok(Self(user.name.clone())),
///             _ => Err(Rejection::new("forbidden", "Only administrators may do that.")),
///         }
///     }
/// }
///
/// Namespace::new("/").on("sweep", |Admin(name): Admin| async move { Reply(format!("done, {name}")) })
/// # ;
/// ```
pub trait FromEvent: Sized {
    /// Reads it from the event.
    ///
    /// ```
    /// # use chinwag_socketio::{Event, FromEvent, Rejection};
    /// /// The room that the first argument names, which the sender must be in.
    /// struct Room(String);
    ///
    /// impl FromEvent for Room {
    ///     fn from_event(event: &mut Event) -> Result<Self, Rejection> {
    ///         let room: String = event.arguments().first()?;
    ///         let inside = event.socket().rooms().iter().any(|joined| **joined == *room);
    ///         if inside { Ok(Self(room)) } else { Err(Rejection::new("not_inside", "You are not in that room.")) }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// The event does not have it. The handler is then not called, and the sender gets the error as the
    /// acknowledgement, if it asked for one.
    fn from_event(event: &mut Event) -> Result<Self, Rejection>;

    /// The type of [`State`] that must have been given to the builder, and its name.
    ///
    /// ```
    /// # use std::any::TypeId;
    /// # use chinwag_socketio::{BuildError, Event, FromEvent, Namespace, Rejection, SocketIo, State};
    /// struct App { greeting: String }
    /// struct Greeting(String);
    ///
    /// impl FromEvent for Greeting {
    ///     fn from_event(event: &mut Event) -> Result<Self, Rejection> {
    ///         Ok(Self(State::<App>::from_event(event)?.0.greeting.clone()))
    ///     }
    ///
    ///     // So that it is found when the server is built, not when the first event comes, that it is missing.
    ///     fn state() -> Option<(TypeId, &'static str)> {
    ///         State::<App>::state()
    ///     }
    /// }
    ///
    /// let namespace = Namespace::new("/").on("hello", async |Greeting(_): Greeting| ());
    /// assert!(matches!(SocketIo::builder().namespace(namespace).build(), Err(BuildError::StateMissing(_))));
    /// ```
    fn state() -> Option<(TypeId, &'static str)> {
        None
    }
}

/// The first argument of the event, read by serde. Binary attachments are read as [`Binary`](crate::Binary).
///
/// An event without arguments is read as `null`, so that `Payload<Option<T>>` and `Payload<()>` take it. Further
/// arguments are ignored.
///
/// ```
/// use chinwag_socketio::{Namespace, Payload, Reply};
///
/// #[derive(serde::Deserialize)]
/// struct Post { room: String, text: String }
///
/// // socket.emit("post", { room: "lobby", text: "hello" }, callback)
/// Namespace::new("/").on("post", |Payload(post): Payload<Post>| async move {
///     Reply(format!("{} bytes for {}", post.text.len(), post.room))
/// })
/// # ;
/// ```
#[derive(Debug, Clone)]
pub struct Payload<T>(pub T);

/// All arguments of the event, read by serde as a tuple or a list. Arguments beyond a tuple's are ignored.
///
/// ```
/// use chinwag_socketio::{AllPayloads, Namespace, Reply};
///
/// // socket.emit("add", 1, 2, callback)
/// Namespace::new("/").on("add", |AllPayloads((a, b)): AllPayloads<(i64, i64)>| async move { Reply(a + b) })
/// # ;
/// ```
#[derive(Debug, Clone)]
pub struct AllPayloads<T>(pub T);

/// What the application gave to [`Builder::state`](crate::Builder::state).
///
/// A server whose handlers take a type that was not given is not built.
///
/// ```
/// use std::sync::Arc;
/// use chinwag_socketio::{BuildError, Namespace, Reply, SocketIo, State};
///
/// struct App { version: u32 }
///
/// let namespace = || Namespace::new("/").on("version", |State(app): State<App>| async move { Reply(app.version) });
/// assert!(SocketIo::builder().namespace(namespace()).state(Arc::new(App { version: 3 })).build().is_ok());
/// let missing = SocketIo::builder().namespace(namespace()).build();
/// assert!(matches!(missing, Err(BuildError::StateMissing(_))));
/// ```
#[derive(Debug)]
pub struct State<T>(pub Arc<T>);

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What the namespace's middleware attached to the socket ([`Namespace::connect`](crate::Namespace::connect)).
///
/// An event whose handler takes another type than that is rejected as `internal`, with an error in the log.
///
/// ```
/// use std::sync::Arc;
/// use chinwag_socketio::{ConnectError, Data, Handshake, Namespace, Reply};
///
/// struct User { name: String }
///
/// Namespace::new("/")
///     .connect(async |_: Handshake| Ok::<_, ConnectError>(Arc::new(User { name: "ann".into() })))
///     .on("who am i", |Data(user): Data<User>| async move { Reply(user.name.clone()) })
/// # ;
/// ```
#[derive(Debug)]
pub struct Data<T>(pub Arc<T>);

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The name of the event, for handlers of unknown events.
///
/// ```
/// use chinwag_socketio::{EventName, Namespace};
///
/// Namespace::new("/").on_unknown(|EventName(name): EventName| async move { println!("what is {name:?}?") })
/// # ;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventName(pub String);

/// All arguments of the event as they came, to be passed on: `socket.emit_all("copy", &arguments)`.
///
/// As a list of arguments it is written back with its attachments. It cannot be part of another value if it has
/// attachments.
///
/// ```
/// use chinwag_socketio::{Namespace, RawArguments, Socket};
///
/// Namespace::new("/").on("echo", |socket: Socket, arguments: RawArguments| async move {
///     let _ = socket.emit_all("echo", &arguments);
/// })
/// # ;
/// ```
#[derive(Debug, Clone)]
pub struct RawArguments(Arguments);

impl RawArguments {
    /// The arguments.
    ///
    /// ```
    /// # use chinwag_socketio::RawArguments;
    /// # use chinwag_socketio::socket_io::Arguments;
    /// let arguments = RawArguments::from(Arguments::from_json("[1, 2]", vec![])?);
    /// assert_eq!(arguments.get().all::<Vec<u8>>()?, [1, 2]);
    /// # Ok::<_, chinwag_socketio::PayloadError>(())
    /// ```
    pub fn get(&self) -> &Arguments {
        &self.0
    }
}

impl From<Arguments> for RawArguments {
    fn from(arguments: Arguments) -> Self {
        Self(arguments)
    }
}

impl Serialize for RawArguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !binary::adopt(self.0.attachments()) {
            return Err(serde::ser::Error::custom("arguments with attachments must be the whole list"));
        }
        RawValue::from_string(self.0.to_json()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromEvent for Socket {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        Ok(event.socket.clone())
    }
}

impl FromEvent for SocketIo {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        Ok(event.socket.io())
    }
}

impl FromEvent for Ack {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        Ok(event.take_ack())
    }
}

impl FromEvent for EventName {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        Ok(Self(event.name().to_owned()))
    }
}

impl FromEvent for RawArguments {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        Ok(Self(event.arguments.clone()))
    }
}

impl<T: DeserializeOwned> FromEvent for Payload<T> {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        Ok(Self(event.arguments.first()?))
    }
}

impl<T: DeserializeOwned> FromEvent for AllPayloads<T> {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        Ok(Self(event.arguments.all()?))
    }
}

impl<T: Send + Sync + 'static> FromEvent for Data<T> {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        event.socket.data().map(Self).ok_or_else(|| {
            tracing::error!(wanted = std::any::type_name::<T>(), "the socket carries other data");
            Rejection::internal()
        })
    }
}

impl<T: Send + Sync + 'static> FromEvent for State<T> {
    fn from_event(event: &mut Event) -> Result<Self, Rejection> {
        // `Builder::build` has checked that it is there.
        event.socket.io().state().map(Self).ok_or_else(Rejection::internal)
    }

    fn state() -> Option<(TypeId, &'static str)> {
        Some((TypeId::of::<T>(), std::any::type_name::<T>()))
    }
}
