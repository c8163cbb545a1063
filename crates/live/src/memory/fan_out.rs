//! Fan-out within one node: a queue.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chinwag_model::StreamId;
use tokio::sync::{mpsc, watch};

use super::MemoryLive;
use crate::{Away, Delivery, FanOut, Result};

/// How many deliveries may wait.
const INBOX: usize = 4_096;

/// Where publishers and the node's hub meet. Who has not subscribed is found out by the hub, which knows its streams.
pub(super) struct Hall {
    publish: mpsc::Sender<Delivery>,
    inbox: Mutex<Option<mpsc::Receiver<Delivery>>>,
    suspect: watch::Sender<bool>,
}

impl Default for Hall {
    fn default() -> Self {
        let (publish, inbox) = mpsc::channel(INBOX);
        Self { publish, inbox: Mutex::new(Some(inbox)), suspect: watch::Sender::new(false) }
    }
}

impl Hall {
    /// There are others, and nothing of theirs comes here.
    pub(super) fn is_not_all(&self) {
        self.suspect.send_replace(true);
    }
}

#[async_trait]
impl FanOut for MemoryLive {
    async fn subscribe(&self, _stream: StreamId) -> Result<bool> {
        // Everything that is published on this node is in its queue, subscribed to or not.
        Ok(false)
    }

    async fn unsubscribe(&self, _stream: StreamId) {}

    async fn publish(&self, delivery: Delivery) -> Result<()> {
        let sent = self.fan_out.publish.send(delivery).await;
        sent.map_err(|_| Away("nobody receives on this node".into()))
    }

    fn take_inbox(&self) -> Option<mpsc::Receiver<Delivery>> {
        self.fan_out.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn reaches_others(&self) -> bool {
        false
    }

    fn suspect(&self) -> watch::Receiver<bool> {
        // Nothing gets lost on the way from a queue to its end; what others publish never comes to it.
        self.fan_out.suspect.subscribe()
    }
}
