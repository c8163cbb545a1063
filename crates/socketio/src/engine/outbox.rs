//! What waits to be written to one client.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

use super::budget::{Budget, UNIT};

#[cfg(test)]
mod tests;

/// What a queued packet costs beside its bytes, about.
pub(crate) const OVERHEAD: usize = 64;

/// A packet that waits.
#[derive(Debug)]
struct Parcel {
    frames: Bytes,
    /// Other outboxes refer to the same bytes.
    shared: bool,
}

/// Packets, bounded in bytes. Takes no memory of its own for none or one.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// The first packet, or what is left of it.
    first: Option<Parcel>,
    /// Whether a part of the first one has been written.
    begun: bool,
    rest: VecDeque<Parcel>,
    /// What the limit is for: everything that waits.
    cost: usize,
    /// What nobody else refers to.
    own: usize,
    /// How much of that the server has counted.
    counted: usize,
    /// What has been written since that was counted.
    sent: usize,
}

impl Parcel {
    fn own(&self) -> usize {
        if self.shared { 0 } else { self.frames.len() }
    }
}

impl Outbox {
    /// Whether there is room for a packet. One that is larger than the limit is taken if nothing else waits.
    pub(crate) fn has_room_for(&self, frames: &Bytes, limit: usize) -> bool {
        self.first.is_none() || self.cost.saturating_add(frames.len() + OVERHEAD) <= limit
    }

    /// Adds a packet, whatever the limit.
    pub(crate) fn push(&mut self, frames: Bytes, shared: bool) {
        self.add(Parcel { frames, shared });
    }

    /// Adds a packet of its own, whatever the limit.
    pub(crate) fn force(&mut self, frames: Bytes) {
        self.push(frames, false);
    }

    /// Adds a packet of its own whatever the limit, before all that has not been begun.
    pub(crate) fn force_first(&mut self, frames: Bytes) {
        let parcel = Parcel { frames, shared: false };
        self.count(&parcel);
        match self.first.take() {
            Some(first) if self.begun => {
                self.first = Some(first);
                self.rest.push_front(parcel);
            }
            first => {
                self.first = Some(parcel);
                first.into_iter().for_each(|first| self.rest.push_front(first));
            }
        }
    }

    fn count(&mut self, parcel: &Parcel) {
        self.cost += parcel.frames.len() + OVERHEAD;
        self.own += parcel.own() + OVERHEAD;
    }

    fn add(&mut self, parcel: Parcel) {
        self.count(&parcel);
        if self.first.is_none() {
            self.first = Some(parcel);
        } else {
            self.rest.push_back(parcel);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// How many bytes wait, about.
    pub(crate) fn cost(&self) -> usize {
        self.cost
    }

    /// Has the server count what waits here, if that has changed by much.
    pub(crate) fn settle(&mut self, budget: &Budget) {
        let own = self.own / UNIT * UNIT;
        if own > self.counted {
            budget.take(own - self.counted);
        } else if own < self.counted {
            budget.give_back(self.counted - own);
        }
        self.counted = own;
        if self.sent > 0 {
            budget.sent(std::mem::take(&mut self.sent));
        }
    }

    /// What is to be written next, if that is all that waits.
    pub(crate) fn only(&self) -> Option<&Bytes> {
        self.first.as_ref().filter(|_| self.rest.is_empty()).map(|parcel| &parcel.frames)
    }

    /// Fills in what is to be written next. Returns how many slices that is.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut count = 0;
        for (slice, parcel) in slices.iter_mut().zip(self.first.iter().chain(&self.rest)) {
            *slice = IoSlice::new(&parcel.frames);
            count += 1;
        }
        count
    }

    /// So many bytes have been written.
    pub(crate) fn advance(&mut self, mut written: usize) {
        self.sent += written;
        while let Some(first) = &mut self.first {
            let part = written.min(first.frames.len());
            first.frames.advance(part);
            self.cost = self.cost.saturating_sub(part);
            if !first.shared {
                self.own = self.own.saturating_sub(part);
            }
            written -= part;
            if !first.frames.is_empty() {
                self.begun |= part > 0;
                return;
            }
            self.cost = self.cost.saturating_sub(OVERHEAD);
            self.own = self.own.saturating_sub(OVERHEAD);
            self.begun = false;
            self.first = self.rest.pop_front();
        }
        // Nothing waits: give the memory back.
        self.rest = VecDeque::new();
    }

    /// Everything, for a transport that sends it at once.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Bytes> + use<> {
        let (counted, sent) = (self.counted, self.sent);
        let taken = std::mem::replace(self, Self { counted, sent, ..Self::default() });
        taken.first.into_iter().chain(taken.rest).map(|parcel| parcel.frames)
    }

    /// Drops what has not been begun.
    pub(crate) fn abandon(&mut self) {
        let begun = self.first.take().filter(|_| self.begun);
        *self = Self { counted: self.counted, sent: self.sent, ..Self::default() };
        if let Some(parcel) = begun {
            self.add(parcel);
            self.begun = true;
        }
    }
}
