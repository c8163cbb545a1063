//! `chinwag version`.

use crate::failure::Failure;
use crate::{output, version};

/// Tells the version and the commit.
pub(crate) fn version() -> Result<(), Failure> {
    output::print(&format!("chinwag {}\n", version::full()))
}
