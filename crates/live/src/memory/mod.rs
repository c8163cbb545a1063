//! The back end for one node: everything in its memory, everything with a bound.

mod fan_out;
mod penalties;
mod presence;
mod rate_limits;
mod sessions;

use std::sync::Arc;

/// Live for one node.
#[derive(Default)]
pub struct MemoryLive {
    fan_out: fan_out::Hall,
    penalties: penalties::Penalties,
    presence: presence::Places,
    rate_limits: rate_limits::Buckets,
    sessions: sessions::Cache,
}

impl MemoryLive {
    /// Starts with nothing.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
}
