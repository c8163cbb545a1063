//! By what jobs get to those who do them.

use std::sync::Arc;
use std::time::Duration;

use chinwag_store::Store;

use crate::amqp::{Amqp, Options};
use crate::runner::{Runner, Running};
use crate::work::Works;

/// The table alone, or a broker that is given what stands in it.
pub trait BackEnd: Send + Sync + 'static {
    /// Begins to do jobs, so many at once; with 0 it only sees to it that others get them.
    fn begin(&self, store: Arc<dyn Store>, works: Works, at_once: usize) -> Running;
}

/// The table alone.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// How long a job is a worker's that has begun with it and says nothing more: so long others wait for what a dead one had.
    pub lease: Duration,
}

impl Default for Table {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30) }
    }
}

impl BackEnd for Table {
    fn begin(&self, store: Arc<dyn Store>, works: Works, at_once: usize) -> Running {
        Runner::new(store, works, at_once, self.lease).start()
    }
}

impl BackEnd for Options {
    fn begin(&self, store: Arc<dyn Store>, works: Works, at_once: usize) -> Running {
        Amqp { store, works, at_once, options: self.clone() }.start()
    }
}
