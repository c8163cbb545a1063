//! What waits to be written to one client.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// What a queued packet costs beside its bytes, about.
const OVERHEAD: usize = 64;

/// Packets, bounded in bytes. Takes no memory of its own for none or one.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// The first packet, or what is left of it.
    first: Option<Bytes>,
    /// Whether a part of the first one has been written.
    begun: bool,
    rest: VecDeque<Bytes>,
    cost: usize,
}

/// There was no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Outbox {
    /// Adds a packet. One that is larger than the limit is taken if nothing else waits.
    pub(crate) fn push(&mut self, packet: Bytes, limit: usize) -> Result<(), Full> {
        let cost = self.cost + packet.len() + OVERHEAD;
        if cost > limit && self.first.is_some() {
            return Err(Full);
        }
        self.force(packet);
        Ok(())
    }

    /// Adds a packet whatever the limit.
    pub(crate) fn force(&mut self, packet: Bytes) {
        self.cost += packet.len() + OVERHEAD;
        if self.first.is_none() {
            self.first = Some(packet);
        } else {
            self.rest.push_back(packet);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Fills in what is to be written next. Returns how many slices that is.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut count = 0;
        for (slice, packet) in slices.iter_mut().zip(self.first.iter().chain(&self.rest)) {
            *slice = IoSlice::new(packet);
            count += 1;
        }
        count
    }

    /// So many bytes have been written.
    pub(crate) fn advance(&mut self, mut written: usize) {
        while let Some(first) = &mut self.first {
            let part = written.min(first.len());
            first.advance(part);
            self.cost = self.cost.saturating_sub(part);
            written -= part;
            if !first.is_empty() {
                self.begun |= part > 0;
                return;
            }
            self.cost = self.cost.saturating_sub(OVERHEAD);
            self.begun = false;
            self.first = self.rest.pop_front();
        }
        // Nothing waits: give the memory back.
        self.rest = VecDeque::new();
    }

    /// Everything, for a transport that sends it at once.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Bytes> + use<> {
        let taken = std::mem::take(self);
        taken.first.into_iter().chain(taken.rest)
    }

    /// Drops what has not been begun.
    pub(crate) fn abandon(&mut self) {
        let begun = self.first.take().filter(|_| self.begun);
        *self = Self::default();
        if let Some(packet) = begun {
            self.force(packet);
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
        assert_eq!(outbox.push(bytes(5000), 1000), Ok(()));
        assert_eq!(outbox.push(bytes(1), 1000), Err(Full));
        outbox.advance(5000);
        assert!(outbox.is_empty());
        assert_eq!(outbox.cost, 0);
        for _ in 0..10 {
            assert_eq!(outbox.push(bytes(36), 1000), Ok(()));
        }
        assert_eq!(outbox.push(bytes(1), 1000), Err(Full));
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
}
