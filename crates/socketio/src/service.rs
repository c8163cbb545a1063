//! The tower service.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;

use crate::engine::{self, Engine};
use crate::io::SocketIo;

/// Answers the requests of Socket.IO clients; made by [`SocketIo::service`](crate::SocketIo::service).
///
/// It is a tower service that never fails, and does not look at the request's path: mount it with axum's
/// `Router::route_service("/socket.io/", service)`, or call it for that path under hyper;
/// [`SocketIo::serve`](crate::SocketIo::serve) does so for programs without a framework. The HTTP server must
/// allow upgrades (axum does; with hyper, `serve_connection(..).with_upgrades()`). Requests are answered within a
/// tokio runtime.
///
/// What is done for HTTP is done by layers around it, as for any other service. So pages of another origin may poll if
/// tower-http's `CorsLayer` says so; WebSockets need no such permission, which is why
/// [`Builder::allow_request`](crate::Builder::allow_request) is the place to keep pages out.
///
/// ```
/// # fn f(io: chinwag_socketio::SocketIo) -> axum::Router {
/// use http::header::{CONTENT_TYPE, HeaderValue};
/// use http::Method;
/// use tower_http::cors::CorsLayer;
///
/// let cors = CorsLayer::new()
///     .allow_origin(HeaderValue::from_static("https://chat.example"))
///     .allow_methods([Method::GET, Method::POST])
///     .allow_headers([CONTENT_TYPE])
///     // For cookies, with `withCredentials` in the client.
///     .allow_credentials(true);
/// axum::Router::new().route_service("/socket.io/", io.service()).layer(cors)
/// # }
/// ```
///
/// Under hyper alone, telling it the client's address:
///
/// ```
/// use chinwag_socketio::{PeerAddr, SocketIo};
/// use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
/// use hyper_util::rt::TokioIo;
/// use tower_service::Service;
///
/// async fn serve(io: SocketIo, listener: tokio::net::TcpListener) -> std::io::Result<()> {
///     loop {
///         let (stream, peer) = listener.accept().await?;
///         let service = io.service();
///         let service = service_fn(move |mut request: Request<Incoming>| {
///             request.extensions_mut().insert(PeerAddr(peer));
///             service.clone().call(request)
///         });
///         tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
///     }
/// }
/// ```
#[derive(Clone)]
pub struct SocketIoService {
    engine: Arc<Engine>,
    /// Keeps what is above the engine while there is somebody to connect to it.
    _owner: Option<SocketIo>,
}

impl SocketIoService {
    pub(crate) fn new(engine: Arc<Engine>, owner: Option<SocketIo>) -> Self {
        Self { engine, _owner: owner }
    }
}

impl<B> Service<Request<B>> for SocketIoService
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let response = engine::handle(&self.engine, request);
        Box::pin(async move { Ok(response.await) })
    }
}

impl std::fmt::Debug for SocketIoService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocketIoService").finish_non_exhaustive()
    }
}
