//! The application as a whole: put together, run, and brought to an end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chinwag_jobs::{BackEnd, LogStream, Questions, Running};
use chinwag_live::Live;
use chinwag_socketio::{BuildError, Closing, SocketIo};
use chinwag_store::{Fatal, Store, StoreError};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::accounts::{Administration, FirstAdministrator, Providers, sweep_sessions};
use crate::app::App;
use crate::fan_out::{Hub, Node, announce_presence, publish};
use crate::http::client_address;
use crate::metrics::Metrics;
use crate::nodes::{Forwarding, Nodes, Registration};
use crate::outage::Outage;
use crate::passwords::Passwords;
use crate::rules::Rules;
use crate::settings::Settings;
use crate::shared_store::keep_up;
use crate::signing::Signing;
use crate::socket::{Expiries, end_expired};
use crate::work::Workers;
use crate::{http, jobs, links, serve, socket};

/// By this a proxy that sends a request to another node, because the first one is gone, says that it is the same.
const PROXY_REQUEST: ::http::HeaderName = ::http::HeaderName::from_static("x-proxy-request");
/// How often a socket is asked whether its client is there. With [`PONG`] it is within 20 s that a client notices a node that
/// was cut off, and a node a client: both wait for so long, the client in vain for the question.
const PING: Duration = Duration::from_secs(12);
/// How long the client may take to answer: a phone that changes from one network to another may need some seconds.
const PONG: Duration = Duration::from_secs(7);
/// How long requests in hand may take once all sockets are closed.
const REQUESTS: Duration = Duration::from_secs(10);
/// How long clients stay away when the server stops: about as long as a restart takes, in milliseconds.
const RETRY_MS: u64 = 500;
/// How long each client adds to the time that they are spread over when they are to go to other nodes: a thousand of them
/// come there in a second, until half of the time that there is would be over.
const EACH: Duration = Duration::from_millis(1);

/// Why the application could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum ApplicationError {
    /// The store or live had been given to another application.
    #[error("the store or live is used by another application already")]
    InUse,
    /// The engine refused its settings.
    #[error("the Socket.IO engine cannot be built: {0}")]
    Engine(#[from] BuildError),
    /// The store could not be asked.
    #[error("the store cannot be read: {0}")]
    Store(#[from] StoreError),
    /// Threads for passwords and pictures cannot be started.
    #[error("the system starts no more threads: {0}")]
    Threads(String),
    /// What other nodes are to know this one by cannot be made.
    #[error("this node cannot take part with others: {0}")]
    Identity(String),
    /// Another service by which people are to sign in is not set up as it must be.
    #[error("people cannot sign in by another service: {0}")]
    Providers(String),
    /// There is no randomness for secrets.
    #[error("the system gives no randomness: {0}")]
    Randomness(String),
}

/// What the application works with, chosen by somebody else.
pub struct BackEnds {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What passes, between nodes and within this one.
    pub live: Arc<dyn Live>,
    /// Who is told what happens.
    pub log_stream: LogStream,
    /// Who brings questions to workers of others, if anybody does.
    pub questions: Option<Arc<dyn Questions>>,
}

impl BackEnds {
    /// These alone: nobody is told what happens, and no worker asked.
    pub fn new(store: Arc<dyn Store>, live: Arc<dyn Live>) -> Self {
        Self { store, live, log_stream: LogStream::default(), questions: None }
    }
}

/// The application, running but for its listeners.
pub struct Application {
    app: Arc<App>,
    io: SocketIo,
    /// Other nodes, if it takes part.
    nodes: Option<Nodes>,
    /// Where they come in.
    for_nodes: Vec<TcpListener>,
    tasks: JoinSet<()>,
    /// Whoever does jobs here, if anybody does.
    jobs: Option<Running>,
}

impl Application {
    /// Puts the application together and starts what works in the background.
    ///
    /// # Errors
    /// See [`ApplicationError`].
    pub fn new(
        settings: Settings,
        back_ends: BackEnds,
        registry: &mut Registry,
    ) -> Result<Self, ApplicationError> {
        let BackEnds { store, live, log_stream, questions } = back_ends;
        let metrics = Metrics::registered(registry);
        let (hub, requests) = Hub::new();
        let rules = Arc::new(Rules::new(&settings));
        let app = Arc::new(App {
            providers: Providers::new(&settings.providers).map_err(ApplicationError::Providers)?,
            signing: Signing::new(settings.public_url.as_ref(), &*store),
            passwords: Passwords::new(workers("password", settings.password_threads)?),
            painters: workers("picture", 1)?,
            rules: Arc::clone(&rules),
            settings,
            store: Arc::clone(&store),
            live: Arc::clone(&live),
            log_stream,
            questions,
            first_administrator: FirstAdministrator::default(),
            hub,
            expiries: Expiries::default(),
            metrics: metrics.clone(),
            outage: Outage::none(),
            draining: false.into(),
            registration: Registration::new(),
        });
        let address = app.settings.cluster_address.as_ref().filter(|_| store.is_shared());
        let nodes = address.map(|address| Nodes::new(Arc::clone(&store), address)).transpose();
        let nodes = nodes.map_err(|error| ApplicationError::Identity(error.to_string()))?;
        let io = engine(&app, nodes.as_ref())?;
        let feed = store.take_feed().ok_or(ApplicationError::InUse)?;
        let inbox = live.take_inbox().ok_or(ApplicationError::InUse)?;

        let mut tasks = JoinSet::new();
        for shard in feed {
            tasks.spawn(publish(shard, Arc::clone(&live), metrics.clone()));
        }
        tasks.spawn(announce_presence(Arc::clone(&live), io.clone(), store.workspace()));
        tasks.spawn(rules.follow(Arc::clone(&store)));
        tasks.spawn(sweep_sessions(Arc::clone(&app)));
        tasks.spawn(end_expired(Arc::clone(&app)));
        let maintained = Arc::clone(&store);
        tasks.spawn(async move { maintained.maintain().await });
        if store.is_shared() {
            tasks.spawn(keep_up(Arc::clone(&app), io.clone()));
        }
        let node = Node::new(Arc::clone(&store), live, io.clone(), metrics);
        tasks.spawn(node.run(requests, inbox));
        Ok(Self { app, io, nodes, for_nodes: Vec::new(), tasks, jobs: None })
    }

    /// Does jobs beside everything else, so many at once; with 0 it only sees to it that others get them.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn with_jobs(
        mut self,
        back_end: &dyn BackEnd,
        at_once: usize,
    ) -> Result<Self, ApplicationError> {
        let (store, log_stream) = (Arc::clone(&self.app.store), self.app.log_stream.clone());
        self.jobs = Some(jobs::begin(store, log_stream, back_end, at_once).await?);
        Ok(self)
    }

    /// The path of a link that makes the first administrator; `None` if there is one already. Each call makes a new link
    /// and the one before stops working.
    ///
    /// # Errors
    /// See [`ApplicationError`].
    pub async fn first_administrator_path(&self) -> Result<Option<String>, ApplicationError> {
        if self.app.store.has_administrator().await? {
            return Ok(None);
        }
        let token = self.app.first_administrator.open();
        let token = token.map_err(|error| ApplicationError::Randomness(error.to_string()))?;
        Ok(Some(links::path(links::FIRST_ADMINISTRATOR, &token)))
    }

    /// What an operator may do while it runs.
    pub fn administration(&self) -> Administration {
        Administration(Arc::clone(&self.app))
    }

    /// Lets other nodes in by these, from when it [serves](Self::serve) on. It has no effect without
    /// [`Settings::cluster_address`].
    #[must_use]
    pub fn with_nodes_at(mut self, listeners: Vec<TcpListener>) -> Self {
        self.for_nodes = listeners;
        self
    }

    /// Serves until `stop` comes or the store fails. Then new sockets are refused, those that are there are told to come
    /// back, what was accepted is finished and stored, new connections are refused, and the store is closed.
    ///
    /// # Errors
    /// The store's reason, if it can no longer keep its promises.
    pub async fn serve(
        mut self,
        listeners: Vec<TcpListener>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Fatal> {
        let mut server = serve::Server::new();
        let mut staying = None;
        let forwarding = match &self.nodes {
            Some(nodes) => {
                let router = http::router_for_nodes(&self.app, &self.io);
                nodes.listen(&server, &self.app, std::mem::take(&mut self.for_nodes), &router);
                nodes.enter(&self.app).await;
                staying = Some(self.tasks.spawn(nodes.stay(&self.app)));
                Some(nodes.forwarding(&self.app, server.weak_hold()))
            }
            None => None,
        };
        server.listen(listeners, &http::router(&self.app, &self.io, forwarding.clone()));
        let failed = tokio::select! {
            () = stop => None,
            reason = self.app.store.failed() => Some(reason),
        };
        self.app.draining.store(true, std::sync::atomic::Ordering::Relaxed);
        self.send_away(&mut server, forwarding.as_deref()).await;
        if let Some(jobs) = self.jobs.take() {
            jobs.stop(jobs::GRACE).await;
        }
        server.refuse();
        if !server.finish(REQUESTS).await {
            tracing::warn!("some requests did not finish in time");
        }
        if let (Some(nodes), Some(staying)) = (&self.nodes, staying) {
            staying.abort();
            nodes.leave().await;
        }
        self.app.store.close().await;
        self.tasks.shutdown().await;
        failed.map_or(Ok(()), Err)
    }

    /// Tells all sockets to come back, and waits until they are closed.
    async fn send_away(&self, server: &mut serve::Server, forwarding: Option<&Forwarding>) {
        let deadline = self.app.settings.drain;
        let all_gone = if self.app.store.is_shared() {
            // They come back to other nodes, which also pass on to this one what is still to be said to those that poll.
            let count = self.io.figures().connections + forwarding.map_or(0, Forwarding::passed_on);
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let spread = EACH.saturating_mul(count).min(deadline / 2);
            server.leave(spread);
            let closing = Closing::draining(0);
            let (gone, left) =
                tokio::join!(self.io.shutdown_over(closing, spread, deadline), server.left(deadline));
            gone && left
        } else {
            // Before connections are refused: a client that polls hears of the end with the next requests that it makes.
            self.io.shutdown(Closing::draining(RETRY_MS), deadline).await
        };
        if !all_gone {
            tracing::warn!("some sockets did not finish in time");
        }
    }
}

fn workers(name: &str, threads: usize) -> Result<Workers, ApplicationError> {
    Workers::start(name, threads).map_err(|error| ApplicationError::Threads(error.to_string()))
}

fn engine(app: &Arc<App>, nodes: Option<&Nodes>) -> Result<SocketIo, BuildError> {
    let (gate, peer) = (Arc::clone(app), Arc::clone(app));
    let builder = SocketIo::builder();
    let builder = match nodes {
        Some(nodes) => builder.session_prefix(nodes.prefix()),
        None => builder,
    };
    builder
        .ping_interval(PING)
        .ping_timeout(PONG)
        .request_header(PROXY_REQUEST)
        .max_payload(app.settings.payload_bytes)
        .forget_handshakes(true)
        .outbox_limit(app.settings.outbox_bytes)
        .outbox_budget(app.settings.outboxes_bytes)
        .max_connections(app.settings.connections)
        .max_connections_per_address(app.settings.connections_per_address)
        .peer_addr(move |parts| {
            let address = client_address(&peer.settings, &parts.extensions, &parts.headers);
            // The port is that of a proxy, or of no use.
            Some(SocketAddr::new(address, 0))
        })
        .state(Arc::clone(app))
        .allow_request(move |parts| {
            let allowed = socket::may_connect(&gate, parts);
            async move { allowed }
        })
        .namespace(socket::namespace(app))
        .build()
}
