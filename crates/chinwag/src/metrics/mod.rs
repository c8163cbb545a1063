//! Metrics for Prometheus, on a listener of their own that is off by default.

mod build;
mod listener;
mod process;
mod store;

pub(crate) use listener::Listener;

use prometheus_client::registry::Registry;

use crate::store::Opened;

#[cfg(test)]
mod tests;

/// A registry with what is known of the process; the application adds its own under `chinwag`.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::default();
    build::register(&mut registry);
    registry.register_collector(Box::new(process::Process::new()));
    registry
}

/// Adds what the store counts.
pub(crate) fn add_store(registry: &mut Registry, store: &Opened) {
    registry.register_collector(Box::new(store::Commits::of(store)));
}

/// Where the application registers its metrics.
pub(crate) fn of_application(registry: &mut Registry) -> &mut Registry {
    registry.sub_registry_with_prefix("chinwag")
}
