//! Waits that grow with failures, within one node.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::Penalty;

#[cfg(test)]
mod tests;

/// Most keys that are remembered. Beyond them those that will be forgotten first are forgotten now.
const KEYS: usize = 50_000;

/// Who has failed, and how often.
#[derive(Default)]
pub(crate) struct Penalties(Mutex<HashMap<Box<str>, Record>>);

struct Record {
    failures: u32,
    blocked_until: Instant,
    forgotten_at: Instant,
}

impl Penalties {
    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a failure in advance, or says how long to wait.
    pub(crate) fn attempt(&self, key: &str, penalty: Penalty, now: Instant) -> Option<Duration> {
        let mut records = self.lock();
        if records.len() >= KEYS && !records.contains_key(key) {
            make_room(&mut records, now);
        }
        let fresh = Record { failures: 0, blocked_until: now, forgotten_at: now };
        let record = records.entry(key.into()).or_insert(fresh);
        let left = record.blocked_until.saturating_duration_since(now);
        if !left.is_zero() {
            return Some(left);
        }
        if record.forgotten_at <= now {
            record.failures = 0;
        }
        record.failures = record.failures.saturating_add(1);
        record.blocked_until = now + wait(record.failures, penalty);
        record.forgotten_at = record.blocked_until + penalty.memory;
        None
    }

    /// Counts one failure less, and shortens the wait to what is left of that.
    pub(crate) fn take_back(&self, key: &str, penalty: Penalty, now: Instant) {
        if let Some(record) = self.lock().get_mut(key) {
            record.failures = record.failures.saturating_sub(1);
            record.blocked_until = record.blocked_until.min(now + wait(record.failures, penalty));
        }
    }

    /// Forgets the failures.
    pub(crate) fn pardon(&self, key: &str) {
        self.lock().remove(key);
    }
}

/// How long one waits after so many failures.
fn wait(failures: u32, penalty: Penalty) -> Duration {
    match failures.checked_sub(penalty.free + 1) {
        None => Duration::ZERO,
        Some(doublings) => {
            let factor = 1_u32.checked_shl(doublings.min(31)).unwrap_or(u32::MAX);
            penalty.first.saturating_mul(factor).min(penalty.longest)
        }
    }
}

/// Forgets what has had its time, and if that is not enough the half that has least of it left.
fn make_room(records: &mut HashMap<Box<str>, Record>, now: Instant) {
    records.retain(|_, record| record.forgotten_at > now);
    if records.len() >= KEYS {
        let mut times: Vec<_> = records.values().map(|record| record.forgotten_at).collect();
        let half = times.len() / 2;
        let (_, &mut median, _) = times.select_nth_unstable(half);
        records.retain(|_, record| record.forgotten_at > median);
    }
}
