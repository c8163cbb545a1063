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

/// What failing costs: nothing at first, then a wait that doubles each time.
#[derive(Clone, Copy, Debug)]
pub struct Penalty {
    /// How many failures cost nothing.
    pub free: u32,
    /// How long the first wait is.
    pub first: Duration,
    /// How long a wait is at most.
    pub longest: Duration,
    /// How long after the end of the last wait failures are forgotten.
    pub memory: Duration,
}

/// Rate limits, shared by all nodes.
#[async_trait]
pub trait RateLimits {
    /// Begins a try at `key`, which counts as a failure until it is pardoned: so many at once are no more than so many after
    /// each other. `Some` says how long whoever has failed there has to wait: then nothing is counted.
    async fn attempt(&self, key: &str, penalty: Penalty) -> Result<Option<Duration>>;

    /// Takes back one try at `key` that came to no end, neither good nor bad.
    async fn take_back(&self, key: &str, penalty: Penalty) -> Result<()>;

    /// Forgets the failures at `key`.
    async fn pardon(&self, key: &str) -> Result<()>;

    /// Counts one use of `key`. `Some` says how long to wait: this use is over the limit and does not count.
    async fn take(&self, key: &str, quota: Quota) -> Result<Option<Duration>>;
}
