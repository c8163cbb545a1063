//! WebSockets through this node: bytes both ways, until one side ends.

use std::sync::Arc;

use chinwag_store::NodeId;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::sync::OwnedSemaphorePermit;

use super::registry::Registry;
use crate::serve::Hold;

/// A tunnel between a client and the node that has its session.
pub(super) struct Tunnel {
    pub(super) client: OnUpgrade,
    pub(super) owner: OnUpgrade,
    pub(super) node: NodeId,
    pub(super) registry: Arc<Registry>,
    pub(super) hold: Hold,
    /// One of the requests that may be passed on at once, for as long as this lasts.
    pub(super) permit: OwnedSemaphorePermit,
}

impl Tunnel {
    /// Lets bytes through until one side ends, the owner is gone, or this server stops: the client then comes back by
    /// itself.
    pub(super) async fn run(self) {
        let Self { client, owner, node, registry, mut hold, permit } = self;
        let copying = async {
            let (client, owner) = tokio::try_join!(client, owner)?;
            let copied = copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(owner)).await;
            Ok::<_, hyper::Error>(copied)
        };
        tokio::select! {
            ended = copying => match ended {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a WebSocket through this node ended badly"),
                Err(error) => tracing::debug!(%error, "a WebSocket through this node did not come about"),
            },
            () = registry.gone(node) => {}
            () = hold.stopped() => {}
        }
        drop(permit);
    }
}
