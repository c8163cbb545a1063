//! Which Chinwag this is.

use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::version::COMMIT;

/// Registers version and commit as `chinwag_build_info`.
pub(super) fn register(registry: &mut Registry) {
    let labels = vec![("version", chinwag_server::VERSION), ("commit", COMMIT)];
    registry.register(
        "chinwag_build",
        "The version and the commit that it was built from",
        Info::new(labels),
    );
}
