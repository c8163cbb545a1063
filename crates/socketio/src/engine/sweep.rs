//! One packet for many connections.

use std::sync::Arc;

use super::conn::{Conn, Flags, Load, Pushed};
use super::counts::{Count, Counts};
use super::flusher::Flusher;
use crate::encoded::Encoded;

/// Queues a packet for connection after connection, then wakes the flushers once.
pub(crate) struct Sweep<'a> {
    flushers: &'a [Arc<Flusher>],
    counts: &'a Counts,
    dirty: Vec<Vec<Arc<Conn>>>,
    queued: usize,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(flushers: &'a [Arc<Flusher>], counts: &'a Counts) -> Self {
        Self { flushers, counts, dirty: vec![Vec::new(); flushers.len()], queued: 0 }
    }

    /// Returns whether it was queued.
    pub(crate) fn push(&mut self, conn: &Arc<Conn>, packet: &Encoded, flags: Flags) -> bool {
        match conn.enqueue(Load::Shared(packet), flags) {
            Pushed::Dropped => return false,
            Pushed::Queued => {}
            Pushed::Dirty => {
                let flusher = conn.key().place() % self.flushers.len().max(1);
                if let Some(dirty) = self.dirty.get_mut(flusher) {
                    dirty.push(conn.clone());
                }
            }
        }
        self.queued += 1;
        true
    }

    /// Returns for how many connections it was queued.
    pub(crate) fn finish(self) -> usize {
        self.counts.one(Count::Broadcasts);
        self.counts.add(Count::PacketsOut, self.queued as u64);
        for (flusher, dirty) in self.flushers.iter().zip(self.dirty) {
            if !dirty.is_empty() {
                flusher.add(dirty);
            }
        }
        self.queued
    }
}
