//! Connections to other nodes, kept and used again. Each carries one request at a time: many polls wait at once, and none
//! holds up another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use chinwag_store::{Node, NodeId};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::identity::Identity;
use super::registry::Registry;

/// How long a connection may take to come about, the handshake of TLS included.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a connection is kept for the next request. Well below the time after which the other node closes it, so that
/// hardly a request meets that.
const KEPT: Duration = Duration::from_secs(10);
/// How many connections are kept for each node: where many polls end at once they begin again at once.
const KEPT_EACH: usize = 1_024;
/// Most bytes that a connection reads ahead.
const READ_AHEAD: usize = 32 * 1024;

/// Why there is no connection to another node.
#[derive(Debug, thiserror::Error)]
pub(super) enum PoolError {
    #[error("it does not let us in within {CONNECT:?}")]
    TooSlow,
    #[error("it cannot be reached: {0}")]
    Io(#[from] std::io::Error),
    #[error("TLS cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
}

/// The connections that wait for a request.
pub(super) struct Pool {
    identity: Arc<Identity>,
    registry: Arc<Registry>,
    kept: Mutex<HashMap<NodeId, Vec<Kept>>>,
}

struct Kept {
    connection: SendRequest<Body>,
    until: Instant,
}

/// A connection that has been taken out of the pool.
pub(super) struct Taken {
    pub(super) connection: SendRequest<Body>,
    /// It has carried requests before, so the other side may have closed it meanwhile.
    pub(super) is_used: bool,
}

impl Pool {
    pub(super) fn new(identity: Arc<Identity>, registry: Arc<Registry>) -> Self {
        Self { identity, registry, kept: Mutex::default() }
    }

    /// A connection to a node: one that was kept, or else a new one.
    ///
    /// # Errors
    /// The node cannot be reached, or is another one.
    pub(super) async fn take(&self, node: &Node) -> Result<Taken, PoolError> {
        while let Some(mut connection) = self.take_kept(node.id) {
            // One that has just answered may need a moment.
            if let Ok(Ok(())) = timeout(CONNECT, connection.ready()).await {
                return Ok(Taken { connection, is_used: true });
            }
        }
        self.connect(node).await
    }

    /// A new connection to a node.
    ///
    /// # Errors
    /// The same.
    pub(super) async fn connect(&self, node: &Node) -> Result<Taken, PoolError> {
        let connecting = async {
            let stream = TcpStream::connect(&node.address).await?;
            stream.set_nodelay(true)?;
            let address = stream.peer_addr()?.ip();
            let connector = self.identity.connector(node.fingerprint)?;
            let stream = connector.connect(ServerName::IpAddress(address.into()), stream).await?;
            let mut builder = http1::Builder::new();
            let (connection, driver) =
                builder.max_buf_size(READ_AHEAD).handshake(TokioIo::new(stream)).await?;
            Ok::<_, PoolError>((connection, driver))
        };
        let (connection, driver) = timeout(CONNECT, connecting).await.map_err(|_| PoolError::TooSlow)??;
        let (registry, id) = (Arc::clone(&self.registry), node.id);
        // The task ends when nobody holds the connection any more: those who wait for an answer, and the pool.
        tokio::spawn(async move {
            tokio::select! {
                ended = driver.with_upgrades() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection to another node ended badly");
                    }
                }
                // What stands still without a word would be waited for.
                () = registry.gone(id) => {}
            }
        });
        Ok(Taken { connection, is_used: false })
    }

    /// Keeps a connection for the next request.
    pub(super) fn give_back(&self, id: NodeId, connection: SendRequest<Body>) {
        if connection.is_closed() {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        // Those that have waited for longest stand first: the last one that came is taken first.
        kept.retain(|_, kept| {
            let over =
                kept.iter().take_while(|kept| kept.until <= now || kept.connection.is_closed()).count();
            kept.drain(..over);
            !kept.is_empty()
        });
        let kept = kept.entry(id).or_default();
        if kept.len() < KEPT_EACH {
            kept.push(Kept { connection, until: now + KEPT });
        }
    }

    fn take_kept(&self, id: NodeId) -> Option<SendRequest<Body>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get_mut(&id)?;
        let now = Instant::now();
        while let Some(Kept { connection, until }) = kept.pop() {
            if until > now && !connection.is_closed() {
                return Some(connection);
            }
        }
        None
    }
}
