//! The back end for one node: everything in its memory, everything with a bound.

mod fan_out;
pub(crate) mod penalties;
mod presence;
pub(crate) mod rate_limits;
pub(crate) mod sessions;

use std::sync::Arc;

use crate::places::Places;

/// Live for one node.
#[derive(Default)]
pub struct MemoryLive {
    fan_out: fan_out::Hall,
    penalties: penalties::Penalties,
    places: Places,
    rate_limits: rate_limits::Buckets,
    sessions: sessions::Cache,
}

impl MemoryLive {
    /// Starts with nothing.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// For a node that has neighbours of which it hears nothing by this: they are always suspect.
    pub fn among_others() -> Arc<Self> {
        let live = Self::new();
        live.fan_out.is_not_all();
        live
    }
}
