//! Which Chinwag this is.

/// The commit that it was built from, or "unknown".
pub(crate) const COMMIT: &str = env!("BUILT_FROM_COMMIT");

/// The version and the commit, for people.
pub(crate) fn full() -> String {
    format!("{} ({COMMIT})", chinwag_server::VERSION)
}
