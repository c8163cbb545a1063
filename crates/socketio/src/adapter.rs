//! What brings several servers together.
//!
//! Without an adapter a server is alone. With one, whatever is done to sockets that are chosen by rooms is done on the
//! other servers as well. What is done here is done first and whatever the adapter does: others that cannot be reached
//! cost nothing here.
//!
//! An adapter for servers of one process, as a model for others:
//!
//! ```
//! use std::sync::{Arc, Mutex, PoisonError};
//! use std::time::Duration;
//!
//! use chinwag_socketio::adapter::{Answers, Command, Question};
//! use chinwag_socketio::{Adapter, Local, Namespace, ServerEvent, SocketIo};
//! use futures_util::{StreamExt, stream};
//! use tokio::sync::mpsc;
//!
//! type Orders = mpsc::Sender<(String, Command)>;
//!
//! /// What all of them share: who is there, and where its orders go.
//! type Bus = Arc<Mutex<Vec<(usize, Local, Orders)>>>;
//!
//! struct End { number: usize, bus: Bus }
//!
//! impl End {
//!     fn others(&self) -> Vec<(Local, Orders)> {
//!         let servers = self.bus.lock().unwrap_or_else(PoisonError::into_inner);
//!         let others = servers.iter().filter(|(number, ..)| *number != self.number);
//!         others.map(|(_, local, orders)| (local.clone(), orders.clone())).collect()
//!     }
//! }
//!
//! impl Adapter for End {
//!     fn start(&self, local: Local) {
//!         // Bounded: a server that does not keep up misses what does not fit.
//!         let (orders, mut queue) = mpsc::channel::<(String, Command)>(1_000);
//!         self.bus.lock().unwrap_or_else(PoisonError::into_inner).push((self.number, local.clone(), orders));
//!         tokio::spawn(async move {
//!             while let Some((namespace, command)) = queue.recv().await {
//!                 local.apply(&namespace, command).await;
//!             }
//!         });
//!     }
//!
//!     fn publish(&self, namespace: &str, command: Command) {
//!         for (_, orders) in self.others() {
//!             let _ = orders.try_send((namespace.to_owned(), command.clone()));
//!         }
//!     }
//!
//!     fn ask(&self, namespace: &str, question: Question, timeout: Duration) -> Answers {
//!         let ask = |(local, _): (Local, Orders)| local.answer(namespace, question.clone(), timeout);
//!         stream::select_all(self.others().into_iter().map(ask)).boxed()
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bus = Bus::default();
//! let server = |number| {
//!     let namespace = Namespace::new("/").on_server_side("number", move |event: ServerEvent| async move {
//!         let _ = event.reply(&number);
//!     });
//!     SocketIo::builder().adapter(Arc::new(End { number, bus: bus.clone() })).namespace(namespace).build()
//! };
//! let (one, _two, _three) = (server(1)?, server(2)?, server(3)?);
//! let second = Duration::from_secs(1);
//! let mut answers = one.of("/").server_side_emit_with_ack::<usize, _>("number", &(), second).await?.replies;
//! answers.sort_by_key(|answer| answer.clone().ok());
//! assert_eq!(answers, [Ok(2), Ok(3)]);
//! # Ok(()) }
//! ```

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use serde_json::Value;

use crate::close::Closing;
use crate::encoded::Encoded;
use crate::local::Local;
use crate::socket_io::Arguments;

/// Answers of other servers, one after the other.
///
/// ```
/// use chinwag_socketio::adapter::Answers;
/// use futures_util::StreamExt;
///
/// fn nothing() -> Answers {
///     futures_util::stream::empty().boxed()
/// }
/// ```
pub type Answers = Pin<Box<dyn Stream<Item = Answer> + Send>>;

/// Brings what is done on one server to the others ([`Builder::adapter`](crate::Builder::adapter)).
///
/// Commands and questions of others go to the [`Local`] that [`Adapter::start`] is given.
///
/// The [module](self) has a whole one.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use chinwag_socketio::adapter::{Answers, Command, Question};
/// use chinwag_socketio::{Adapter, Local, Namespace, SocketIo};
/// use futures_util::{StreamExt, stream};
///
/// /// A server that is alone after all.
/// struct Alone;
///
/// impl Adapter for Alone {
///     fn start(&self, _: Local) {}
///
///     fn publish(&self, namespace: &str, command: Command) {
///         println!("nobody hears of {command:?} in {namespace}");
///     }
///
///     fn ask(&self, _: &str, _: Question, _: Duration) -> Answers {
///         stream::empty().boxed()
///     }
/// }
///
/// let io = SocketIo::builder().adapter(Arc::new(Alone)).namespace(Namespace::new("/")).build()?;
/// # Ok::<_, chinwag_socketio::BuildError>(())
/// ```
pub trait Adapter: Send + Sync + 'static {
    /// Called once, when the server is built: `local` carries out what others ask for.
    ///
    /// ```
    /// # use std::{sync::Mutex, time::Duration};
    /// # use chinwag_socketio::{Adapter, Local, adapter::{Answers, Command, Question}};
    /// # struct Bus { incoming: Mutex<Option<tokio::sync::mpsc::Receiver<(String, Command)>>> }
    /// # impl Adapter for Bus {
    /// fn start(&self, local: Local) {
    ///     let Some(mut incoming) = self.incoming.lock().unwrap().take() else { return };
    ///     // One task, so that commands are carried out in the order in which they came.
    ///     tokio::spawn(async move {
    ///         while let Some((namespace, command)) = incoming.recv().await {
    ///             local.apply(&namespace, command).await;
    ///         }
    ///     });
    /// }
    /// #     fn publish(&self, _: &str, _: Command) {}
    /// #     fn ask(&self, _: &str, _: Question, _: Duration) -> Answers { Box::pin(futures_util::stream::empty()) }
    /// # }
    /// ```
    fn start(&self, local: Local);

    /// Tells the other servers to do this in a namespace. It must not block nor wait: what cannot be sent at once is
    /// queued by the adapter, within bounds. Commands of one server are to arrive in their order.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Adapter, Local, adapter::{Answers, Command, Question}};
    /// # struct Bus { outgoing: tokio::sync::mpsc::Sender<(String, Command)> }
    /// # impl Adapter for Bus {
    /// fn publish(&self, namespace: &str, command: Command) {
    ///     // Whoever emits must not wait for the network.
    ///     if self.outgoing.try_send((namespace.to_owned(), command)).is_err() {
    ///         eprintln!("the others are too far behind, or away");
    ///     }
    /// }
    /// #     fn start(&self, _: Local) {}
    /// #     fn ask(&self, _: &str, _: Question, _: Duration) -> Answers { Box::pin(futures_util::stream::empty()) }
    /// # }
    /// ```
    fn publish(&self, namespace: &str, command: Command);

    /// Asks the other servers. The stream ends when all have answered, at the latest after `timeout`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Adapter, Local, adapter::{Answers, Command, Question}};
    /// # use futures_util::{StreamExt, stream};
    /// # struct Bus { others: Vec<Local> }
    /// # impl Adapter for Bus {
    /// fn ask(&self, namespace: &str, question: Question, timeout: Duration) -> Answers {
    ///     // All are asked at once, and their answers taken as they come.
    ///     let answers = self.others.iter().map(|other| other.answer(namespace, question.clone(), timeout));
    ///     stream::select_all(answers).boxed()
    /// }
    /// #     fn start(&self, _: Local) {}
    /// #     fn publish(&self, _: &str, _: Command) {}
    /// # }
    /// ```
    fn ask(&self, namespace: &str, question: Question, timeout: Duration) -> Answers;

    /// This server has this namespace from now on: it answers questions about it, and counts as one of those who do.
    ///
    /// Called for each namespace that has a name of its own right after [`Adapter::start`], and for one of a pattern when it
    /// comes into being. That is under a lock, like [`Adapter::closed`], so that the two come in order: it must return at
    /// once, and not call the server.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Adapter, Local, adapter::{Answers, Command, Question}};
    /// # struct Bus { subscriptions: tokio::sync::mpsc::UnboundedSender<(bool, String)> }
    /// # impl Adapter for Bus {
    /// fn opened(&self, namespace: &str) {
    ///     let _ = self.subscriptions.send((true, namespace.to_owned()));
    /// }
    /// #     fn start(&self, _: Local) {}
    /// #     fn publish(&self, _: &str, _: Command) {}
    /// #     fn ask(&self, _: &str, _: Question, _: Duration) -> Answers { Box::pin(futures_util::stream::empty()) }
    /// # }
    /// ```
    fn opened(&self, namespace: &str) {
        let _ = namespace;
    }

    /// A namespace of a pattern is gone.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Adapter, Local, adapter::{Answers, Command, Question}};
    /// # struct Bus { subscriptions: tokio::sync::mpsc::UnboundedSender<(bool, String)> }
    /// # impl Adapter for Bus {
    /// fn closed(&self, namespace: &str) {
    ///     // Through the same queue as in `opened`, so that the last of the two counts.
    ///     let _ = self.subscriptions.send((false, namespace.to_owned()));
    /// }
    /// #     fn start(&self, _: Local) {}
    /// #     fn publish(&self, _: &str, _: Command) {}
    /// #     fn ask(&self, _: &str, _: Question, _: Duration) -> Answers { Box::pin(futures_util::stream::empty()) }
    /// # }
    /// ```
    fn closed(&self, namespace: &str) {
        let _ = namespace;
    }

    /// The first socket of this server has joined this room: adapters that listen to each room by itself begin to.
    ///
    /// Called under a lock, like [`Adapter::left`], so that the two come in order: it must return at once, and not call
    /// the server.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Adapter, Local, adapter::{Answers, Command, Question}};
    /// # struct Bus { subscriptions: tokio::sync::mpsc::UnboundedSender<(bool, String)> }
    /// # impl Adapter for Bus {
    /// fn joined(&self, namespace: &str, room: &str) {
    ///     // A task of the adapter's own subscribes to the channel of the room.
    ///     let _ = self.subscriptions.send((true, format!("{namespace}#{room}")));
    /// }
    /// #     fn start(&self, _: Local) {}
    /// #     fn publish(&self, _: &str, _: Command) {}
    /// #     fn ask(&self, _: &str, _: Question, _: Duration) -> Answers { Box::pin(futures_util::stream::empty()) }
    /// # }
    /// ```
    fn joined(&self, namespace: &str, room: &str) {
        let _ = (namespace, room);
    }

    /// The last socket of this server has left this room.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chinwag_socketio::{Adapter, Local, adapter::{Answers, Command, Question}};
    /// # struct Bus { subscriptions: tokio::sync::mpsc::UnboundedSender<(bool, String)> }
    /// # impl Adapter for Bus {
    /// fn left(&self, namespace: &str, room: &str) {
    ///     // Through the same queue as in `joined`, so that the last of the two counts.
    ///     let _ = self.subscriptions.send((false, format!("{namespace}#{room}")));
    /// }
    /// #     fn start(&self, _: Local) {}
    /// #     fn publish(&self, _: &str, _: Command) {}
    /// #     fn ask(&self, _: &str, _: Question, _: Duration) -> Answers { Box::pin(futures_util::stream::empty()) }
    /// # }
    /// ```
    fn left(&self, namespace: &str, room: &str) {
        let _ = (namespace, room);
    }
}

/// Whom something is meant for: everybody in one of `rooms`, or in the namespace if there are none, but nobody in one of
/// `except`. A socket is in the room of its own id.
///
/// ```
/// use chinwag_socketio::adapter::Rooms;
///
/// let all = Rooms::default();
/// let guests = Rooms { rooms: vec!["lobby".into()], except: vec!["members".into()] };
/// assert!(all.rooms.is_empty() && guests.rooms.len() == 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rooms {
    /// Who is in one of these is meant.
    pub rooms: Vec<String>,
    /// Who is in one of these is not.
    pub except: Vec<String>,
}

/// What a server is to do.
///
/// ```
/// use chinwag_socketio::adapter::{Command, Rooms};
///
/// let everybody = Rooms::default();
/// let command = Command::Join { of: everybody, rooms: vec!["lobby".into()] };
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Command {
    /// Send an event.
    Emit {
        /// To whom.
        to: Rooms,
        /// The event.
        packet: Encoded,
        /// Better dropped than late.
        volatile: bool,
        /// Whether it may be compressed.
        compress: bool,
    },
    /// Put sockets into rooms.
    Join {
        /// Which sockets.
        of: Rooms,
        /// Into these rooms.
        rooms: Vec<String>,
    },
    /// Take sockets out of rooms.
    Leave {
        /// Which sockets.
        of: Rooms,
        /// Out of these rooms.
        rooms: Vec<String>,
    },
    /// End sockets.
    Disconnect {
        /// Which sockets.
        of: Rooms,
        /// How.
        how: Farewell,
    },
    /// Handle an event that a server sent to the others ([`Broadcast::server_side_emit`](crate::Broadcast::server_side_emit)).
    ServerSideEmit {
        /// Its name.
        event: String,
        /// Its arguments.
        arguments: Arguments,
    },
}

/// How sockets are ended.
///
/// ```
/// use chinwag_socketio::Closing;
/// use chinwag_socketio::adapter::{Command, Farewell, Rooms};
///
/// let how = Farewell::Closing(Closing::new("moved", 500));
/// let command = Command::Disconnect { of: Rooms::default(), how };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Farewell {
    /// As by [`Socket::disconnect`](crate::Socket::disconnect).
    Closing(Closing),
    /// As by [`Socket::close`](crate::Socket::close).
    Close,
    /// As by [`Socket::kick`](crate::Socket::kick).
    Kick,
    /// As by [`Socket::kick`](crate::Socket::kick), and the connection is closed after that: what `disconnectSockets(true)`
    /// is on Node. Nothing here asks for it; it is for adapters that share a cluster with Node.
    KickAndClose,
}

/// What a server is asked.
///
/// ```
/// use chinwag_socketio::adapter::{Question, Rooms};
///
/// let who_is_in_the_lobby = Question::Sockets { of: Rooms { rooms: vec!["lobby".into()], except: vec![] } };
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Question {
    /// Which sockets are there? Answered by an [`Answer::Socket`] each.
    Sockets {
        /// Which of them.
        of: Rooms,
    },
    /// What do clients say to this event? Answered by one [`Answer::Receivers`], then an [`Answer::Acknowledged`] for
    /// each client that acknowledges in time.
    EmitWithAck {
        /// To whom it is sent.
        to: Rooms,
        /// The event.
        packet: Encoded,
        /// Those who are behind are not asked.
        volatile: bool,
        /// Whether it may be compressed.
        compress: bool,
    },
    /// Which rooms are there, those of sockets' own ids left out? Answered by an [`Answer::Room`] each.
    Rooms,
    /// What does the server itself say to this event? Answered by one [`Answer::Acknowledged`], if it says anything.
    ServerSideEmit {
        /// Its name.
        event: String,
        /// Its arguments.
        arguments: Arguments,
    },
}

/// What a server says.
///
/// ```
/// use chinwag_socketio::adapter::Answer;
///
/// fn room(answer: Answer) -> Option<String> {
///     match answer {
///         Answer::Room(name) => Some(name),
///         _ => None,
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Answer {
    /// A socket.
    Socket(RemoteSocket),
    /// So many clients were asked.
    Receivers(usize),
    /// What one of them said, or the server itself.
    Acknowledged(Arguments),
    /// A room.
    Room(String),
}

/// A socket of any server, as it was when it was asked for.
///
/// ```
/// use chinwag_socketio::{RemoteSocket, SocketIo};
///
/// /// Ends a socket, wherever it is.
/// fn end(io: &SocketIo, socket: &RemoteSocket) {
///     io.of("/").in_(&*socket.id).kick();
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteSocket {
    /// Its id. Other kinds of servers may have ids of another form.
    pub id: String,
    /// The rooms that it is in, that of its own id left out.
    pub rooms: Vec<String>,
    /// The address of its client, if known.
    pub peer_addr: Option<SocketAddr>,
    /// What [`Namespace::describe`](crate::Namespace::describe) says of it; `null` without that.
    pub data: Value,
}

/// The adapter of a server, if it has one.
pub(crate) type AnyAdapter = Option<Arc<dyn Adapter>>;
