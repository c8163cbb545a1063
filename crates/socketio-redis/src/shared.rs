//! What the tasks of an adapter share.

use std::sync::Arc;

use redis::Client;
use tokio::sync::watch;

use crate::asked::Asked;
use crate::namespaces::Namespaces;
use crate::outbox::Outbox;
use crate::totals::Counters;

/// What all parts of an adapter refer to.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) namespaces: Namespaces,
    pub(crate) outbox: Outbox,
    pub(crate) asked: Asked,
    pub(crate) counters: Arc<Counters>,
    /// Whether Redis is there and everything is subscribed.
    pub(crate) connected: watch::Sender<bool>,
    /// Whether answers go to the channel of who asked.
    pub(crate) specific_responses: bool,
}

impl Shared {
    pub(crate) fn is_connected(&self) -> bool {
        *self.connected.borrow()
    }
}
