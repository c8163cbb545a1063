//! What the store counts.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;

use crate::store::Opened;

/// Looked up whenever somebody asks, as long as there is a store.
pub(super) struct Commits(Box<dyn Fn() -> Option<u64> + Send + Sync>);

impl Commits {
    /// Of this store.
    pub(super) fn of(store: &Opened) -> Self {
        Self(store.commits())
    }
}

impl fmt::Debug for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Commits")
    }
}

impl Collector for Commits {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(commits) = (self.0)() else { return Ok(()) };
        let counter = ConstCounter::new(commits);
        let help = "Transactions committed, each with one sync to disk";
        let name = "chinwag_store_commits";
        counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
    }
}
