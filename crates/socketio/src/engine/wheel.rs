//! A timer wheel: many timers, few of which matter to the millisecond.

#[cfg(test)]
mod tests;

/// Items by the time at which they are due, in slots of one tick.
pub(crate) struct Wheel<T> {
    slots: Vec<Vec<T>>,
    /// Milliseconds.
    tick: u64,
    /// The next tick that has not been taken.
    next: u64,
    count: usize,
}

impl<T> Wheel<T> {
    /// For times up to so many milliseconds ahead.
    pub(crate) fn new(tick: u64, span: u64) -> Self {
        let tick = tick.max(1);
        // Bounded, however long the span: what is further ahead comes round early and is put back.
        let slots = (span / tick + 2).clamp(4, 4096) as usize;
        Self { slots: std::iter::repeat_with(Vec::new).take(slots).collect(), tick, next: 0, count: 0 }
    }

    /// Puts an item in. Returns when it will come out: not before `at`, unless that is beyond the span.
    pub(crate) fn insert(&mut self, at: u64, item: T) -> u64 {
        let slots = self.slots.len() as u64;
        let tick = at.div_ceil(self.tick).clamp(self.next, self.next + slots - 1);
        if let Some(slot) = self.slots.get_mut((tick % slots) as usize) {
            slot.push(item);
            self.count += 1;
        }
        tick * self.tick
    }

    /// Takes out what is due.
    pub(crate) fn advance(&mut self, now: u64) -> Vec<T> {
        let slots = self.slots.len() as u64;
        let last = now / self.tick;
        let mut due = Vec::new();
        // After a long sleep one round is enough.
        let first = self.next.max((last + 1).saturating_sub(slots));
        for tick in first..=last {
            if let Some(slot) = self.slots.get_mut((tick % slots) as usize) {
                due.append(slot);
                // Thousands that came at once do not keep their room for ever.
                slot.shrink_to(64);
            }
        }
        self.next = self.next.max(last + 1);
        self.count -= due.len();
        due
    }

    /// When the next item is due; `None` if there is none.
    pub(crate) fn next_due(&self) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let slots = self.slots.len() as u64;
        (self.next..self.next + slots)
            .find(|tick| self.slots.get((tick % slots) as usize).is_some_and(|slot| !slot.is_empty()))
            .map(|tick| tick * self.tick)
    }
}
