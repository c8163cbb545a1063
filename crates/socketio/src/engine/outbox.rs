//! What waits to be written to one client.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

use super::budget::{Budget, UNIT};

/// What a queued packet costs beside its bytes, about.
const OVERHEAD: usize = 64;

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

/// There was no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Parcel {
    fn own(&self) -> usize {
        if self.shared { 0 } else { self.frames.len() }
    }
}

impl Outbox {
    /// Adds a packet. One that is larger than the limit is taken if nothing else waits.
    pub(crate) fn push(&mut self, frames: Bytes, shared: bool, limit: usize) -> Result<(), Full> {
        let cost = self.cost + frames.len() + OVERHEAD;
        if cost > limit && self.first.is_some() {
            return Err(Full);
        }
        self.add(Parcel { frames, shared });
        Ok(())
    }

    /// Adds a packet of its own whatever the limit.
    pub(crate) fn force(&mut self, frames: Bytes) {
        self.add(Parcel { frames, shared: false });
    }

    fn add(&mut self, parcel: Parcel) {
        self.cost += parcel.frames.len() + OVERHEAD;
        self.own += parcel.own() + OVERHEAD;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize) -> Bytes {
        vec![b'x'; length].into()
    }

    #[test]
    fn is_bounded_but_takes_one_packet_of_any_size() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.push(bytes(5000), false, 1000), Ok(()));
        assert_eq!(outbox.push(bytes(1), false, 1000), Err(Full));
        outbox.advance(5000);
        assert!(outbox.is_empty());
        assert_eq!(outbox.cost, 0);
        for _ in 0..10 {
            assert_eq!(outbox.push(bytes(36), false, 1000), Ok(()));
        }
        assert_eq!(outbox.push(bytes(1), false, 1000), Err(Full));
    }

    #[test]
    fn what_is_begun_is_finished() {
        let mut outbox = Outbox::default();
        outbox.force(Bytes::from_static(b"first"));
        outbox.force(Bytes::from_static(b"second"));
        outbox.advance(2);
        outbox.abandon();
        outbox.force(Bytes::from_static(b"last"));
        assert_eq!(outbox.take().collect::<Vec<_>>(), ["rst", "last"]);
    }

    #[test]
    fn what_is_not_begun_is_dropped() {
        let mut outbox = Outbox::default();
        outbox.force(Bytes::from_static(b"first"));
        outbox.force(Bytes::from_static(b"second"));
        outbox.advance(5);
        outbox.abandon();
        assert!(outbox.is_empty());
    }

    #[test]
    fn advances_over_packets() {
        let mut outbox = Outbox::default();
        for packet in ["one", "two", "three"] {
            outbox.force(Bytes::from_static(packet.as_bytes()));
        }
        outbox.advance(4);
        let mut slices = [IoSlice::new(&[]); 8];
        let count = outbox.slices(&mut slices);
        assert_eq!(
            slices[..count].iter().map(|slice| slice.to_vec()).collect::<Vec<_>>(),
            [&b"wo"[..], b"three"]
        );
    }

    #[test]
    fn what_is_its_own_is_counted_and_given_back() {
        let budget = Budget::new(1 << 20, Default::default());
        let mut outbox = Outbox::default();
        let shared = budget.count(bytes(10_000));
        outbox.push(shared.clone(), true, 1 << 20).unwrap();
        outbox.push(bytes(5_000), false, 1 << 20).unwrap();
        outbox.settle(&budget);
        assert_eq!(budget.used(), 10_000 + 5_128 / UNIT * UNIT);
        drop(shared);
        outbox.advance(12_000);
        outbox.settle(&budget);
        assert_eq!(budget.used(), 3_064 / UNIT * UNIT, "the shared packet is gone with its last reference");
        drop(outbox.take());
        outbox.settle(&budget);
        assert_eq!(budget.used(), 0);
    }
}
