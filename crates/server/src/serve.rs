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

/// How far a server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    /// Clients are to take another way: nothing that they open themselves is taken any more.
    Leaving {
        /// Over how long that is spread where many come to others at once.
        spread: Duration,
    },
    Stopped,
}

/// What serves the listeners.
pub(crate) struct Server {
    stage: watch::Sender<Stage>,
    hold: Hold,
    /// Ends when the last holder of its sender has: all listeners and connections hold one.
    finished: mpsc::Receiver<()>,
    /// The same for what clients have opened themselves.
    left: mpsc::Receiver<()>,
}

/// What each listener and connection holds.
#[derive(Clone)]
pub(crate) struct Hold {
    stage: watch::Receiver<Stage>,
    unfinished: mpsc::Sender<()>,
    /// Where clients come in themselves, and not other nodes.
    for_clients: Option<mpsc::Sender<()>>,
}

/// For what lives as long as the server may: what is begun by it holds the server.
#[derive(Clone)]
pub(crate) struct WeakHold {
    stage: watch::Receiver<Stage>,
    unfinished: mpsc::WeakSender<()>,
    for_clients: Option<mpsc::WeakSender<()>>,
}

impl WeakHold {
    /// `None` if the server has ended.
    pub(crate) fn hold(&self) -> Option<Hold> {
        let unfinished = self.unfinished.upgrade()?;
        let for_clients = match &self.for_clients {
            Some(staying) => Some(staying.upgrade()?),
            None => None,
        };
        Some(Hold { stage: self.stage.clone(), unfinished, for_clients })
    }
}

impl Hold {
    /// The same without holding the server.
    fn weak(&self) -> WeakHold {
        WeakHold {
            stage: self.stage.clone(),
            unfinished: self.unfinished.downgrade(),
            for_clients: self.for_clients.as_ref().map(mpsc::Sender::downgrade),
        }
    }

    /// Waits until clients are to take another way; over how long they are to be spread.
    pub(crate) async fn leaving(&mut self) -> Duration {
        match self.stage.wait_for(|stage| *stage > Stage::Serving).await.as_deref() {
            Ok(Stage::Leaving { spread }) => *spread,
            // Without a server everything stops as well.
            _ => Duration::ZERO,
        }
    }

    /// Waits for the server to stop.
    pub(crate) async fn stopped(&mut self) {
        // As above.
        let _ = self.stage.wait_for(|stage| *stage == Stage::Stopped).await;
    }

    /// Waits until nothing more is to be taken where this is held.
    async fn closed(&mut self) {
        if self.for_clients.is_some() {
            self.leaving().await;
        } else {
            self.stopped().await;
        }
    }
}

impl Server {
    /// Serves nothing yet.
    pub(crate) fn new() -> Self {
        let (stage, reached) = watch::channel(Stage::Serving);
        let (unfinished, finished) = mpsc::channel(1);
        let (staying, left) = mpsc::channel(1);
        let hold = Hold { stage: reached, unfinished, for_clients: Some(staying) };
        Self { stage, hold, finished, left }
    }

    /// Starts to serve clients by these.
    pub(crate) fn listen(&self, listeners: Vec<TcpListener>, router: &Router) {
        for listener in listeners {
            tokio::spawn(accept(listener, router.clone(), self.hold()));
        }
    }

    /// For something that clients are to leave before the server ends.
    fn hold(&self) -> Hold {
        self.hold.clone()
    }

    /// The same for who may begin such a thing, later.
    pub(crate) fn weak_hold(&self) -> WeakHold {
        self.hold.weak()
    }

    /// For something else that is to be finished before the server is.
    pub(crate) fn hold_to_the_end(&self) -> Hold {
        Hold { for_clients: None, ..self.hold.clone() }
    }

    /// Takes no more connections of clients, and no more requests on those that there are. What other nodes pass on is
    /// taken still.
    pub(crate) fn leave(&self, spread: Duration) {
        self.stage.send_replace(Stage::Leaving { spread });
    }

    /// Waits until clients have taken another way. Says whether all of them had in time.
    pub(crate) async fn left(&mut self, deadline: Duration) -> bool {
        self.hold.for_clients = None;
        tokio::time::timeout(deadline, self.left.recv()).await.is_ok()
    }

    /// Takes nothing any more.
    pub(crate) fn refuse(&self) {
        self.stage.send_replace(Stage::Stopped);
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
            () = hold.closed() => return,
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
        () = hold.closed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
