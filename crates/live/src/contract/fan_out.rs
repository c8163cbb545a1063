//! Fan-out: what one node tells the others.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chinwag_model::{Epoch, Rev, SessionKey, StreamId, UserId};
use tokio::sync::{mpsc, watch};

use crate::Result;

/// The changes of one stream after `from` up to `through`, encoded for clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Whose changes.
    pub stream: StreamId,
    /// The epoch of their revisions; `None` if a node of another version told of them, which does not say.
    pub epoch: Option<Epoch>,
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
        /// The event's name, at most [`EVENT_BYTES`] long.
        event: Cow<'static, str>,
        /// JSON.
        payload: Bytes,
        /// Whom it comes from: they are not told.
        except: UserId,
    },
    /// These sessions have ended: their sockets must close.
    SessionsEnded(Vec<SessionKey>),
    /// Something that others have published may not have come, or will not come to them. The heads of all streams must be
    /// compared with the store now, and sessions with its news.
    MayHaveMissed,
}

/// Most bytes of the name of a passing event.
pub const EVENT_BYTES: usize = 255;

/// Fan-out between nodes. All of it is a hint: it may be lost or come twice.
#[async_trait]
pub trait FanOut {
    /// Begins to receive what is published about a stream. When this returns, everything that is published from then on
    /// comes, as long as nothing is lost. Says whether something that was published before, by who was asked to before,
    /// may not come: the head must then be read again. Where others cannot be reached it says so at once, and
    /// [`Delivery::MayHaveMissed`] comes when they can.
    async fn subscribe(&self, stream: StreamId) -> Result<bool>;

    /// Stops receiving it.
    async fn unsubscribe(&self, stream: StreamId);

    /// Tells every node that has subscribed to the stream, this one included. It waits for nobody but this node's inbox.
    async fn publish(&self, delivery: Delivery) -> Result<()>;

    /// What reaches this node, in order per stream. Given once.
    fn take_inbox(&self) -> Option<mpsc::Receiver<Delivery>>;

    /// Whether what is published here goes to other nodes at all.
    fn reaches_others(&self) -> bool;

    /// Whether what others publish may not come at present. Heads are then compared with the store more often.
    fn suspect(&self) -> watch::Receiver<bool>;
}
