//! A process that does jobs and nothing else.

use std::sync::Arc;
use std::time::Duration;

use chinwag_jobs::{BackEnd, LogStream, Running};
use chinwag_live::Live;
use chinwag_store::{Fatal, Store};
use prometheus_client::registry::Registry;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{GRACE, begin};
use crate::application::ApplicationError;
use crate::fan_out::publish;
use crate::metrics::Metrics;

/// How long what was changed last may take to be told to the nodes.
const TELL: Duration = Duration::from_secs(1);

/// It does jobs, and tells the nodes what has changed by that.
pub struct Worker {
    store: Arc<dyn Store>,
    running: Running,
    publishers: JoinSet<()>,
}

impl Worker {
    /// Begins, with so many jobs at once.
    ///
    /// # Errors
    /// Somebody else in this process uses the store, or it does not answer.
    pub async fn start(
        store: Arc<dyn Store>,
        live: Arc<dyn Live>,
        log_stream: LogStream,
        back_end: &dyn BackEnd,
        at_once: usize,
    ) -> Result<Self, ApplicationError> {
        let metrics = Metrics::registered(&mut Registry::default());
        let mut publishers = JoinSet::new();
        for shard in store.take_feed().ok_or(ApplicationError::InUse)? {
            publishers.spawn(publish(shard, Arc::clone(&live), metrics.clone()));
        }
        let running = begin(Arc::clone(&store), log_stream, back_end, at_once).await?;
        Ok(Self { store, running, publishers })
    }

    /// Works until `stop` comes or the store fails, then finishes what it has begun, if that does not take long, and closes
    /// the store.
    ///
    /// # Errors
    /// The store's reason, if it can no longer keep its promises.
    pub async fn until(self, stop: impl Future<Output = ()>) -> Result<(), Fatal> {
        let failed = tokio::select! {
            () = stop => None,
            reason = self.store.failed() => Some(reason),
        };
        self.running.stop(GRACE).await;
        self.store.close().await;
        // What was changed last is on its way to those who tell it. If they do not get to it, nodes find it by themselves.
        let Self { store, mut publishers, .. } = self;
        drop(store);
        let told = timeout(TELL, async { while publishers.join_next().await.is_some() {} }).await;
        if told.is_err() {
            tracing::debug!("some changes may not have been told to other nodes");
        }
        failed.map_or(Ok(()), Err)
    }
}
