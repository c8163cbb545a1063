//! What other nodes say, brought to where it belongs.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::{PushInfo, PushKind, Value};
use tokio::sync::{Notify, mpsc};

use super::envelope::{self, Message, Unread, Version};
use super::inbox::Inbox;
use super::node::NodeId;
use crate::Delivery;
use crate::memory::sessions::Cache;

#[cfg(test)]
mod tests;

/// How many messages about presence may wait.
const PRESENCE: usize = 4_096;

/// How often at most what was said in another version is made up for.
const MISS_UNREAD: Duration = Duration::from_secs(1);

/// What a node said about its people.
pub(super) type Heard = (NodeId, Message);

/// Where everything that other nodes say arrives. Nothing in it waits.
pub(super) struct Incoming {
    me: NodeId,
    newest: Version,
    inbox: Arc<Inbox>,
    sessions: Arc<Cache>,
    presence: mpsc::Sender<Heard>,
    /// Something about presence was missed: it is to be read anew.
    presence_missed: Notify,
    /// Something was said in a version that this node does not read.
    unread: Notify,
}

impl Incoming {
    /// For this node, which reads versions up to `newest`; and where presence hears.
    pub(super) fn new(
        me: NodeId,
        newest: Version,
        inbox: Arc<Inbox>,
        sessions: Arc<Cache>,
    ) -> (Arc<Self>, mpsc::Receiver<Heard>) {
        let (presence, heard) = mpsc::channel(PRESENCE);
        let (presence_missed, unread) = (Notify::new(), Notify::new());
        (Arc::new(Self { me, newest, inbox, sessions, presence, presence_missed, unread }), heard)
    }

    /// Something may not have come: of what lasts, of sessions and of presence.
    pub(super) fn has_missed(&self) {
        self.sessions.forget_all();
        self.inbox.has_missed();
        self.presence_missed.notify_one();
    }

    /// Takes what was said in a version that this node does not read for missed, at once and then once for all that follows
    /// soon, for as long as this is polled. A node that has just come to others of the next version hears it from them until
    /// they have seen its lease.
    pub(super) async fn miss_what_is_unread(&self) {
        loop {
            self.unread.notified().await;
            self.has_missed();
            tokio::time::sleep(MISS_UNREAD).await;
        }
    }

    /// Waits until something about presence may have been missed.
    pub(super) async fn presence_missed(&self) {
        self.presence_missed.notified().await;
    }

    /// A message that Redis pushed, if it is one.
    pub(super) fn pushed(&self, push: PushInfo) {
        if !matches!(push.kind, PushKind::Message | PushKind::SMessage) {
            return;
        }
        let Some(Value::BulkString(envelope)) = push.data.into_iter().nth(1) else { return };
        match envelope::decode(self.newest, Bytes::from(envelope)) {
            Ok((sender, _)) if sender == self.me => {}
            Ok((sender, message)) => self.arrived(sender, message),
            Err(reason) => {
                tracing::debug!(%reason, "an envelope of another node was passed over");
                if matches!(reason, Unread::Version(_)) {
                    self.unread.notify_one();
                }
            }
        }
    }

    fn arrived(&self, sender: NodeId, message: Message) {
        match message {
            Message::Changes(envelope) => self.inbox.offer(Delivery::Changes(envelope)),
            Message::Passing { stream, event, except, payload } => {
                let event = Cow::Owned(event);
                self.inbox.offer(Delivery::Passing { stream, event, payload, except });
            }
            Message::SessionsEnded(keys) => {
                self.sessions.end(&keys);
                self.inbox.offer(Delivery::SessionsEnded(keys));
            }
            Message::SessionsStale(keys) => self.sessions.forget(&keys),
            Message::Lost => self.has_missed(),
            Message::PlaceChanged { .. } | Message::PlaceStands { .. } | Message::Gone => {
                if self.presence.try_send((sender, message)).is_err() {
                    self.presence_missed.notify_one();
                }
            }
        }
    }
}
