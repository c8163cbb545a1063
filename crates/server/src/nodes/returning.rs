//! Bodies of answers that give their connection back to the pool when they have been read to their end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use chinwag_store::NodeId;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::SendRequest;
use tokio::sync::OwnedSemaphorePermit;

use super::pool::Pool;

/// The body of another node's answer. Where it is dropped before its end, so is the connection.
pub(super) struct Returning {
    body: Incoming,
    connection: Option<SendRequest<Body>>,
    pool: Arc<Pool>,
    node: NodeId,
    /// One of the requests that may be passed on at once, until this has been read.
    _permit: OwnedSemaphorePermit,
}

impl Returning {
    pub(super) fn new(
        body: Incoming,
        connection: SendRequest<Body>,
        (pool, node): (Arc<Pool>, NodeId),
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let mut returning = Self { body, connection: Some(connection), pool, node, _permit: permit };
        returning.give_back_at_end();
        returning
    }

    fn give_back_at_end(&mut self) {
        if self.body.is_end_stream()
            && let Some(connection) = self.connection.take()
        {
            self.pool.give_back(self.node, connection);
        }
    }
}

impl hyper::body::Body for Returning {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        if !matches!(frame, Some(Err(_))) {
            this.give_back_at_end();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
