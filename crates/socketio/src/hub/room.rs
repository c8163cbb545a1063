//! A room: who is in it, and whose turn it is to send to them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use crate::id::SocketId;

#[cfg(test)]
mod tests;

/// How many members a broadcast reaches before others may come into the room or leave it.
const SLICE: usize = 1024;

/// Members in a list, to be walked fast, with their places, to be removed fast.
#[derive(Debug)]
pub(super) struct Members<T> {
    list: Vec<Entry<T>>,
    places: HashMap<SocketId, usize>,
    /// The number of the last walk over them.
    walk: AtomicU64,
}

#[derive(Debug)]
struct Entry<T> {
    id: SocketId,
    member: T,
    /// The last walk that has reached it, or need not: it had begun before this one came.
    walked: AtomicU64,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: HashMap::new(), walk: AtomicU64::new(0) }
    }
}

impl<T> Members<T> {
    /// `false` if there is one with this id.
    pub(super) fn insert(&mut self, id: SocketId, member: impl FnOnce() -> T) -> bool {
        let place = self.list.len();
        if *self.places.entry(id).or_insert(place) != place {
            return false;
        }
        let walked = AtomicU64::new(*self.walk.get_mut());
        self.list.push(Entry { id, member: member(), walked });
        true
    }

    /// `false` if there is none with this id.
    pub(super) fn remove(&mut self, id: SocketId) -> bool {
        let Some(place) = self.places.remove(&id) else { return false };
        self.list.swap_remove(place);
        if let Some(moved) = self.list.get(place) {
            self.places.insert(moved.id, place);
        }
        // A room that has shrunk gives memory back, but not at each step.
        if self.list.capacity() > 64 && self.list.len() * 4 < self.list.capacity() {
            self.list.shrink_to(self.list.len() * 2);
            self.places.shrink_to(self.list.len() * 2);
        }
        true
    }

    pub(super) fn get(&self, id: SocketId) -> Option<&T> {
        self.list.get(*self.places.get(&id)?).map(|entry| &entry.member)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.list.iter().map(|entry| &entry.member)
    }
}

#[derive(Debug)]
pub(super) struct Room<T> {
    members: RwLock<Members<T>>,
    /// Held while something is queued for the members, so that all get everything in the same order.
    turn: Mutex<()>,
}

impl<T> Default for Room<T> {
    fn default() -> Self {
        Self { members: RwLock::default(), turn: Mutex::default() }
    }
}

impl<T> Room<T> {
    /// Waits until nobody else sends to it.
    pub(super) fn turn(&self) -> Turn<'_, T> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let walk = self.read(|members| members.walk.fetch_add(1, Ordering::Relaxed)) + 1;
        Turn { room: self, walk, _turn: turn }
    }

    pub(super) fn read<R>(&self, f: impl FnOnce(&Members<T>) -> R) -> R {
        f(&self.members.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn write<R>(&self, f: impl FnOnce(&mut Members<T>) -> R) -> R {
        f(&mut self.members.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The right to send to a room.
pub(super) struct Turn<'a, T> {
    room: &'a Room<T>,
    /// The number of its walk.
    walk: u64,
    _turn: MutexGuard<'a, ()>,
}

impl<T> Turn<'_, T> {
    /// Calls `each` once for each member who stays. Others may come and go meanwhile, between slices.
    pub(super) fn walk(&self, mut each: impl FnMut(&T)) {
        let mut left = usize::MAX;
        while left > 0 {
            left = self.slice(left, SLICE, &mut each);
        }
    }

    /// Goes over so many of those at the first `left` places. Returns how many places are left.
    fn slice(&self, left: usize, slice: usize, mut each: impl FnMut(&T)) -> usize {
        self.room.read(|members| {
            // From the end, where newcomers are put: when somebody leaves, their place is taken by one who has been
            // reached, and nobody is passed over.
            let end = left.min(members.list.len());
            let start = end.saturating_sub(slice);
            for entry in members.list.get(start..end).unwrap_or_default().iter().rev() {
                if entry.walked.swap(self.walk, Ordering::Relaxed) != self.walk {
                    each(&entry.member);
                }
            }
            start
        })
    }
}
