//! Whom other nodes have in the places that this node follows, and for how long they are believed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chinwag_model::{Person, StreamId, UserId};
use tokio::time::Instant;

use crate::places::Places;
use crate::redis::node::NodeId;

#[cfg(test)]
mod tests;

/// Most nodes that are known.
const NODES: usize = 1_000;

/// The other nodes and their people. Bounded by the places that this node follows and the nodes that there are.
#[derive(Default)]
pub(super) struct Others {
    leases: HashMap<NodeId, Lease>,
    places: HashMap<StreamId, HashMap<NodeId, Seen>>,
    /// What is to be read from Redis, because something was missed.
    to_read: BTreeSet<(StreamId, NodeId)>,
}

struct Lease {
    until: Instant,
    /// The newest version of envelopes that it reads.
    reads: u8,
}

struct Seen {
    at: u64,
    people: HashSet<UserId>,
    /// When it was last known to be so.
    known_at: Instant,
}

impl Others {
    /// The nodes that live, as far as is known.
    pub(super) fn nodes(&self) -> Vec<NodeId> {
        self.leases.keys().copied().collect()
    }

    /// What each of them reads.
    pub(super) fn read_versions(&self) -> impl Iterator<Item = u8> {
        self.leases.values().map(|lease| lease.reads)
    }

    /// A node lives at least until then. Says whether it was not known.
    pub(super) fn lives(&mut self, node: NodeId, until: Instant, reads: u8) -> bool {
        if self.leases.len() >= NODES && !self.leases.contains_key(&node) {
            return false;
        }
        let known = self.leases.get(&node).map(|lease| lease.until);
        let until = known.map_or(until, |known| known.max(until));
        self.leases.insert(node, Lease { until, reads });
        known.is_none()
    }

    /// A node that says something lives, even if Redis has forgotten it.
    pub(super) fn says_something(&mut self, node: NodeId, until: Instant, reads: u8) {
        if !self.leases.contains_key(&node) {
            self.lives(node, until, reads);
        }
    }

    /// Forgets the nodes whose leases are over; how many.
    pub(super) fn end_leases(&mut self, now: Instant, places: &Places) -> usize {
        let over: Vec<_> =
            self.leases.iter().filter(|(_, lease)| lease.until <= now).map(|(node, _)| *node).collect();
        over.iter().for_each(|node| self.gone(*node, places));
        over.len()
    }

    /// A node has ended, and all its people went.
    pub(super) fn gone(&mut self, node: NodeId, places: &Places) {
        self.leases.remove(&node);
        self.to_read.retain(|(_, other)| *other != node);
        let ids: Vec<_> = self.places.keys().copied().collect();
        ids.into_iter().for_each(|place| self.empty(place, node, places));
    }

    /// A place is not followed any more.
    pub(super) fn forget(&mut self, place: StreamId) {
        self.places.remove(&place);
        self.to_read.retain(|(other, _)| *other != place);
    }

    /// A node said what changed in a place between two numbers.
    pub(super) fn changed(
        &mut self,
        (place, node): (StreamId, NodeId),
        (from, to): (u64, u64),
        came: Vec<Person>,
        went: &[UserId],
        now: Instant,
        places: &Places,
    ) {
        let known = self.at(place, node);
        if from < known && to <= known {
            // It was read meanwhile.
            return;
        }
        if from != known {
            // Something was missed in between; the place may have been empty since.
            self.to_read.insert((place, node));
            return;
        }
        let seen = self.seen(place, node, now);
        for person in came {
            if seen.people.insert(person.id) {
                places.enter(place, &Arc::new(person));
            }
        }
        for user in went {
            if seen.people.remove(user) {
                places.leave(place, *user);
            }
        }
        seen.at = to;
        seen.known_at = now;
        if to == 0 {
            self.empty(place, node, places);
        }
    }

    /// A node said what a place is at.
    pub(super) fn stands(&mut self, place: StreamId, node: NodeId, at: u64, now: Instant) {
        if at != self.at(place, node) {
            self.to_read.insert((place, node));
        } else if at != 0 {
            self.seen(place, node, now).known_at = now;
        }
    }

    /// Redis said whom a node has in a place.
    pub(super) fn read(
        &mut self,
        place: StreamId,
        node: NodeId,
        at: u64,
        people: Vec<Person>,
        now: Instant,
        places: &Places,
    ) {
        // The node may have ended while Redis was asked, or have told what it could not write.
        let is_old = at != 0 && at < self.at(place, node);
        if is_old || !self.leases.contains_key(&node) {
            return;
        }
        let here: HashSet<_> = people.iter().map(|person| person.id).collect();
        let went: Vec<_> =
            self.seen(place, node, now).people.iter().copied().filter(|user| !here.contains(user)).collect();
        let at_present = self.at(place, node);
        self.changed((place, node), (at_present, at), people, &went, now, places);
    }

    /// Everything is to be read that nodes have in these places.
    pub(super) fn read_again(&mut self, places: &[StreamId], nodes: &[NodeId]) {
        for place in places {
            self.to_read.extend(nodes.iter().map(|node| (*place, *node)));
        }
    }

    /// Some of what is to be read.
    pub(super) fn take_to_read(&mut self, most: usize) -> Vec<(StreamId, NodeId)> {
        let taken: Vec<_> = self.to_read.iter().copied().take(most).collect();
        for pair in &taken {
            self.to_read.remove(pair);
        }
        taken
    }

    /// Whether something of a place is still to be read.
    pub(super) fn is_to_be_read(&self, place: StreamId) -> bool {
        let all = (place, NodeId(u128::MIN))..=(place, NodeId(u128::MAX));
        self.to_read.range(all).next().is_some()
    }

    /// Forgets what no node has confirmed for too long.
    pub(super) fn doubt(&mut self, now: Instant, believed_for: Duration, places: &Places) {
        let doubtful = |seen: &Seen| seen.known_at + believed_for <= now;
        let pairs: Vec<_> = self
            .places
            .iter()
            .flat_map(|(place, nodes)| nodes.iter().map(move |(node, seen)| (*place, *node, doubtful(seen))))
            .filter(|(.., doubtful)| *doubtful)
            .collect();
        for (place, node, _) in pairs {
            self.empty(place, node, places);
        }
    }

    fn at(&self, place: StreamId, node: NodeId) -> u64 {
        self.places.get(&place).and_then(|nodes| nodes.get(&node)).map_or(0, |seen| seen.at)
    }

    fn seen(&mut self, place: StreamId, node: NodeId, now: Instant) -> &mut Seen {
        let fresh = || Seen { at: 0, people: HashSet::new(), known_at: now };
        self.places.entry(place).or_default().entry(node).or_insert_with(fresh)
    }

    fn empty(&mut self, place: StreamId, node: NodeId, places: &Places) {
        let Some(nodes) = self.places.get_mut(&place) else { return };
        if let Some(seen) = nodes.remove(&node) {
            seen.people.into_iter().for_each(|user| places.leave(place, user));
        }
        if nodes.is_empty() {
            self.places.remove(&place);
        }
    }
}
