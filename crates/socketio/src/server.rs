//! Serving without a web framework.

mod idle;

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_service::Service;

use crate::handshake::PeerAddr;
use crate::io::SocketIo;
use crate::service::SocketIoService;
use idle::{Idle, Seat};

#[cfg(test)]
mod tests;

/// Most bytes of a request's head, and that a connection reads ahead.
const READ_AHEAD: usize = 32 * 1024;

/// How long to wait when the system has no descriptor or memory for another connection.
const BREATH: Duration = Duration::from_millis(100);

/// How long requests in hand may take when the server ends.
const GRACE: Duration = Duration::from_secs(5);

/// Serves a [`SocketIo`] on a listener, and nothing else: made by [`SocketIo::serve`], it is a future that is done when
/// [`SocketIo::shutdown`] is and the requests in hand have been answered, for which they have five seconds. Until then
/// connections are taken, so that clients that poll can hear why they are closed. If the future is dropped, HTTP
/// connections are closed; WebSockets have tasks of their own.
///
/// Handshakes see the client's address ([`Handshake::peer_addr`](crate::Handshake::peer_addr)). There is no TLS: that is
/// for a proxy in front, or for a program that accepts connections itself and gives them to
/// [`SocketIo::service`].
///
/// ```no_run
/// # use chinwag_socketio::SocketIo;
/// # async fn f(io: SocketIo) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// io.serve(listener).path("/chat/").await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "nothing is served until it is awaited"]
pub struct Server {
    io: SocketIo,
    listener: TcpListener,
    path: String,
    head_timeout: Duration,
    max_idle: usize,
}

impl Server {
    pub(crate) fn new(io: SocketIo, listener: TcpListener) -> Self {
        let head_timeout = Duration::from_secs(30);
        Self { io, listener, path: "/socket.io/".into(), head_timeout, max_idle: 10_000 }
    }

    /// The path that is served, as it is; others are answered with 404. Default: `/socket.io/`.
    ///
    /// ```
    /// # fn f(io: chinwag_socketio::SocketIo, listener: tokio::net::TcpListener) -> chinwag_socketio::Server {
    /// io.serve(listener).path("/chat/") // `io({ path: "/chat/" })` in the client
    /// # }
    /// ```
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// How long a client may take to send the head of a request, and stay silent between two. Default: 30 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn f(io: chinwag_socketio::SocketIo, listener: tokio::net::TcpListener) -> chinwag_socketio::Server {
    /// io.serve(listener).head_timeout(Duration::from_secs(10))
    /// # }
    /// ```
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.head_timeout = timeout;
        self
    }

    /// How many connections there may be that have no request in hand: those that have not sent one yet, and those
    /// between two. When there are more, the one that has been idle longest is closed. At least one; fewer than the
    /// descriptors that the system gives, so that idle connections cannot take all of them. Default: 10,000.
    ///
    /// ```
    /// # fn f(io: chinwag_socketio::SocketIo, listener: tokio::net::TcpListener) -> chinwag_socketio::Server {
    /// io.serve(listener).max_idle(1_000)
    /// # }
    /// ```
    pub fn max_idle(mut self, connections: usize) -> Self {
        self.max_idle = connections.max(1);
        self
    }

    async fn run(self) {
        let Self { io, listener, path, head_timeout, max_idle } = self;
        let (idle, path) = (Arc::new(Idle::new(max_idle)), Arc::<str>::from(path));
        let (service, mut over) = (io.service(), io.engine().over());
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = is_over(&mut over) => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let site =
                        Site { path: path.clone(), service: service.clone(), peer, seat: Seat::new(&idle) };
                    connections.spawn(serve(stream, site, head_timeout, over.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    if is_shortage(&error) {
                        tokio::time::sleep(BREATH).await;
                    }
                }
            }
        }
        drop(listener);
        let finish = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            connections.shutdown().await;
        }
    }
}

impl IntoFuture for Server {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Waits for the end of the shutdown.
async fn is_over(over: &mut watch::Receiver<bool>) {
    let _ = over.wait_for(|over| *over).await;
}

/// Whether the server has no room, rather than the client gone again.
fn is_shortage(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// What a connection is served.
#[derive(Clone)]
struct Site {
    path: Arc<str>,
    service: SocketIoService,
    peer: SocketAddr,
    seat: Arc<Seat>,
}

impl Site {
    async fn answer(mut self, mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let _busy = self.seat.busy();
        if request.uri().path() != &*self.path {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
        request.extensions_mut().insert(PeerAddr(self.peer));
        match self.service.call(request).await {
            Ok(response) => Ok(response),
            Err(never) => match never {},
        }
    }
}

/// Ends when the client goes or stays silent, the connection becomes a WebSocket, has to make room, or the server ends.
async fn serve(stream: TcpStream, site: Site, head_timeout: Duration, mut over: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let seat = site.seat.clone();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(stream), service_fn(move |request| site.clone().answer(request)))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = seat.closed() => return,
        () = is_over(&mut over) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
