//! The servers that this node is connected to: one, or those of a cluster that have slots.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::channels::Channels;
use super::connect::Connector;
use super::health::{Health, Part};
use super::incoming::Incoming;
use super::keys::Keys;
use super::link::Link;
use super::options::{Address, Server};
use super::slots::Map;
use super::subscriber::Subscriber;

/// A cluster is asked who has which slots at most this often …
const REFRESH_AT_MOST: Duration = Duration::from_millis(250);
/// … and at least this often.
const REFRESH_AT_LEAST: Duration = Duration::from_secs(10);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(1);
/// Most servers that a cluster may have; the specification recommends at most a thousand.
const SERVERS: usize = 1_000;

/// Asks for another look at who has which slots.
#[derive(Default)]
pub(super) struct Refresh(Notify);

impl Refresh {
    /// Has somebody look soon. Without a cluster nobody does.
    pub(super) fn ask(&self) {
        self.0.notify_one();
    }
}

/// One server and the tasks that keep the connections to it.
pub(super) struct Connected {
    pub(super) link: Arc<Link>,
    pub(super) subscriber: Arc<Subscriber>,
    tasks: [AbortHandle; 2],
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Who has what, and how they are reached.
#[derive(Default)]
struct Routes {
    map: Map,
    servers: HashMap<Arc<Server>, Arc<Connected>>,
}

/// What every connection needs.
pub(super) struct Servers {
    address: Address,
    keys: Keys,
    connector: Arc<Connector>,
    routes: Mutex<Routes>,
    /// Tells that slots have moved.
    moved: watch::Sender<()>,
    refresh: Arc<Refresh>,
    lost: Arc<AtomicBool>,
    health: Health,
    channels: Arc<Channels>,
    incoming: Arc<Incoming>,
}

impl Servers {
    pub(super) fn new(
        address: Address,
        keys: Keys,
        health: Health,
        channels: Arc<Channels>,
        incoming: Arc<Incoming>,
        lost: Arc<AtomicBool>,
    ) -> Result<Arc<Self>, String> {
        let connector = Arc::new(Connector::new(address.clone())?);
        let (routes, moved, refresh) = (Mutex::default(), watch::Sender::new(()), Arc::default());
        Ok(Arc::new(Self {
            address,
            keys,
            connector,
            routes,
            moved,
            refresh,
            lost,
            health,
            channels,
            incoming,
        }))
    }

    /// The server that has a key or a channel.
    pub(super) fn of(&self, key: &str) -> Option<Arc<Connected>> {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.servers.get(routes.map.owner(key.as_bytes())?).cloned()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<Connected>> {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.servers.values().cloned().collect()
    }

    /// Lets go of all of them.
    pub(super) fn forget(&self) {
        let routes = std::mem::take(&mut *self.routes.lock().unwrap_or_else(PoisonError::into_inner));
        // Not under the lock.
        drop(routes);
    }

    /// Whether a key or a channel is this server's.
    pub(super) fn has(&self, server: &Server, key: &str) -> bool {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.map.owner(key.as_bytes()).is_some_and(|owner| **owner == *server)
    }

    /// Tells whenever slots have moved.
    pub(super) fn moved(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// Has somebody look who has which slots.
    pub(super) fn refresh(&self) {
        self.refresh.ask();
    }

    /// Connects to the right servers, for as long as this is polled; the connections last as long.
    ///
    /// `part` is up once it is known which servers are right.
    pub(super) async fn keep(self: Arc<Self>, mut part: Part) {
        let mut tasks = JoinSet::new();
        let Some(first) = self.address.servers.first() else { return };
        if !self.address.cluster {
            self.follow(Map::single(first.clone()), &mut tasks);
            part.set(true);
            // Nobody else will have anything.
            while tasks.join_next().await.is_some() {}
            return;
        }
        loop {
            let found = self.ask_for_slots().await;
            let rest = if found.is_some() { REFRESH_AT_LEAST } else { REFRESH_AT_MOST };
            let is_found = found.is_some();
            if let Some(map) = found {
                self.follow(map, &mut tasks);
            }
            if part.set(is_found) && !is_found {
                tracing::warn!("no server of the Redis Cluster says who has which slots");
            }
            // Tasks of servers that have no slots any more.
            while tasks.try_join_next().is_some() {}
            tokio::time::sleep(REFRESH_AT_MOST).await;
            // Either is a reason to ask again.
            let _ = tokio::time::timeout(rest, self.refresh.0.notified()).await;
        }
    }

    /// Makes connections to servers that have slots now, and ends those to others.
    fn follow(self: &Arc<Self>, map: Map, tasks: &mut JoinSet<()>) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if routes.map == map {
            return;
        }
        let servers = map.servers();
        routes.servers.retain(|server, _| servers.contains(server));
        for server in servers.into_iter().take(SERVERS) {
            let connected = || Arc::new(self.connect(&server, tasks));
            routes.servers.entry(Arc::clone(&server)).or_insert_with(connected);
        }
        routes.map = map;
        drop(routes);
        self.moved.send_replace(());
    }

    fn connect(self: &Arc<Self>, server: &Arc<Server>, tasks: &mut JoinSet<()>) -> Connected {
        let (lost, refresh) = (Arc::clone(&self.lost), Arc::clone(&self.refresh));
        let link = Arc::new(Link::new(Arc::clone(server), self.address.cluster, lost, refresh));
        let (subscriber, orders) = Subscriber::new(Arc::clone(server), self.address.cluster);
        let keeping = {
            let (link, connector, part) =
                (Arc::clone(&link), Arc::clone(&self.connector), self.health.part());
            tasks.spawn(async move { link.keep(&connector, part).await })
        };
        let hearing = {
            let (subscriber, servers, part) = (Arc::clone(&subscriber), Arc::clone(self), self.health.part());
            tasks.spawn(async move { subscriber.keep(orders, &servers, part).await })
        };
        Connected { link, subscriber, tasks: [keeping, hearing] }
    }

    /// Asks servers that are known, and then those of the address, until one says who has which slots.
    async fn ask_for_slots(&self) -> Option<Map> {
        let question = {
            let mut question = redis::cmd("CLUSTER");
            question.arg("SLOTS");
            question
        };
        let known: Vec<_> = {
            let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
            routes
                .servers
                .iter()
                .map(|(server, known)| (Arc::clone(server), Arc::clone(&known.link)))
                .collect()
        };
        for (server, link) in known {
            let answer = link.ask(&question, ANSWER).await;
            if let Some(map) = answer.ok().and_then(|answer| Map::from_answer(&answer, &server)) {
                return Some(map);
            }
        }
        for server in &self.address.servers {
            let Ok(connection) = self.connector.connect(server, |_| {}).await else { continue };
            let mut commands = connection.commands.clone();
            let answer = tokio::time::timeout(ANSWER, commands.send_packed_command(&question)).await;
            if let Ok(Ok(answer)) = answer
                && let Some(map) = Map::from_answer(&answer, server)
            {
                return Some(map);
            }
        }
        None
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }

    pub(super) fn channels(&self) -> &Channels {
        &self.channels
    }

    pub(super) fn incoming(&self) -> &Arc<Incoming> {
        &self.incoming
    }
}
