//! Serving HTTP on listeners.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tower::{Service, ServiceExt};

use crate::http::Peer;

/// How long a client may take to send the head of a request, and how long it may stay silent between two.
const HEAD: Duration = Duration::from_secs(30);
/// Most bytes that a connection reads ahead.
const READ_AHEAD: usize = 32 * 1024;
/// How long to wait when the system has no descriptor or memory for another connection.
pub(crate) const BREATH: Duration = Duration::from_millis(100);

/// What serves the listeners.
pub(crate) struct Server {
    stop: watch::Sender<bool>,
    hold: Hold,
    /// Ends when the last holder of its sender has: all listeners and connections hold one.
    finished: mpsc::Receiver<()>,
}

/// What each listener and connection holds.
#[derive(Clone)]
pub(crate) struct Hold {
    stopped: watch::Receiver<bool>,
    _unfinished: mpsc::Sender<()>,
}

impl Hold {
    /// Waits for the server to stop.
    pub(crate) async fn stopped(&mut self) {
        // Without a server everything stops as well.
        let _ = self.stopped.wait_for(|stopped| *stopped).await;
    }
}

impl Server {
    /// Serves nothing yet.
    pub(crate) fn new() -> Self {
        let (stop, stopped) = watch::channel(false);
        let (unfinished, finished) = mpsc::channel(1);
        Self { stop, hold: Hold { stopped, _unfinished: unfinished }, finished }
    }

    /// Starts to serve these.
    pub(crate) fn listen(&self, listeners: Vec<TcpListener>, router: &Router) {
        for listener in listeners {
            tokio::spawn(accept(listener, router.clone(), self.hold()));
        }
    }

    /// For something else that is to be finished before the server is.
    pub(crate) fn hold(&self) -> Hold {
        self.hold.clone()
    }

    /// Takes no more connections, and no more requests on those that there are.
    pub(crate) fn refuse(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the requests in hand. Says whether all of them were finished in time.
    pub(crate) async fn finish(self, deadline: Duration) -> bool {
        let Self { hold, mut finished, .. } = self;
        drop(hold);
        tokio::time::timeout(deadline, finished.recv()).await.is_ok()
    }
}

async fn accept(listener: TcpListener, router: Router, mut hold: Hold) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = hold.stopped() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                // The task ends with its connection, which ends when the client goes, stays silent, or the server stops.
                tokio::spawn(serve(stream, peer, router.clone(), hold.clone()));
            }
            Err(error) => {
                // A client that is gone again is no reason to wait; too many descriptors are.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, router: Router, hold: Hold) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request
    });
    connection(stream, service, hold).await;
}

/// Serves a connection until its client goes or stays silent, or the server stops.
pub(crate) async fn connection<S, T>(stream: T, service: S, mut hold: Hold)
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = hold.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
