//! `cargo xtask screenshots`: the pictures in docs/screenshots, taken of the real thing.

use crate::{commands, debian, install, paths, run, server};

/// Starts a server with a small conversation in it and takes the pictures by Chromium.
pub(crate) fn main() -> Result<(), String> {
    debian::ensure()?;
    install::npm_packages()?;
    server::build_release()?;
    let mut node = commands::node("tests/node");
    node.args(["screenshots.js"]).arg(paths::root().join("docs/screenshots"));
    run::shown(node.env("CHINWAG_BIN", paths::server("release")))
}
