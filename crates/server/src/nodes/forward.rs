//! Passing a request on to the node that has its session, and its answer back.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use chinwag_socketio::SessionPrefix;
use chinwag_store::{Node, NodeId};
use http::header::UPGRADE;
use http::{Method, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::upgrade::OnUpgrade;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use uuid::Uuid;

use super::headers;
use super::pool::{Pool, PoolError, Taken};
use super::registry::Registry;
use super::release::Way;
use super::returning::Returning;
use super::tunnel::Tunnel;
use super::warnings::Warnings;
use crate::app::App;
use crate::http::{Told, client_address, is_https};
use crate::serve::{Hold, WeakHold};

/// How long it is waited until the others let this node in, which they do not where it could not ask the store for a while.
/// Then it mostly can again within a second or two; to say that the session is unknown would end it.
const REGISTERED: Duration = Duration::from_secs(6);
/// How long an answer may take to begin. A poll is answered after `pingInterval` at the latest, and a session whose client
/// is silent ends after `pingTimeout` more: 19 s as the engine is set, and some for the way.
const ANSWER: Duration = Duration::from_secs(25);
/// How long a body may take to come before that.
const BODY: Duration = Duration::from_secs(25);

/// Passes requests on.
pub(crate) struct Forwarding {
    app: Arc<App>,
    own: SessionPrefix,
    registry: Arc<Registry>,
    pool: Arc<Pool>,
    hold: WeakHold,
    /// As many as there may be sockets here: polls that wait and WebSockets are among them.
    at_once: Arc<Semaphore>,
    most: usize,
    too_many: Warnings,
}

/// Why a request was not passed on, or not answered.
#[derive(Debug, thiserror::Error)]
enum ForwardError {
    #[error("as many are passed on already as limits.connections says")]
    TooMany,
    #[error("the others do not let this node in, which could not ask the store for a while")]
    Unregistered,
    #[error("there is no such node")]
    Unknown,
    #[error(transparent)]
    Connection(#[from] PoolError),
    #[error("the answer did not come: {0}")]
    Broken(hyper::Error),
    #[error("there is no answer in time")]
    TooSlow,
    #[error("the node is gone")]
    Gone,
    #[error("this node is about to end")]
    Over,
}

/// Passes on what belongs to another node. Where that cannot be, this node answers that it does not know the session, so
/// that the client begins anew.
pub(crate) async fn forward(
    State(forwarding): State<Arc<Forwarding>>,
    request: Request,
    next: Next,
) -> Response {
    let owner = request.uri().query().and_then(SessionPrefix::of_request);
    let Some(owner) = owner.filter(|owner| *owner != forwarding.own) else { return next.run(request).await };
    let owner = NodeId(Uuid::from_bytes(owner.to_bytes()));
    let mut unknown = Request::new(Body::empty());
    unknown.method_mut().clone_from(request.method());
    unknown.uri_mut().clone_from(request.uri());
    let metrics = &forwarding.app.metrics;
    match forwarding.pass_on(owner, request).await {
        Ok(response) => {
            metrics.requests_forwarded.inc();
            response
        }
        Err(reason) => {
            metrics.requests_not_forwarded.inc();
            tracing::debug!(node = %owner.0, %reason, "a request could not be passed on");
            next.run(unknown).await
        }
    }
}

impl Forwarding {
    pub(super) fn new(
        app: Arc<App>,
        own: SessionPrefix,
        registry: Arc<Registry>,
        pool: Pool,
        hold: WeakHold,
    ) -> Self {
        let most = app.settings.connections.min(Semaphore::MAX_PERMITS);
        let at_once = Arc::new(Semaphore::new(most));
        Self { app, own, registry, pool: Arc::new(pool), hold, at_once, most, too_many: Warnings::default() }
    }

    async fn pass_on(&self, owner: NodeId, mut request: Request) -> Result<Response, ForwardError> {
        let Ok(permit) = Arc::clone(&self.at_once).try_acquire_owned() else {
            if self.too_many.is_due() {
                tracing::warn!(reason = %ForwardError::TooMany, "requests for other nodes are refused");
            }
            return Err(ForwardError::TooMany);
        };
        let registered = timeout(REGISTERED, self.app.registration.holds()).await;
        registered.map_err(|_| ForwardError::Unregistered)?;
        let node = self.registry.find(owner).await.ok_or(ForwardError::Unknown)?;
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let upgrade = upgrade.filter(|_| request.headers().contains_key(UPGRADE));
        let client = self.client(&request);
        let way = Way { pool: Arc::clone(&self.pool), node, client, uri: request.uri().clone() };
        // What is only fetched waits for something to say, and would keep this node from ending.
        let waits = request.method() == Method::GET && upgrade.is_none();
        let request = readied(request, &client, upgrade.is_some());
        let mut hold = self.hold.hold().ok_or(ForwardError::Over)?;
        let asking = async {
            tokio::select! {
                answer = self.ask(&way.node, request) => answer,
                () = self.registry.gone(owner) => Err(ForwardError::Gone),
                never = way.clear(&mut hold), if waits => match never {},
            }
        };
        let within = if waits { ANSWER } else { BODY + ANSWER };
        let (answer, connection) = timeout(within, asking).await.map_err(|_| ForwardError::TooSlow)??;
        Ok(self.passed_back((way, hold), answer, (connection, permit), upgrade))
    }

    fn client(&self, request: &Request) -> Told {
        let settings = &self.app.settings;
        Told {
            address: client_address(settings, request.extensions(), request.headers()),
            https: is_https(settings, request.extensions(), request.headers()),
        }
    }

    /// How many requests are passed on, polls that wait and WebSockets included.
    pub(crate) fn passed_on(&self) -> usize {
        self.most.saturating_sub(self.at_once.available_permits())
    }

    /// Asks the owner. What comes back unsent, because a connection that was kept had been closed meanwhile, is sent once
    /// more by a new one. What has begun is not: polls take what they are answered with, and posts would be doubled.
    async fn ask(
        &self,
        node: &Node,
        request: Request,
    ) -> Result<(http::Response<Incoming>, SendRequest<Body>), ForwardError> {
        let Taken { mut connection, is_used } = self.pool.take(node).await?;
        let unsent = match connection.try_send_request(request).await {
            Ok(answer) => return Ok((answer, connection)),
            Err(mut failed) => match failed.take_message().filter(|_| is_used) {
                Some(unsent) => unsent,
                None => return Err(ForwardError::Broken(failed.into_error())),
            },
        };
        let Taken { mut connection, .. } = self.pool.connect(node).await?;
        let answer = connection.send_request(unsent).await.map_err(ForwardError::Broken)?;
        Ok((answer, connection))
    }

    /// The answer as the client gets it.
    fn passed_back(
        &self,
        (way, hold): (Way, Hold),
        mut answer: http::Response<Incoming>,
        (connection, permit): (SendRequest<Body>, OwnedSemaphorePermit),
        upgrade: Option<OnUpgrade>,
    ) -> Response {
        let switches = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        headers::strip(answer.headers_mut(), switches);
        let Some(client) = upgrade.filter(|_| switches) else {
            let pool = (way.pool, way.node.id);
            return answer.map(|body| Body::new(Returning::new(body, connection, pool, permit)));
        };
        let tunnel = Tunnel {
            client,
            owner: hyper::upgrade::on(&mut answer),
            way,
            registry: Arc::clone(&self.registry),
            hold,
            permit,
        };
        // It ends with either side, and with the server.
        tokio::spawn(tunnel.run());
        answer.map(|_| Body::empty())
    }
}

/// The request as the owner gets it.
fn readied(request: Request, client: &Told, upgrade: bool) -> Request {
    let (mut parts, body) = request.into_parts();
    headers::pass_on(&mut parts.headers, client, upgrade);
    let mut passed_on = Request::new(body);
    *passed_on.method_mut() = parts.method;
    // The engine's path and the query, which are there: a session was found in it.
    *passed_on.uri_mut() = parts.uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
    *passed_on.headers_mut() = parts.headers;
    passed_on
}
