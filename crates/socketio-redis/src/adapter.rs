//! The adapter as the application and the engine see it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chinwag_socketio::adapter::{Answers, Command, Question};
use chinwag_socketio::{Adapter, Local};
use redis::{Client, IntoConnectionInfo, ProtocolVersion};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::asked::Asked;
use crate::inbox::{Inbox, Incoming};
use crate::namespaces::Namespaces;
use crate::outbox::{Outbox, Outgoing};
use crate::shared::Shared;
use crate::totals::{Counters, Totals};
use crate::wire::{Ask, Broadcast, Request};
use crate::{asking, incoming, link};

/// Brings a server together with all others that use the same Redis and key.
///
/// It is for one server ([`Builder::adapter`](chinwag_socketio::Builder::adapter)), and begins when that is built. When it
/// is dropped, with the server and every clone of the `Arc`, the connection to Redis is closed.
///
/// ```no_run
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use chinwag_socketio::{Namespace, SocketIo};
/// use chinwag_socketio_redis::RedisAdapter;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let adapter = Arc::new(RedisAdapter::new("redis://127.0.0.1:6379")?);
/// let io = SocketIo::builder().adapter(adapter.clone()).namespace(Namespace::new("/")).build()?;
/// io.of("/").to("lobby").emit("news", &"to everybody in the lobby, whichever server they are on")?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct RedisAdapter {
    shared: Arc<Shared>,
    runtime: Handle,
    tasks: Mutex<Tasks>,
}

/// What is running, or what is to run.
#[derive(Debug)]
struct Tasks {
    /// Ends when the adapter does.
    running: JoinSet<()>,
    waiting: Option<Waiting>,
}

/// What the tasks are given when they begin.
#[derive(Debug)]
struct Waiting {
    outgoing: mpsc::Receiver<Outgoing>,
    inbox: Inbox,
    incoming: mpsc::Receiver<Incoming>,
}

/// Settings of a [`RedisAdapter`].
///
/// ```no_run
/// use chinwag_socketio_redis::RedisAdapter;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), chinwag_socketio_redis::BuildError> {
/// let adapter = RedisAdapter::builder("rediss://:secret@redis.example.org").key("shop").build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "nothing is built yet"]
pub struct Builder {
    /// It may have a password in it.
    url: String,
    key: String,
    specific_responses: bool,
}

/// An adapter that cannot be.
///
/// ```
/// use chinwag_socketio_redis::{BuildError, RedisAdapter};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert!(matches!(RedisAdapter::new("http://127.0.0.1"), Err(BuildError::Url(_))));
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The URL is none of Redis. The sentence says what is wrong with it.
    #[error("not a URL of Redis: {0}")]
    Url(String),
    /// It is not built within a runtime of tokio, where its tasks could run.
    #[error("there is no runtime of tokio here")]
    NoRuntime,
    /// The system gives no random bytes, by which servers tell each other apart.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl Builder {
    /// What the names of channels begin with: servers and emitters of one cluster have it in common, and several clusters
    /// can share one Redis by it. Default: `socket.io`, as on Node.
    ///
    /// ```no_run
    /// # fn f(builder: chinwag_socketio_redis::Builder) -> chinwag_socketio_redis::Builder {
    /// builder.key("shop") // createAdapter(pub, sub, { key: "shop" })
    /// # }
    /// ```
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Whether answers go to the server that asked alone, `publishOnSpecificResponseChannel` on Node. It spares the
    /// others work where much is asked; all of them must be of version 8 of the adapter, or of this one. What others
    /// answer here is understood in either way. Default: false, as on Node.
    ///
    /// ```no_run
    /// # fn f(builder: chinwag_socketio_redis::Builder) -> chinwag_socketio_redis::Builder {
    /// builder.specific_responses(true)
    /// # }
    /// ```
    pub fn specific_responses(mut self, specific: bool) -> Self {
        self.specific_responses = specific;
        self
    }

    /// The adapter. Redis need not be there yet.
    ///
    /// ```no_run
    /// # fn f(builder: chinwag_socketio_redis::Builder) -> Result<(), chinwag_socketio_redis::BuildError> {
    /// let adapter = builder.build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self) -> Result<RedisAdapter, BuildError> {
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let url = |error: redis::RedisError| BuildError::Url(error.to_string());
        let info = self.url.into_connection_info().map_err(url)?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(url)?;
        let uid = getrandom::u64().map_err(|_| BuildError::NoRandomness)?;
        let counters = Arc::<Counters>::default();
        let (outbox, outgoing) = Outbox::new(counters.clone());
        let (inbox, incoming) = Inbox::new(counters.clone());
        let shared = Shared {
            client,
            namespaces: Namespaces::new(self.key, format!("{uid:016x}")),
            outbox,
            asked: Asked::default(),
            counters,
            connected: watch::Sender::new(false),
            specific_responses: self.specific_responses,
        };
        let waiting = Some(Waiting { outgoing, inbox, incoming });
        let tasks = Mutex::new(Tasks { running: JoinSet::new(), waiting });
        Ok(RedisAdapter { shared: Arc::new(shared), runtime, tasks })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("key", &self.key).finish_non_exhaustive()
    }
}

impl RedisAdapter {
    /// An adapter with the default settings for a server at `redis://` or, with TLS, `rediss://`; user and password are
    /// part of the URL.
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), chinwag_socketio_redis::BuildError> {
    /// let adapter = chinwag_socketio_redis::RedisAdapter::new("redis://user:secret@redis.example.org:6379")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn new(url: impl Into<String>) -> Result<Self, BuildError> {
        Self::builder(url).build()
    }

    /// Begins an adapter with other settings.
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), chinwag_socketio_redis::BuildError> {
    /// # use chinwag_socketio_redis::RedisAdapter;
    /// let adapter = RedisAdapter::builder("redis://127.0.0.1").key("shop").build()?;
    /// # Ok(()) }
    /// ```
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder { url: url.into(), key: "socket.io".to_owned(), specific_responses: false }
    }

    /// Whether Redis is there, and what others send is heard.
    ///
    /// ```no_run
    /// # fn f(adapter: &chinwag_socketio_redis::RedisAdapter) {
    /// if !adapter.is_connected() {
    ///     println!("this server serves its own clients; what others send is missed");
    /// }
    /// # }
    /// ```
    pub fn is_connected(&self) -> bool {
        self.shared.is_connected()
    }

    /// Waits until Redis is there.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn f(adapter: &chinwag_socketio_redis::RedisAdapter) {
    /// let there = tokio::time::timeout(Duration::from_secs(10), adapter.connected()).await.is_ok();
    /// # }
    /// ```
    pub async fn connected(&self) {
        // It ends with `self` only.
        let _ = self.shared.connected.subscribe().wait_for(|connected| *connected).await;
    }

    /// What was counted so far, for metrics.
    ///
    /// ```no_run
    /// # fn f(adapter: &chinwag_socketio_redis::RedisAdapter) {
    /// println!("socketio_redis_published_total {}", adapter.totals().published);
    /// # }
    /// ```
    pub fn totals(&self) -> Totals {
        self.shared.counters.totals()
    }
}

impl Adapter for RedisAdapter {
    fn start(&self, local: Local) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Waiting { outgoing, inbox, incoming }) = tasks.waiting.take() else {
            tracing::error!("an adapter was given to two servers; the second one is alone");
            return;
        };
        tasks.running.spawn_on(link::run(self.shared.clone(), inbox, outgoing), &self.runtime);
        tasks.running.spawn_on(incoming::run(self.shared.clone(), local, incoming), &self.runtime);
    }

    fn publish(&self, namespace: &str, command: Command) {
        let shared = &self.shared;
        let channels = shared.namespaces.channels(namespace);
        let uid = || shared.namespaces.uid().to_owned();
        let ask = match command {
            Command::Emit { to, packet, volatile, compress } => {
                if volatile && !shared.is_connected() {
                    return shared.outbox.drop_one();
                }
                let channel = channels.broadcast(&to.rooms);
                let broadcast = Broadcast { uid: uid(), to, packet, volatile, compress };
                shared.outbox.send(channel, broadcast.encode(), None);
                return;
            }
            Command::Join { of, rooms } => Ask::Join { of, rooms },
            Command::Leave { of, rooms } => Ask::Leave { of, rooms },
            Command::Disconnect { of, how } => Ask::Disconnect { of, how },
            Command::ServerSideEmit { event, arguments } => Ask::ServerSideEmit { event, arguments },
            // Whatever the engine may learn to do, this format does not know it.
            _ => return tracing::warn!("other servers cannot be told of this"),
        };
        let request = Request { uid: Some(uid()), id: None, ask };
        shared.outbox.send(channels.request(), request.encode(), None);
    }

    fn ask(&self, namespace: &str, question: Question, timeout: Duration) -> Answers {
        asking::ask(&self.shared, namespace, question, timeout)
    }

    fn opened(&self, namespace: &str) {
        self.shared.namespaces.open(namespace);
    }

    fn closed(&self, namespace: &str) {
        self.shared.namespaces.close(namespace);
    }
}
