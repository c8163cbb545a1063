//! Rate limits within one node: a time per key instead of a bucket that must be filled.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::MemoryLive;
use crate::{Penalty, Quota, RateLimits, Result};

#[cfg(test)]
mod tests;

/// Most keys that are remembered. Beyond them those whose limit is farthest from being reached are forgotten.
const KEYS: usize = 50_000;

/// For each key when its limit will be as if it had never been used (the "generic cell rate algorithm").
#[derive(Default)]
pub(crate) struct Buckets {
    full_at: Mutex<HashMap<Box<str>, Instant>>,
}

impl Buckets {
    /// Counts one use, or says how long to wait.
    pub(crate) fn take(&self, key: &str, quota: Quota, now: Instant) -> Option<Duration> {
        let mut keys = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let each = quota.per / quota.burst.max(1);
        let full_at = keys.get(key).copied().unwrap_or(now).max(now) + each;
        let over = (full_at - now).saturating_sub(quota.per);
        if !over.is_zero() {
            return Some(over);
        }
        if keys.len() >= KEYS && !keys.contains_key(key) {
            make_room(&mut keys, now);
        }
        keys.insert(key.into(), full_at);
        None
    }
}

/// Forgets keys that are as good as unused, and if that is not enough the half that is nearest to it.
fn make_room(keys: &mut HashMap<Box<str>, Instant>, now: Instant) {
    keys.retain(|_, full_at| *full_at > now);
    if keys.len() >= KEYS {
        let mut times: Vec<_> = keys.values().copied().collect();
        let half = times.len() / 2;
        let (_, &mut median, _) = times.select_nth_unstable(half);
        keys.retain(|_, full_at| *full_at > median);
    }
}

#[async_trait]
impl RateLimits for MemoryLive {
    async fn attempt(&self, key: &str, penalty: Penalty) -> Result<Option<Duration>> {
        Ok(self.penalties.attempt(key, penalty, Instant::now()))
    }

    async fn take_back(&self, key: &str, penalty: Penalty) -> Result<()> {
        self.penalties.take_back(key, penalty, Instant::now());
        Ok(())
    }

    async fn pardon(&self, key: &str) -> Result<()> {
        self.penalties.pardon(key);
        Ok(())
    }

    async fn take(&self, key: &str, quota: Quota) -> Result<Option<Duration>> {
        Ok(self.rate_limits.take(key, quota, Instant::now()))
    }
}
