//! WebSockets through this node: bytes both ways, until one side ends.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy, split};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::registry::Registry;
use super::release::Way;
use crate::serve::Hold;

/// How long one side may take to end once the other has: it may not have read everything.
const LINGER: Duration = Duration::from_secs(2);

/// A tunnel between a client and the node that has its session.
pub(super) struct Tunnel {
    pub(super) client: OnUpgrade,
    pub(super) owner: OnUpgrade,
    pub(super) way: Way,
    pub(super) registry: Arc<Registry>,
    pub(super) hold: Hold,
    /// One of the requests that may be passed on at once, for as long as this lasts.
    pub(super) permit: OwnedSemaphorePermit,
}

impl Tunnel {
    /// Lets bytes through until one side ends or the owner is gone. Before this server stops, the owner is asked to send
    /// the client elsewhere.
    pub(super) async fn run(self) {
        let Self { client, owner, way, registry, mut hold, permit } = self;
        let mut leaving = hold.clone();
        let copying = async {
            let (client, owner) = tokio::try_join!(client, owner)?;
            Ok::<_, hyper::Error>(both_ways(client, owner).await)
        };
        tokio::select! {
            ended = copying => match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a WebSocket through this node ended badly"),
                Err(error) => tracing::debug!(%error, "a WebSocket through this node did not come about"),
            },
            () = registry.gone(way.node.id) => {}
            never = way.clear(&mut leaving) => match never {},
            () = hold.stopped() => {}
        }
        drop(permit);
    }
}

/// Copies both ways until both sides have ended, or one has not soon after the other.
async fn both_ways(client: Upgraded, owner: Upgraded) -> io::Result<()> {
    let (mut from_client, mut to_client) = split(TokioIo::new(client));
    let (mut from_owner, mut to_owner) = split(TokioIo::new(owner));
    let mut there = pin!(one_way(&mut from_client, &mut to_owner));
    let mut back = pin!(one_way(&mut from_owner, &mut to_client));
    let other = tokio::select! {
        ended = there.as_mut() => ended.map(|()| back),
        ended = back.as_mut() => ended.map(|()| there),
    };
    // Whoever takes longer is cut.
    timeout(LINGER, other?).await.unwrap_or(Ok(()))
}

async fn one_way(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    copy(from, to).await?;
    to.shutdown().await
}
