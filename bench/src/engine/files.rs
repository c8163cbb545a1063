//! How many connections one process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Fault;

/// Raises the limit of open files as far as this process may.
pub(super) fn raise_limit() -> Result<(), Fault> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(())
}
