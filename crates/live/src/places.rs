//! Who is in which place, as one node knows it, and what of it is still to be told.
//!
//! Both back ends have it: a place counts the connections of each person, whatever they are. In Redis the people of another
//! node count as one connection more of each.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chinwag_model::{Person, StreamId, UserId};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::{Here, PlaceChange};

#[cfg(test)]
mod tests;

/// An absence shorter than this is not told: a reload, a change of page, a short loss of the network.
const GRACE: Duration = Duration::from_millis(1_500);
/// A place is told at most this often …
const SETTLE: Duration = Duration::from_millis(50);
/// … and less often by this much for each person in it.
const SETTLE_PER_PERSON: Duration = Duration::from_millis(2);

/// All places with somebody in them.
#[derive(Default)]
pub(crate) struct Places {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    places: HashMap<StreamId, Place>,
    /// Places with something to tell.
    dirty: HashSet<StreamId>,
    /// Who has no connection left, by the time at which that is believed. The grace is the same for all, so the first
    /// is always due first.
    leaving: VecDeque<(Instant, StreamId, UserId)>,
}

#[derive(Default)]
struct Place {
    people: HashMap<UserId, Presenter>,
    /// What was told last, as far as it differs from `people`.
    came: HashSet<UserId>,
    went: HashMap<UserId, Arc<Person>>,
    told_at: Option<Instant>,
}

struct Presenter {
    person: Arc<Person>,
    connections: usize,
    /// When the last connection left, if none is left.
    left_at: Option<Instant>,
}

impl Places {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection of somebody came into a place.
    pub(crate) fn enter(&self, place: StreamId, person: &Arc<Person>) {
        self.lock().enter(place, person);
        self.changed.notify_one();
    }

    /// A connection of somebody left a place.
    pub(crate) fn leave(&self, place: StreamId, user: UserId) {
        if self.lock().leave(place, user, Instant::now()) {
            self.changed.notify_one();
        }
    }

    /// Who is in a place, at most `limit` of them.
    pub(crate) fn here(&self, place: StreamId, limit: usize) -> Here {
        let state = self.lock();
        let Some(place) = state.places.get(&place) else { return Here::default() };
        let people = place.people.values().take(limit).map(|here| Arc::clone(&here.person)).collect();
        Here { online: place.people.len(), people }
    }

    /// Forgets a place in which nobody is to be told anything any more.
    pub(crate) fn forget(&self, place: StreamId) {
        let mut state = self.lock();
        state.places.remove(&place);
        state.dirty.remove(&place);
    }

    /// Waits until something may be told, and says what.
    pub(crate) async fn changed(&self) -> Vec<PlaceChange> {
        loop {
            let (told, next) = self.lock().take(Instant::now());
            if !told.is_empty() {
                return told;
            }
            let woken = self.changed.notified();
            match next {
                None => woken.await,
                Some(due) => {
                    // Whichever comes first, there may be something to tell.
                    let _ = tokio::time::timeout_at(due, woken).await;
                }
            }
        }
    }
}

impl State {
    fn enter(&mut self, id: StreamId, person: &Arc<Person>) {
        let place = self.places.entry(id).or_default();
        if let Some(here) = place.people.get_mut(&person.id) {
            here.connections += 1;
            here.left_at = None;
            return;
        }
        place
            .people
            .insert(person.id, Presenter { person: Arc::clone(person), connections: 1, left_at: None });
        if place.went.remove(&person.id).is_none() {
            place.came.insert(person.id);
        }
        self.dirty.insert(id);
    }

    /// Says whether nobody is left to wait for but the grace.
    fn leave(&mut self, id: StreamId, user: UserId, now: Instant) -> bool {
        let Some(here) = self.places.get_mut(&id).and_then(|place| place.people.get_mut(&user)) else {
            return false;
        };
        here.connections = here.connections.saturating_sub(1);
        if here.connections == 0 {
            here.left_at = Some(now);
            self.leaving.push_back((now + GRACE, id, user));
            return true;
        }
        false
    }

    /// Believes the absences whose grace is over.
    fn settle(&mut self, now: Instant) {
        while let Some(&(due, id, user)) = self.leaving.front() {
            if due > now {
                return;
            }
            self.leaving.pop_front();
            let Some(place) = self.places.get_mut(&id) else { continue };
            // An absence that ended and another that began meanwhile has an entry of its own.
            if place
                .people
                .get(&user)
                .is_some_and(|here| here.left_at.is_some_and(|left| left + GRACE <= now))
                && let Some(gone) = place.people.remove(&user)
            {
                if !place.came.remove(&user) {
                    place.went.insert(user, gone.person);
                }
                self.dirty.insert(id);
            }
        }
    }

    /// Takes what may be told now, and says when there will be more.
    fn take(&mut self, now: Instant) -> (Vec<PlaceChange>, Option<Instant>) {
        self.settle(now);
        let mut next = self.leaving.front().map(|(due, ..)| *due);
        let mut told = Vec::new();
        for id in self.dirty.iter().copied().collect::<Vec<_>>() {
            let Some(place) = self.places.get_mut(&id) else { continue };
            let rest = SETTLE + SETTLE_PER_PERSON * u32::try_from(place.people.len()).unwrap_or(u32::MAX);
            if let Some(due) = place.told_at.map(|told| told + rest)
                && due > now
            {
                next = Some(next.map_or(due, |next| next.min(due)));
                continue;
            }
            self.dirty.remove(&id);
            let came = std::mem::take(&mut place.came);
            let came: Vec<_> = came
                .into_iter()
                .filter_map(|user| place.people.get(&user).map(|here| Arc::clone(&here.person)))
                .collect();
            let went: Vec<_> = std::mem::take(&mut place.went).into_values().collect();
            let online = place.people.len();
            place.told_at = Some(now);
            if online == 0 {
                self.places.remove(&id);
            }
            if !came.is_empty() || !went.is_empty() {
                told.push(PlaceChange { place: id, online, came, went });
            }
        }
        (told, next)
    }
}
