//! Rate limits.

use std::time::Duration;

use async_trait::async_trait;

use crate::Result;

/// How often something may be done: `burst` times at once, and `burst` times within each `per` in the long run.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// How often at once, at least 1.
    pub burst: u32,
    /// How long until all of it may be done again.
    pub per: Duration,
}

/// Rate limits, shared by all nodes.
#[async_trait]
pub trait RateLimits {
    /// Counts one use of `key`. `Some` says how long to wait: this use is over the limit and does not count.
    async fn take(&self, key: &str, quota: Quota) -> Result<Option<Duration>>;
}
