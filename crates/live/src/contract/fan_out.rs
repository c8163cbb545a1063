//! Fan-out: what one node tells the others.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chinwag_model::{Rev, SessionKey, StreamId, UserId};
use tokio::sync::mpsc;

use crate::Result;

/// The changes of one stream after `from` up to `through`, encoded for clients.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Whose changes.
    pub stream: StreamId,
    /// The head before them.
    pub from: Rev,
    /// The head after them.
    pub through: Rev,
    /// A room's: who left, and at which revision. They must not hear what comes after.
    pub left: Vec<(Rev, UserId)>,
    /// A user's: the rooms that they are in have changed.
    pub moved: bool,
    /// What clients are sent: JSON.
    pub payload: Bytes,
}

/// Something that reached this node.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Something that lasts has changed.
    Changes(Arc<Envelope>),
    /// Something that does not last: to everybody in the stream who can take it at once.
    Passing {
        /// Where.
        stream: StreamId,
        /// The event's name.
        event: &'static str,
        /// JSON.
        payload: Bytes,
        /// Whom it comes from: they are not told.
        except: UserId,
    },
    /// These sessions have ended: their sockets must close.
    SessionsEnded(Vec<SessionKey>),
}

/// Fan-out between nodes. All of it is a hint: it may be lost or come twice.
#[async_trait]
pub trait FanOut {
    /// Begins to receive what is published about a stream. When this returns, everything that is published from then on
    /// comes, as long as nothing is lost. Says whether something that was published before, by who was asked to before,
    /// may not come: the head must then be read again.
    async fn subscribe(&self, stream: StreamId) -> Result<bool>;

    /// Stops receiving it.
    async fn unsubscribe(&self, stream: StreamId);

    /// Tells every node that has subscribed to the stream, this one included.
    async fn publish(&self, delivery: Delivery) -> Result<()>;

    /// What reaches this node, in order per stream. Given once.
    fn take_inbox(&self) -> Option<mpsc::Receiver<Delivery>>;
}
