//! One namespace with those who are in it, and how it is sent to.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::mpsc;

use super::{Family, Named};
use crate::acks::Asked;
use crate::adapter::AnyAdapter;
use crate::emitter::Outgoing;
use crate::encoded::Encoded;
use crate::engine::{Engine, Flags};
use crate::hub::{Hub, Target};
use crate::panics::caught;
use crate::recovery::{Holdings, Log, LogGuard, Recovery};
use crate::socket::Socket;

/// A namespace with those who are in it.
pub(crate) struct Space {
    pub(crate) namespace: Named,
    pub(crate) hub: Hub,
    /// The pattern that it came into being by.
    family: Option<Weak<Family>>,
    /// Only where clients may recover.
    log: Option<Mutex<Log>>,
    /// The number of the next acknowledgement that is asked for: one for all sockets, so that an event which many are
    /// to acknowledge is written once.
    next_ack: AtomicU64,
}

/// What all namespaces have in common.
#[derive(Clone, Default)]
pub(crate) struct Common {
    pub(crate) recovery: Option<(Recovery, Arc<Holdings>)>,
    pub(crate) adapter: AnyAdapter,
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if let Some(family) = self.family.as_ref().and_then(Weak::upgrade) {
            family.forget(&self.namespace.name);
        }
    }
}

impl Space {
    pub(super) fn new(namespace: Named, family: Option<Weak<Family>>, common: &Common) -> Arc<Self> {
        let hub = Hub::new(&namespace.name, common.adapter.clone());
        let log = common.recovery.as_ref();
        let log = log.map(|(recovery, all)| Mutex::new(Log::new(*recovery, all.clone())));
        Arc::new(Self { namespace, hub, family, log, next_ack: AtomicU64::new(0) })
    }

    /// Keeps a namespace of a pattern while somebody who was in it may come back.
    pub(crate) fn keep(self: &Arc<Self>) {
        if let Some(family) = self.family.as_ref().and_then(Weak::upgrade) {
            family.keep(self);
        }
    }

    pub(crate) fn is_child(&self) -> bool {
        self.family.is_some()
    }

    /// A number for an acknowledgement.
    pub(crate) fn next_ack(&self) -> u64 {
        self.next_ack.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether somebody wants to hear of every event that is sent.
    pub(crate) fn has_listeners(&self) -> bool {
        !self.namespace.handlers.outgoing.is_empty()
    }

    /// Tells of an event that was sent to these.
    pub(crate) fn tell(&self, sockets: &[Socket], packet: &Encoded) {
        let Some(outgoing) = Outgoing::of(packet).filter(|_| !sockets.is_empty()) else { return };
        for socket in sockets {
            for listener in &self.namespace.handlers.outgoing {
                caught(socket.conn().counts(), || listener(socket, &outgoing));
            }
        }
    }

    /// The log, if clients may recover. It is locked before a socket's rooms and the hub.
    pub(crate) fn log(&self) -> Option<LogGuard<'_>> {
        self.log.as_ref().map(LogGuard::lock)
    }

    /// Queues an event for all whom the target names. Returns for how many.
    pub(crate) fn send(&self, engine: &Engine, target: &Target, packet: &Encoded, flags: Flags) -> usize {
        let mut log = self.log();
        let numbered = log.as_mut().map(|log| log.append(packet, target, !flags.volatile, engine.now()));
        let sent = numbered.as_ref().unwrap_or(packet);
        let mut sweep = engine.sweep(sent, flags);
        let mut heard = Vec::new();
        self.hub.walk_in_turn(target, |member| {
            if sweep.push(&member.conn) && self.has_listeners() {
                heard.push(member.socket.clone());
            }
        });
        drop(log);
        let queued = sweep.finish();
        // With no lock held: listeners may do what they like.
        self.tell(&heard, packet);
        queued
    }

    /// Queues an event for all whom the target names, and asks them to acknowledge it.
    pub(crate) fn ask(&self, engine: &Engine, target: &Target, packet: &Encoded, flags: Flags) -> Asked {
        let id = self.next_ack();
        let asking = packet.asking(id);
        let (sender, replies) = mpsc::unbounded_channel();
        let mut sweep = engine.sweep(&asking, flags);
        let mut sockets = Vec::new();
        self.hub.walk_in_turn(target, |member| {
            // Waited for before it is sent: the answer may come at once.
            if member.socket.expect_one_of_many(id, sender.clone()) {
                if sweep.push(&member.conn) {
                    sockets.push(member.socket.clone());
                } else {
                    member.socket.forget_ack(id);
                }
            }
        });
        sweep.finish();
        self.tell(if self.has_listeners() { &sockets } else { &[] }, packet);
        Asked { id, sockets, replies }
    }
}
