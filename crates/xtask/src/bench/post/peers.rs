//! The chat that tutorials build, with the Redis that it needs: private, on this machine only, ended with the measurement.

use std::fs;
use std::path::Path;

use xtask::programs;

use crate::bench::program::{Program, claim};
use crate::commands;

/// Where the chat is.
pub(super) const NODE_REDIS: &str = "bench/peers/node-redis";

/// The chat, and Redis behind it.
pub(super) struct Peer {
    // Ended in this order.
    node: Program,
    _redis: Program,
}

impl Peer {
    /// Starts both, with Redis' data in an empty folder.
    pub(super) fn start(folder: &Path) -> Result<Self, String> {
        let failed = |error| format!("cannot make {}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(failed)?;
        let port = claim()?;
        let mut redis = programs::command("redis-server").map_err(|refusal| refusal.to_string())?;
        redis.current_dir(folder).args(["--port", &port.number().to_string()]);
        // Each command is on disk before it is answered, as an acknowledgement promises here.
        redis.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
        let redis = Program::start(redis, port, &folder.join("redis.log"))?;

        let port = claim()?;
        let mut node = commands::node(NODE_REDIS);
        node.arg("server.js").arg(port.number().to_string()).arg(redis.port().to_string());
        node.env("NODE_ENV", "production");
        let node = Program::start(node, port, &folder.join("node.log"))?;
        Ok(Self { node, _redis: redis })
    }

    /// Where the chat listens.
    pub(super) fn address(&self) -> String {
        self.node.address()
    }
}
