//! Where things are.

use std::path::{Path, PathBuf};

/// The folder of the whole project.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Cargo's folder for what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |path| root().join(path))
}

/// The built server.
pub(crate) fn server(profile: &str) -> PathBuf {
    target().join(profile).join("chinwag")
}

/// The folder of the built examples.
pub(crate) fn examples(profile: &str) -> PathBuf {
    target().join(profile).join("examples")
}
