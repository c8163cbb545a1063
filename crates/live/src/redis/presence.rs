//! Presence on many nodes.
//!
//! Each node counts the connections of its own people in its memory, and tells the others, by the channel of the place,
//! who came to it and who went. What it told it also writes to Redis, a hash for each place and node, for who begins to
//! follow the place or has missed something: all that is told is numbered, and a number that does not follow upon the
//! last has the hash read. Every node has a lease, and each hash an expiry; both are renewed by who has the people, a
//! place at a time. So a node that ends without a word is missed, and Redis may lose everything.
//!
//! Who is where, as one node knows it, is in [`Places`], in which another node's person counts as one connection.

mod others;
mod own;
mod task;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_model::{Person, StreamId, UserId};
use futures_util::future::join_all;
use redis::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::RedisLive;
use super::envelope::{Message, Version};
use super::keys::Channel;
use super::link::Failure;
use super::node::NodeId;
use super::scripts::Script;
use super::servers::Servers;
use super::teller::Teller;
use crate::places::Places;
use crate::{Here, PlaceChange, Presence, Result};
use own::Own;

pub(super) use task::keep;

/// How long Redis has to answer.
const LIMIT: Duration = Duration::from_millis(500);
/// The field of a hash that says at which number it stands.
const AT: &str = "at";

/// The people of this node, and those of others as far as it knows.
pub(super) struct People {
    me: NodeId,
    newest: Version,
    servers: Arc<Servers>,
    teller: Arc<Teller>,
    places: Places,
    own: Mutex<Own>,
    /// The other nodes that live.
    nodes: Mutex<Vec<NodeId>>,
    /// There is something to tell the others.
    wake: Notify,
    beat: Script,
    write_place: Script,
}

impl People {
    pub(super) fn new(me: NodeId, newest: Version, servers: Arc<Servers>, teller: Arc<Teller>) -> Self {
        Self {
            me,
            newest,
            servers,
            teller,
            places: Places::default(),
            own: Mutex::default(),
            nodes: Mutex::default(),
            wake: Notify::new(),
            beat: Script::new(include_str!("scripts/beat.lua")),
            write_place: Script::new(include_str!("scripts/write_place.lua")),
        }
    }

    /// Tells the others that this node has ended.
    pub(super) async fn say_goodbye(&self) {
        self.teller.tell(Channel::All, &Message::Gone);
        for connected in self.servers.all() {
            connected.link.published(LIMIT).await;
        }
        let name = self.servers.keys().nodes();
        let Some(connected) = self.servers.of(&name) else { return };
        let mut command = redis::cmd("ZREM");
        command.arg(&name).arg(self.lease_name());
        // If it cannot be told, the lease ends by itself.
        if let Err(reason) = connected.link.ask(&command, LIMIT).await {
            tracing::debug!(%reason, "Redis was not told that this node ends");
        }
    }

    /// What this node is called where leases are.
    fn lease_name(&self) -> String {
        format!("{}:{}", self.me, self.newest as u8)
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<NodeId>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom a node has in a place, and at which number that is, as Redis knows it; nothing if it knows nothing, or not all
    /// of it yet.
    async fn read(
        &self,
        place: StreamId,
        node: NodeId,
    ) -> std::result::Result<Option<(u64, Vec<Person>)>, Failure> {
        let name = self.servers.keys().place(place, node);
        let connected = self.servers.of(&name).ok_or(Failure::Away)?;
        let mut command = redis::cmd("HGETALL");
        command.arg(&name);
        let Value::Map(fields) = connected.link.ask(&command, LIMIT).await? else { return Ok(None) };
        let mut at = None;
        let mut people = Vec::with_capacity(fields.len());
        for (field, value) in fields {
            let (Value::BulkString(field), Value::BulkString(value)) = (field, value) else { continue };
            if field == AT.as_bytes() {
                at = std::str::from_utf8(&value).ok().and_then(|number| number.parse().ok());
            } else if let Ok(person) = serde_json::from_slice(&value) {
                people.push(person);
            }
        }
        Ok(at.map(|at| (at, people)))
    }

    /// Who is in a place that this node does not follow.
    async fn read_here(&self, place: StreamId, limit: usize) -> Here {
        let nodes = self.nodes().clone();
        let read = join_all(nodes.into_iter().map(|node| self.read(place, node))).await;
        let mut here = self.places.here(place, usize::MAX);
        let mut known: std::collections::HashSet<_> = here.people.iter().map(|person| person.id).collect();
        // Of who does not answer only what is known here can be said.
        let others = read.into_iter().flatten().flatten().flat_map(|(_, people)| people);
        here.people.extend(others.filter(|person| known.insert(person.id)).map(Arc::new));
        here.online = here.people.len();
        here.people.truncate(limit);
        here
    }
}

#[async_trait]
impl Presence for RedisLive {
    async fn enter(&self, place: StreamId, person: &Arc<Person>) -> Result<()> {
        let people = &self.people;
        let news = people.own().enter(place, person);
        people.places.enter(place, person);
        if news {
            people.wake.notify_one();
        }
        Ok(())
    }

    async fn leave(&self, place: StreamId, user: UserId) -> Result<()> {
        let people = &self.people;
        let news = people.own().leave(place, user, Instant::now());
        people.places.leave(place, user);
        if news {
            people.wake.notify_one();
        }
        Ok(())
    }

    async fn here(&self, place: StreamId, limit: usize) -> Result<Here> {
        let complete = self.people.own().is_complete(place);
        if complete {
            Ok(self.people.places.here(place, limit))
        } else {
            Ok(self.people.read_here(place, limit).await)
        }
    }

    async fn changed(&self) -> Vec<PlaceChange> {
        self.people.places.changed().await
    }
}
