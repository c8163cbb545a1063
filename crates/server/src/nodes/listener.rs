//! Taking what other nodes pass on, from those that the registry names and nobody else.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use chinwag_store::Node;
use http::StatusCode;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

use super::headers;
use super::identity::fingerprint;
use super::registry::Registry;
use super::warnings::Warnings;
use crate::serve::{BREATH, Hold, connection};

/// Most handshakes that are under way; others wait.
const HANDSHAKES: usize = 64;
/// How long a handshake may take, with the question who it is.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Takes so many connections of other nodes at most, until the server stops.
pub(super) async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    registry: Arc<Registry>,
    (router, most): (Router, usize),
    mut hold: Hold,
) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let connections = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let warnings = Arc::<Warnings>::default();
    loop {
        let accepted = async {
            let turn = Arc::clone(&handshakes).acquire_owned().await;
            (turn, listener.accept().await)
        };
        let (turn, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = hold.stopped() => return,
        };
        match (turn, accepted) {
            (Ok(turn), Ok((stream, _))) => {
                let Ok(place) = Arc::clone(&connections).try_acquire_owned() else {
                    note(&warnings, &Refused::TooMany);
                    continue;
                };
                let (acceptor, registry) = (acceptor.clone(), Arc::clone(&registry));
                let (router, hold, warnings) = (router.clone(), hold.clone(), Arc::clone(&warnings));
                // The task ends with its connection, which ends when the other node goes, is silent, or the server stops.
                tokio::spawn(async move {
                    let known = timeout(HANDSHAKE, greet(stream, &acceptor, &registry)).await;
                    drop(turn);
                    match known {
                        Ok(Ok((stream, node))) => serve(stream, &node, &registry, router, hold).await,
                        Ok(Err(reason)) => note(&warnings, &reason),
                        Err(_) => tracing::debug!("a connection to the listener for nodes says nothing"),
                    }
                    drop(place);
                });
            }
            (_, Err(error)) => {
                tracing::warn!(%error, "a connection of another node could not be accepted");
                sleep(BREATH).await;
            }
            // Nobody closes the semaphore.
            (Err(_), _) => return,
        }
    }
}

/// Tells of a refusal.
fn note(warnings: &Warnings, reason: &Refused) {
    if warnings.is_due() {
        tracing::warn!(%reason, "a connection to the listener for nodes is refused");
    } else {
        tracing::debug!(%reason, "a connection to the listener for nodes is refused");
    }
}

/// Why a connection is refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("it does not speak TLS as nodes do: {0}")]
    Handshake(#[from] std::io::Error),
    #[error("its certificate is not in the registry")]
    Stranger,
    #[error("there are as many already as limits.connections says")]
    TooMany,
}

/// Shakes hands, and looks up with whom.
async fn greet(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    registry: &Registry,
) -> Result<(TlsStream<TcpStream>, Node), Refused> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let shown = shown.map(fingerprint).ok_or(Refused::Stranger)?;
    let node = registry.find_by(shown).await.ok_or(Refused::Stranger)?;
    Ok((stream, node))
}

/// Serves another node, for as long as it is in the registry.
async fn serve(stream: TlsStream<TcpStream>, node: &Node, registry: &Registry, router: Router, hold: Hold) {
    let service = tower::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move { Ok::<_, std::convert::Infallible>(answer(router, request.map(Body::new)).await) }
    });
    tokio::select! {
        () = connection(stream, service, hold) => {}
        () = registry.gone(node.id) => {}
    }
}

/// Answers a request that another node passed on. It says who the client is, whatever the client says itself.
async fn answer(router: Router, mut request: Request) -> Response {
    let Some(client) = headers::take(request.headers_mut()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    request.extensions_mut().insert(client);
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
