//! Rate limits that all nodes share, and those of this node while Redis is away.
//!
//! What Redis counts, this node counts as well, so that its own count is good when it must serve.

use std::time::Duration;

use async_trait::async_trait;
use redis::Value;
use tokio::time::Instant;

use super::RedisLive;
use super::link::Failure;
use super::millis;
use super::scripts::Script;
use crate::memory::penalties::Penalties;
use crate::memory::rate_limits::Buckets;
use crate::{Penalty, Quota, RateLimits, Result};

/// How long Redis has to answer.
const LIMIT: Duration = Duration::from_millis(250);

/// The scripts, and what this node counts.
pub(super) struct Limits {
    take: Script,
    attempt: Script,
    take_back: Script,
    buckets: Buckets,
    penalties: Penalties,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            take: Script::new(include_str!("scripts/take.lua")),
            attempt: Script::new(include_str!("scripts/attempt.lua")),
            take_back: Script::new(include_str!("scripts/take_back.lua")),
            buckets: Buckets::default(),
            penalties: Penalties::default(),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn arguments(penalty: Penalty) -> [u64; 4] {
    [penalty.free.into(), millis(penalty.first), millis(penalty.longest), millis(penalty.memory)]
}

/// How long to wait, as a script answers it in units of `unit`; nothing if Redis could not be asked.
fn waits(answer: std::result::Result<Value, Failure>, unit: Duration) -> Option<Option<Duration>> {
    match answer {
        Ok(Value::Int(0)) => Some(None),
        Ok(Value::Int(wait)) => {
            let wait = u32::try_from(wait).unwrap_or(u32::MAX);
            Some(Some(unit.saturating_mul(wait)))
        }
        Ok(other) => {
            tracing::warn!(?other, "Redis answers a limit oddly; this node counts by itself");
            None
        }
        Err(reason) => {
            tracing::debug!(%reason, "Redis does not count; this node does by itself");
            None
        }
    }
}

#[async_trait]
impl RateLimits for RedisLive {
    async fn attempt(&self, key: &str, penalty: Penalty) -> Result<Option<Duration>> {
        let name = self.keys.penalty(key);
        let answer = self.limits.attempt.run(&self.servers, &name, &arguments(penalty), LIMIT).await;
        let shared = waits(answer, Duration::from_millis(1));
        if matches!(shared, Some(Some(_))) {
            return Ok(shared.flatten());
        }
        let own = self.limits.penalties.attempt(key, penalty, Instant::now());
        Ok(shared.unwrap_or(own))
    }

    async fn take_back(&self, key: &str, penalty: Penalty) -> Result<()> {
        self.limits.penalties.take_back(key, penalty, Instant::now());
        let name = self.keys.penalty(key);
        let answer = self.limits.take_back.run(&self.servers, &name, &arguments(penalty), LIMIT).await;
        // What Redis still counts costs a wait and expires.
        waits(answer, Duration::ZERO);
        Ok(())
    }

    async fn pardon(&self, key: &str) -> Result<()> {
        self.limits.penalties.pardon(key);
        let name = self.keys.penalty(key);
        if let Some(connected) = self.servers.of(&name) {
            let mut command = redis::cmd("DEL");
            command.arg(&name);
            // As above.
            if let Err(reason) = connected.link.ask(&command, LIMIT).await {
                tracing::debug!(%reason, "Redis was not told of a pardon");
            }
        }
        Ok(())
    }

    async fn take(&self, key: &str, quota: Quota) -> Result<Option<Duration>> {
        let each = quota.per / quota.burst.max(1);
        let name = self.keys.limit(key);
        let arguments = [micros(each), micros(quota.per)];
        let answer = self.limits.take.run(&self.servers, &name, &arguments, LIMIT).await;
        let shared = waits(answer, Duration::from_micros(1));
        if matches!(shared, Some(Some(_))) {
            return Ok(shared.flatten());
        }
        let own = self.limits.buckets.take(key, quota, Instant::now());
        Ok(shared.unwrap_or(own))
    }
}
