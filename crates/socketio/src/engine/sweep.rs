//! One packet for many connections.

use std::array;
use std::sync::Arc;

use bytes::Bytes;

use super::Engine;
use super::conn::{Conn, Flags, Pushed};
use super::counts::Count;
use super::dialect::Dialect;
use crate::encoded::Encoded;

/// Queues a packet for connection after connection, then wakes the flushers once.
pub(crate) struct Sweep<'a> {
    engine: &'a Engine,
    packet: &'a Encoded,
    flags: Flags,
    /// Its forms as they are queued: counted until the last outbox has let go of them. The application may keep the
    /// packet itself for as long as it likes.
    counted: [Option<Bytes>; Dialect::FORMS],
    dirty: Vec<Vec<Arc<Conn>>>,
    queued: usize,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(engine: &'a Engine, packet: &'a Encoded, flags: Flags) -> Self {
        let dirty = vec![Vec::new(); engine.flushers.len()];
        Self { engine, packet, flags, counted: array::from_fn(|_| None), dirty, queued: 0 }
    }

    /// Returns whether it was queued.
    pub(crate) fn push(&mut self, conn: &Arc<Conn>) -> bool {
        let Self { engine, packet, counted, .. } = self;
        let write = |dialect: Dialect| {
            let write = || engine.budget.count(packet.frames(dialect));
            match counted.get_mut(dialect.form()) {
                Some(form) => form.get_or_insert_with(write).clone(),
                None => write(),
            }
        };
        match conn.enqueue(write, true, self.flags) {
            Pushed::Dropped => return false,
            Pushed::Queued => {}
            Pushed::Dirty => {
                if let Some(dirty) = self.dirty.get_mut(engine.flusher_place(conn)) {
                    dirty.push(conn.clone());
                }
            }
        }
        self.queued += 1;
        true
    }

    /// Returns for how many connections it was queued.
    pub(crate) fn finish(self) -> usize {
        self.queued
    }
}

impl Drop for Sweep<'_> {
    /// Whatever happens meanwhile: a connection whose flusher is not told would never be written to again.
    fn drop(&mut self) {
        self.engine.counts.one(Count::Broadcasts);
        self.engine.counts.add(Count::PacketsOut, self.queued as u64);
        for (flusher, dirty) in self.engine.flushers.iter().zip(self.dirty.drain(..)) {
            if !dirty.is_empty() {
                flusher.add(dirty);
            }
        }
    }
}
