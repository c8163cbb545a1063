//! Sending clients another way before this node ends: the node that has their session answers the poll that waits, and says
//! over a WebSocket that it closes. So a node that only passes requests on ends without cutting any.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use chinwag_socketio::{Closing, SocketIo};
use chinwag_store::Node;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use tokio::time::{sleep, timeout};

use super::headers;
use super::pool::{Pool, PoolError};
use crate::http::Told;
use crate::serve::Hold;

/// Where the listener for nodes is asked to release a session, which is named as in the engine's requests.
pub(crate) const RELEASE: &str = "/release";

/// How long the owner may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a client may take to go before the owner is asked again. An upgrade that was under way may have become a
/// WebSocket meanwhile, and a poll that had not waited yet may wait.
const AGAIN: Duration = Duration::from_secs(1);
/// How long clients stay away, in milliseconds: the other nodes are there.
const RETRY_MS: u64 = 0;

/// Releases a session of this node, as another one asks that passes its requests on.
pub(crate) async fn release(State(io): State<SocketIo>, RawQuery(query): RawQuery) -> StatusCode {
    let is_there = query.is_some_and(|query| io.release(&query, Closing::draining(RETRY_MS)));
    if is_there { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// The way of a request through this node.
pub(super) struct Way {
    pub(super) pool: Arc<Pool>,
    pub(super) node: Node,
    pub(super) client: Told,
    /// What was asked for; its query names the session.
    pub(super) uri: Uri,
}

impl Way {
    /// Waits until this server is to be left, then sees to that, until whoever waits for this has enough.
    pub(super) async fn clear(&self, hold: &mut Hold) -> Infallible {
        let spread = hold.leaving().await;
        sleep(some_of(spread)).await;
        loop {
            // If it is not answered, the client finds out in the end.
            let _ = timeout(ANSWER, self.release()).await;
            sleep(AGAIN).await;
        }
    }

    async fn release(&self) {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::POST;
        let query = self.uri.query().unwrap_or_default();
        *request.uri_mut() = Uri::try_from(format!("{RELEASE}?{query}")).unwrap_or_default();
        let mut said = HeaderMap::new();
        headers::pass_on(&mut said, &self.client, false);
        *request.headers_mut() = said;
        let answered = async {
            let mut connection = self.pool.take(&self.node).await?.connection;
            let status = connection.send_request(request).await?.status();
            self.pool.give_back(self.node.id, connection);
            Ok::<_, PoolError>(status)
        };
        match answered.await {
            Ok(status) if status.is_success() => {}
            Ok(status) => tracing::debug!(%status, "a session on another node is not released"),
            Err(error) => tracing::debug!(%error, "a session on another node cannot be released"),
        }
    }
}

/// A random part of a time.
fn some_of(time: Duration) -> Duration {
    let share = getrandom::u32().unwrap_or(u32::MAX);
    time.mul_f64(f64::from(share) / f64::from(u32::MAX))
}
