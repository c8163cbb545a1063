//! Which namespaces this server has, and the channels that it listens to for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::wire::Channels;

/// The namespaces, as the engine tells of them. It bounds how many there may be.
#[derive(Debug)]
pub(crate) struct Namespaces {
    key: String,
    uid: String,
    open: RwLock<Open>,
    /// Told of each change.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    spaces: HashMap<Arc<str>, Arc<Namespace>>,
    /// By the channel, or the pattern, that Redis names with each message.
    routes: HashMap<Vec<u8>, (Arc<Namespace>, Kind)>,
}

/// A namespace and its channels.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) name: Arc<str>,
    pub(crate) channels: Channels,
}

/// What comes from a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Broadcast,
    Request,
    Response,
}

/// What is to be done for Redis to know what the engine told.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) opened: Vec<Arc<Namespace>>,
    pub(crate) closed: Vec<Arc<Namespace>>,
}

impl Namespaces {
    pub(crate) fn new(key: String, uid: String) -> Self {
        Self { key, uid, open: RwLock::default(), changed: Notify::new() }
    }

    pub(crate) fn uid(&self) -> &str {
        &self.uid
    }

    pub(crate) fn channels(&self, namespace: &str) -> Channels {
        Channels::new(&self.key, namespace)
    }

    pub(crate) fn open(&self, name: &str) {
        let namespace = Arc::new(Namespace { name: name.into(), channels: self.channels(name) });
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        for (channel, kind) in self.subscriptions(&namespace) {
            open.routes.insert(channel.into_bytes(), (namespace.clone(), kind));
        }
        open.routes.insert(namespace.channels.pattern().into_bytes(), (namespace.clone(), Kind::Broadcast));
        open.spaces.insert(namespace.name.clone(), namespace);
        drop(open);
        self.changed.notify_one();
    }

    pub(crate) fn close(&self, name: &str) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let Some(namespace) = open.spaces.remove(name) else { return };
        for (channel, _) in self.subscriptions(&namespace) {
            open.routes.remove(channel.as_bytes());
        }
        open.routes.remove(namespace.channels.pattern().as_bytes());
        drop(open);
        self.changed.notify_one();
    }

    /// The channels that are listened to by their names. Those of answers come first, so that who is counted hears them.
    pub(crate) fn subscriptions(&self, namespace: &Namespace) -> [(String, Kind); 3] {
        let channels = &namespace.channels;
        [
            (channels.response(None), Kind::Response),
            (channels.response(Some(&self.uid)), Kind::Response),
            (channels.request(), Kind::Request),
        ]
    }

    /// Whose message this is, and what kind it is of.
    pub(crate) fn route(&self, channel: &[u8]) -> Option<(Arc<Namespace>, Kind)> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).routes.get(channel).cloned()
    }

    /// What has changed since Redis was told of these, which are changed likewise.
    pub(crate) fn changes(&self, told: &mut HashMap<Arc<str>, Arc<Namespace>>) -> Changes {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let opened: Vec<_> =
            open.spaces.values().filter(|space| !told.contains_key(&space.name)).cloned().collect();
        let gone: HashSet<Arc<str>> =
            told.keys().filter(|name| !open.spaces.contains_key(*name)).cloned().collect();
        drop(open);
        let closed = gone.iter().filter_map(|name| told.remove(name)).collect();
        told.extend(opened.iter().map(|space| (space.name.clone(), space.clone())));
        Changes { opened, closed }
    }

    /// Waits until something has changed.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}
