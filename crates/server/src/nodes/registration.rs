//! Whether the other nodes let this one in.

use tokio::sync::watch;
use tokio::time::Instant;

/// Until when this node is in the registry, as far as it knows; nothing where it takes no part. By its own clock, from when
/// it asked to be entered, so never longer than the others think.
pub(crate) struct Registration(watch::Sender<Option<Instant>>);

impl Registration {
    /// Of a node that takes no part, until it is told otherwise.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// It is in the registry until then.
    pub(super) fn lasts_until(&self, until: Instant) {
        self.0.send_replace(Some(until));
    }

    /// Whether the node takes part with others, who would refuse what it passes on.
    pub(crate) fn is_over(&self) -> bool {
        self.0.borrow().is_some_and(|until| until <= Instant::now())
    }

    /// Waits until they do not.
    pub(super) async fn holds(&self) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|until| until.is_none_or(|until| until > Instant::now())).await;
    }
}
