//! All connections, in places that are used again.

use std::sync::Arc;

use super::conn::Conn;

/// Names a connection. A key whose connection is gone names nothing, also when its place is taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Key {
    place: u32,
    generation: u32,
}

impl Key {
    pub(crate) fn place(self) -> usize {
        self.place as usize
    }
}

#[derive(Default)]
struct Slot {
    generation: u32,
    conn: Option<Arc<Conn>>,
}

#[derive(Default)]
pub(crate) struct Registry {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

impl Registry {
    pub(crate) fn insert(&mut self, make: impl FnOnce(Key) -> Arc<Conn>) -> Arc<Conn> {
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            // Bounded by the limit of connections, and descriptors long before.
            (self.slots.len() - 1) as u32
        });
        let generation = self.slots.get(place as usize).map_or(0, |slot| slot.generation);
        let conn = make(Key { place, generation });
        if let Some(slot) = self.slots.get_mut(place as usize) {
            slot.conn = Some(conn.clone());
        }
        conn
    }

    pub(crate) fn get(&self, key: Key) -> Option<Arc<Conn>> {
        let slot = self.slots.get(key.place())?;
        if slot.generation == key.generation { slot.conn.clone() } else { None }
    }

    pub(crate) fn remove(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(key.place())
            && slot.generation == key.generation
            && slot.conn.take().is_some()
        {
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(key.place);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Conn>> {
        self.slots.iter().filter_map(|slot| slot.conn.clone()).collect()
    }
}
