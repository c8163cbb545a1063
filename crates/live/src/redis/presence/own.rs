//! Whom this node has in which place, and what of it Redis and the other nodes know.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chinwag_model::{Person, StreamId, UserId};
use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// A place in which this node has had nobody for so long is not followed any more.
const LINGER: Duration = Duration::from_secs(5);
/// Most people that come, or go, with one envelope.
const AT_ONCE: usize = 500;

/// The places that this node follows: those in which it has somebody, or had a moment ago. Its people are those of its
/// sockets, and bounded with them.
#[derive(Default)]
pub(super) struct Own {
    places: HashMap<StreamId, Place>,
    /// Places of which something is to be told or written.
    changed: HashSet<StreamId>,
    /// Places that Redis does not have as they were told.
    unwritten: HashSet<StreamId>,
    /// Places that are followed since a moment ago, and whose other people are not read yet.
    fresh: HashSet<StreamId>,
    /// When each place is to be renewed in Redis. A place is there once.
    renewals: BTreeMap<(Instant, StreamId), ()>,
    /// The highest number that a place was at. Numbers only grow, so that an old one is never taken for a new one.
    last: u64,
}

#[derive(Default)]
struct Place {
    people: HashMap<UserId, (Arc<Person>, usize)>,
    /// Who came and who went since that was told last.
    came: HashSet<UserId>,
    went: HashSet<UserId>,
    /// What was told last; 0 while nobody is here.
    at: u64,
    /// Whether Redis has what was told.
    written: bool,
    /// Whether the people of other nodes were read.
    complete: bool,
    /// When it is renewed.
    renewed_at: Option<Instant>,
    /// Since when nobody is here.
    idle_since: Option<Instant>,
}

/// What is to be told of a place.
pub(super) struct Change {
    pub(super) place: StreamId,
    /// What was told before, and what is told with this.
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) came: Vec<Arc<Person>>,
    pub(super) went: Vec<UserId>,
    /// All who are here, where Redis does not have what was told before.
    pub(super) everybody: Option<Vec<Arc<Person>>>,
}

impl Own {
    /// A connection of somebody came in. Says whether there is something to do.
    pub(super) fn enter(&mut self, id: StreamId, person: &Arc<Person>) -> bool {
        let fresh = !self.places.contains_key(&id);
        let place = self.places.entry(id).or_default();
        place.idle_since = None;
        if let Some((_, connections)) = place.people.get_mut(&person.id) {
            *connections += 1;
            return false;
        }
        place.people.insert(person.id, (Arc::clone(person), 1));
        if !place.went.remove(&person.id) {
            place.came.insert(person.id);
        }
        self.changed.insert(id);
        if fresh {
            self.fresh.insert(id);
        }
        true
    }

    /// A connection of somebody left. Says whether there is something to do.
    pub(super) fn leave(&mut self, id: StreamId, user: UserId, now: Instant) -> bool {
        let Some(place) = self.places.get_mut(&id) else { return false };
        let Some((_, connections)) = place.people.get_mut(&user) else { return false };
        *connections = connections.saturating_sub(1);
        if *connections > 0 {
            return false;
        }
        place.people.remove(&user);
        if !place.came.remove(&user) {
            place.went.insert(user);
        }
        if place.people.is_empty() {
            place.idle_since = Some(now);
        }
        self.changed.insert(id);
        true
    }

    /// Whether this node follows a place and has read who is there on other nodes.
    pub(super) fn is_complete(&self, id: StreamId) -> bool {
        self.places.get(&id).is_some_and(|place| place.complete)
    }

    /// Whether this node follows a place.
    pub(super) fn follows(&self, id: StreamId) -> bool {
        self.places.contains_key(&id)
    }

    /// All places that this node follows.
    pub(super) fn all(&self) -> Vec<StreamId> {
        self.places.keys().copied().collect()
    }

    /// The places that are followed since this was asked last.
    pub(super) fn take_fresh(&mut self) -> Vec<StreamId> {
        self.fresh.drain().collect()
    }

    /// Who is there on other nodes has been read.
    pub(super) fn has_read(&mut self, id: StreamId) {
        if let Some(place) = self.places.get_mut(&id) {
            place.complete = true;
        }
    }

    /// Everything that is to be told, a bounded part of it for each place; the rest comes the next time.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        let changed: Vec<_> = self.changed.drain().collect();
        let mut changes = Vec::with_capacity(changed.len());
        for id in changed {
            let Some(place) = self.places.get_mut(&id) else { continue };
            let came: Vec<_> = place.came.iter().copied().take(AT_ONCE).collect();
            let went: Vec<_> = place.went.iter().copied().take(AT_ONCE).collect();
            for user in &came {
                place.came.remove(user);
            }
            for user in &went {
                place.went.remove(user);
            }
            if !place.came.is_empty() || !place.went.is_empty() {
                self.changed.insert(id);
            }
            if came.is_empty() && went.is_empty() && place.written {
                continue;
            }
            let from = place.at;
            if !came.is_empty() || !went.is_empty() {
                self.last += 1;
                place.at = if place.people.is_empty() { 0 } else { self.last };
            }
            let came = came
                .iter()
                .filter_map(|user| place.people.get(user))
                .map(|(person, _)| Arc::clone(person))
                .collect();
            let everybody = place.people.values().map(|(person, _)| Arc::clone(person));
            let everybody = (!place.written).then(|| everybody.collect());
            // Until Redis has said so.
            place.written = false;
            changes.push(Change { place: id, from, to: place.at, came, went, everybody });
        }
        changes
    }

    /// Redis has a place as it was told at that number, to be renewed at that time.
    pub(super) fn is_written(&mut self, id: StreamId, at: u64, renew_at: Instant) {
        let Some(place) = self.places.get_mut(&id) else { return };
        place.written = place.at == at;
        if place.renewed_at.is_none() {
            place.renewed_at = Some(renew_at);
            self.renewals.insert((renew_at, id), ());
        }
    }

    /// Redis does not have a place as it was told.
    pub(super) fn is_not_written(&mut self, id: StreamId) {
        if let Some(place) = self.places.get_mut(&id) {
            place.written = false;
            self.unwritten.insert(id);
        }
    }

    /// What Redis does not have is to be written anew.
    pub(super) fn write_again(&mut self) {
        self.changed.extend(self.unwritten.drain());
    }

    /// Redis has lost everything.
    pub(super) fn nothing_is_written(&mut self) {
        for (id, place) in &mut self.places {
            if !place.people.is_empty() {
                place.written = false;
                self.changed.insert(*id);
            }
        }
    }

    /// Redis may have lost something: each place is to be renewed now.
    pub(super) fn renew_all(&mut self, now: Instant) {
        let places: Vec<_> = std::mem::take(&mut self.renewals).into_keys().collect();
        for (_, id) in places {
            if let Some(place) = self.places.get_mut(&id) {
                place.renewed_at = Some(now);
                self.renewals.insert((now, id), ());
            }
        }
    }

    /// The places that are to be renewed now, at most so many, and what they are at; 0 for those that are empty. They are
    /// due again at the time `next`.
    pub(super) fn take_renewals(&mut self, now: Instant, next: Instant, most: usize) -> Vec<(StreamId, u64)> {
        let mut due = Vec::new();
        while let Some((&(at, id), ())) = self.renewals.first_key_value() {
            if at > now || due.len() >= most {
                break;
            }
            self.renewals.remove(&(at, id));
            let Some(place) = self.places.get_mut(&id) else { continue };
            place.renewed_at = Some(next);
            self.renewals.insert((next, id), ());
            due.push((id, place.at));
        }
        due
    }

    /// Stops following places in which nobody has been for long enough, and says which.
    pub(super) fn take_idle(&mut self, now: Instant) -> Vec<StreamId> {
        let idle = |place: &Place| place.idle_since.is_some_and(|since| since + LINGER <= now);
        let ids: Vec<_> = self.places.iter().filter(|(_, place)| idle(place)).map(|(id, _)| *id).collect();
        for id in &ids {
            let place = self.places.remove(id);
            self.changed.remove(id);
            self.unwritten.remove(id);
            self.fresh.remove(id);
            if let Some(at) = place.and_then(|place| place.renewed_at) {
                self.renewals.remove(&(at, *id));
            }
        }
        ids
    }
}
