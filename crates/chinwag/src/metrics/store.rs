//! What the store counts.

use std::fmt;
use std::sync::{Arc, Weak};

use chinwag_store::sqlite::SqliteStore;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;

/// Looked up whenever somebody asks, as long as there is a store.
pub(super) struct Commits(Weak<SqliteStore>);

impl Commits {
    /// Of this store.
    pub(super) fn of(store: &Arc<SqliteStore>) -> Self {
        Self(Arc::downgrade(store))
    }
}

impl fmt::Debug for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Commits")
    }
}

impl Collector for Commits {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(store) = self.0.upgrade() else { return Ok(()) };
        let counter = ConstCounter::new(store.commits());
        let help = "Transactions committed, each with one sync to disk";
        let name = "chinwag_store_commits";
        counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
    }
}
