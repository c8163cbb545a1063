//! The limit on open descriptors.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit as far as the system lets this process, since each connection takes a descriptor. The answer is what
/// holds then; `None` is without a limit.
pub(crate) fn raise_limit() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return limit.maximum;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, limit = limit.current, "the limit on open files cannot be raised");
            limit.current
        }
    }
}

/// How far the limit can be raised; `None` is without a limit.
pub(crate) fn highest_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}
