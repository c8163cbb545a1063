//! The listener that metrics are read from.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

#[cfg(test)]
mod tests;

/// Connections at once; further ones wait.
const CONNECTIONS: usize = 8;
/// How long one request may take from its connection on. Each has a connection of its own.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait when the system has no descriptor for another connection.
const BREATH: Duration = Duration::from_millis(100);
/// What the page is (OpenMetrics 1.0).
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Serves a registry's metrics at `/metrics` for as long as it lives.
pub(crate) struct Listener {
    // Dropping it ends all of its tasks.
    _tasks: JoinSet<()>,
}

impl Listener {
    /// Starts to serve.
    pub(crate) fn start(listeners: Vec<TcpListener>, registry: Registry) -> Self {
        let registry = Arc::new(registry);
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut tasks = JoinSet::new();
        for listener in listeners {
            tasks.spawn(accept(listener, Arc::clone(&registry), Arc::clone(&places)));
        }
        Self { _tasks: tasks }
    }
}

async fn accept(listener: TcpListener, registry: Arc<Registry>, places: Arc<Semaphore>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, Arc::clone(&registry), place));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection for metrics could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, registry: Arc<Registry>, _place: OwnedSemaphorePermit) {
    let service = service_fn(|request| {
        let response = answer(&request, &registry);
        async { Ok::<_, Infallible>(response) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(PATIENCE, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection for metrics ended badly"),
        Err(_) => tracing::debug!("a connection for metrics took too long"),
    }
}

fn answer(request: &Request<Incoming>, registry: &Registry) -> Response<Full<Bytes>> {
    let status = match (request.uri().path(), request.method()) {
        ("/metrics", &Method::GET | &Method::HEAD) => StatusCode::OK,
        ("/metrics", _) => StatusCode::METHOD_NOT_ALLOWED,
        _ => StatusCode::NOT_FOUND,
    };
    let mut page = String::new();
    if status != StatusCode::OK {
        page.push_str("Metrics are at /metrics.\n");
    } else if let Err(error) = text::encode(&mut page, registry) {
        tracing::error!(%error, "the metrics cannot be written");
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return response;
    }
    let mut response = Response::new(Full::from(page));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let kind = if status == StatusCode::OK { OPEN_METRICS } else { plain };
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
