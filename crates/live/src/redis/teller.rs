//! Telling other nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use super::envelope::{self, Message, Version};
use super::keys::{Channel, Keys};
use super::node::NodeId;
use super::servers::Servers;

/// How often others are told that something was lost, as long as something is.
const TELL_LOSSES: Duration = Duration::from_secs(1);

/// What this node tells others through.
pub(super) struct Teller {
    me: NodeId,
    keys: Keys,
    servers: Arc<Servers>,
    newest: Version,
    /// The version that is written, as a number: what all nodes read.
    written: AtomicU8,
    lost: Arc<AtomicBool>,
}

impl Teller {
    pub(super) fn new(
        me: NodeId,
        keys: Keys,
        servers: Arc<Servers>,
        newest: Version,
        lost: Arc<AtomicBool>,
    ) -> Self {
        // Until it is known who else is there, some of them may be of the version before.
        Self { me, keys, servers, newest, written: AtomicU8::new(Version::PREVIOUS as u8), lost }
    }

    /// Tells whoever listens to a channel. It does not wait; what cannot be told is lost, and all nodes are told so once
    /// they can be.
    pub(super) fn tell(&self, channel: Channel, message: &Message) {
        if !self.try_tell(channel, message) {
            self.lost.store(true, Ordering::Release);
        }
    }

    /// The nodes that live read up to these versions.
    pub(super) fn others_read(&self, versions: impl Iterator<Item = u8>) {
        self.written.store(self.newest.common(versions) as u8, Ordering::Release);
    }

    /// Tells all nodes that something was lost whenever something was, for as long as it is polled.
    pub(super) async fn tell_losses(&self) {
        loop {
            tokio::time::sleep(TELL_LOSSES).await;
            if self.lost.swap(false, Ordering::AcqRel) {
                self.tell(Channel::All, &Message::Lost);
            }
        }
    }

    fn try_tell(&self, channel: Channel, message: &Message) -> bool {
        let version = if self.written.load(Ordering::Acquire) == Version::One as u8 {
            Version::One
        } else {
            Version::Two
        };
        let name = self.keys.channel(channel);
        let Some(connected) = self.servers.of(&name) else { return false };
        connected.link.publish(name, envelope::encode(version, self.me, message))
    }
}
