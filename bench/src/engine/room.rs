//! What the room's members hear, counted and checked.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use tokio::sync::Notify;

use super::protocol;

#[cfg(test)]
mod tests;

/// Bytes read at once, by all members in turns.
const READ: usize = 256 * 1024;

/// All members together. Everything is on one thread.
pub(super) struct Room {
    /// How many members there are.
    pub(super) members: usize,
    /// How many of them speak, in turns.
    senders: usize,
    /// Members are in this many groups, one after the other; each hears its own only.
    groups: usize,
    /// How many hear what each sender says.
    hearers: Vec<u32>,
    start: Instant,
    /// How many have come in.
    pub(super) joined: Cell<usize>,
    /// How many have gone again, or never came.
    pub(super) closed: Cell<usize>,
    /// Somebody has come or gone.
    pub(super) door: Notify,
    /// Messages that were sent.
    pub(super) sent: Cell<u64>,
    /// Messages that everybody has heard.
    pub(super) completed: Cell<u64>,
    /// Everybody has heard one more.
    pub(super) progress: Notify,
    /// Every message that was sent.
    said: RefCell<Vec<Said>>,
    pub(super) deliveries: Cell<u64>,
    /// Reads that brought something.
    pub(super) reads: Cell<u64>,
    /// Heartbeats that were answered.
    pub(super) pings: Cell<u64>,
    /// Deliveries that came out of order, came twice, or before which one is missing.
    pub(super) disorder: Cell<u64>,
    /// Everything else that is wrong.
    pub(super) faults: Cell<u64>,
    pub(super) first_fault: RefCell<Option<String>>,
    /// From this message on times are kept.
    pub(super) record_from: Cell<u64>,
    /// From sending to each delivery, in microseconds.
    pub(super) latencies: RefCell<Vec<u32>>,
    /// When each message was sent and the last member had it, in nanoseconds.
    pub(super) completions: RefCell<Vec<(u64, u64)>>,
    /// What each sender has still to write.
    mailboxes: Vec<Mailbox>,
    /// Shared by all, so that members cost no memory and a read fills the same cache lines.
    pub(super) buffer: RefCell<Box<[u8]>>,
}

/// A message.
struct Said {
    /// What everybody is to hear of it, to the byte.
    payload: Vec<u8>,
    /// Which of the senders says it.
    sender: usize,
    /// When it was sent.
    at: u64,
    /// How many have yet to hear it.
    missing: u32,
}

/// What a sender has still to write.
#[derive(Default)]
pub(super) struct Mailbox {
    pub(super) frames: RefCell<Vec<u8>>,
    pub(super) filled: Notify,
}

/// What a member must hear next, of each sender.
pub(super) struct Ears {
    /// Which member it is.
    pub(super) number: usize,
    next: Vec<u64>,
}

impl Room {
    /// A room of so many, of whom so many speak. There are no more senders than members, and at least one.
    pub(super) fn new(members: usize, senders: usize, groups: usize) -> Self {
        let hearers = (0..senders).map(|sender| {
            let group = sender % groups;
            ((members + groups - 1 - group) / groups) as u32
        });
        Self {
            members,
            senders,
            groups,
            hearers: hearers.collect(),
            start: Instant::now(),
            joined: Cell::new(0),
            closed: Cell::new(0),
            door: Notify::new(),
            sent: Cell::new(0),
            completed: Cell::new(0),
            progress: Notify::new(),
            said: RefCell::default(),
            deliveries: Cell::new(0),
            reads: Cell::new(0),
            pings: Cell::new(0),
            disorder: Cell::new(0),
            faults: Cell::new(0),
            first_fault: RefCell::default(),
            record_from: Cell::new(u64::MAX),
            latencies: RefCell::default(),
            completions: RefCell::default(),
            mailboxes: (0..senders).map(|_| Mailbox::default()).collect(),
            buffer: RefCell::new(vec![0; READ].into_boxed_slice()),
        }
    }

    /// The clock of all times here.
    pub(super) fn clock(&self) -> Instant {
        self.start
    }

    /// Nanoseconds of that clock.
    pub(super) fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// What a new member hears first.
    pub(super) fn ears(&self, number: usize) -> Ears {
        Ears { number, next: (0..self.senders as u64).collect() }
    }

    /// The group of a member; nothing if all are in one room.
    pub(super) fn group(&self, number: usize) -> Option<String> {
        (self.groups > 1).then(|| format!("group{}", number % self.groups))
    }

    /// The groups that there are.
    pub(super) fn groups(&self) -> std::ops::Range<usize> {
        0..self.groups
    }

    /// What this member has still to write, if it is one who speaks.
    pub(super) fn mailbox(&self, number: usize) -> Option<&Mailbox> {
        self.mailboxes.get(number)
    }

    /// Lets the next sender say the next message.
    pub(super) fn post(&self) {
        let (sequence, at) = (self.sent.get(), self.now());
        let sender = sequence as usize % self.senders;
        let payload = protocol::heard(sender, sequence, at);
        let missing = self.hearers[sender];
        self.said.borrow_mut().push(Said { payload, sender, at, missing });
        self.sent.set(sequence + 1);
        let mailbox = &self.mailboxes[sender];
        protocol::post(&mut mailbox.frames.borrow_mut(), sequence, at);
        mailbox.filled.notify_one();
    }

    /// A member heard this at that time.
    pub(super) fn deliver(&self, ears: &mut Ears, payload: &[u8], now: u64) {
        let mut all = self.said.borrow_mut();
        let sequence = protocol::sequence(payload).unwrap_or(u64::MAX);
        let Some(said) = all.get_mut(sequence as usize).filter(|said| said.payload == payload) else {
            return self.fault("nobody said this", payload);
        };
        if self.groups > 1 && said.sender % self.groups != ears.number % self.groups {
            return self.fault("another group's message", payload);
        }
        let next = &mut ears.next[said.sender];
        if *next != sequence {
            self.disorder.set(self.disorder.get() + 1);
        }
        *next = sequence + self.senders as u64;
        self.deliveries.set(self.deliveries.get() + 1);
        let recorded = sequence >= self.record_from.get();
        if recorded {
            self.latencies.borrow_mut().push((now.saturating_sub(said.at) / 1000) as u32);
        }
        // What comes once too often is a disorder already.
        said.missing = said.missing.wrapping_sub(1);
        if said.missing == 0 {
            self.completed.set(self.completed.get() + 1);
            if recorded {
                self.completions.borrow_mut().push((said.at, now));
            }
            self.progress.notify_one();
        }
    }

    /// Something is wrong; the first is kept with a part of what came.
    pub(super) fn fault(&self, what: &str, bytes: &[u8]) {
        self.faults.set(self.faults.get() + 1);
        let shown = bytes.get(..220).unwrap_or(bytes);
        let text = || format!("{what}: {}", String::from_utf8_lossy(shown));
        self.first_fault.borrow_mut().get_or_insert_with(text);
    }

    /// Somebody has gone.
    pub(super) fn leave(&self) {
        self.closed.set(self.closed.get() + 1);
        self.door.notify_one();
    }

    /// Whether everybody is here and heard everything, once, in order and unharmed.
    pub(super) fn exact(&self) -> bool {
        let told = |sequence: u64| u64::from(self.hearers[sequence as usize % self.senders]);
        let expected: u64 = (0..self.sent.get()).map(told).sum();
        self.joined.get() == self.members
            && self.closed.get() == 0
            && self.deliveries.get() == expected
            && self.completed.get() == self.sent.get()
            && self.disorder.get() == 0
            && self.faults.get() == 0
    }
}
