//! What reaches this node.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::{Away, Delivery, Result};

/// How many deliveries may wait.
const INBOX: usize = 4_096;

/// The node's inbox, as its own publishers and the connections to Redis see it.
pub(super) struct Inbox {
    deliveries: mpsc::Sender<Delivery>,
    taken: Mutex<Option<mpsc::Receiver<Delivery>>>,
    /// Something did not come, or did not fit.
    missed: Notify,
}

impl Inbox {
    pub(super) fn new() -> Self {
        let (deliveries, inbox) = mpsc::channel(INBOX);
        Self { deliveries, taken: Mutex::new(Some(inbox)), missed: Notify::new() }
    }

    /// Where deliveries come from. Given once.
    pub(super) fn take(&self) -> Option<mpsc::Receiver<Delivery>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// From this node: waits until there is room.
    pub(super) async fn put(&self, delivery: Delivery) -> Result<()> {
        let sent = self.deliveries.send(delivery).await;
        sent.map_err(|_| Away("nobody receives on this node".into()))
    }

    /// From another node: what does not fit is missed.
    pub(super) fn offer(&self, delivery: Delivery) {
        if self.deliveries.try_send(delivery).is_err() {
            self.has_missed();
        }
    }

    /// Something may not have come.
    pub(super) fn has_missed(&self) {
        self.missed.notify_one();
    }

    /// Says into the inbox that something was missed, once for all that was until it is said, for as long as this is
    /// polled.
    pub(super) async fn tell_what_is_missed(&self) {
        loop {
            self.missed.notified().await;
            if self.deliveries.send(Delivery::MayHaveMissed).await.is_err() {
                return;
            }
        }
    }
}
