//! The chat that tutorials build, with the Redis that it needs: private, on this machine only, ended with the measurement.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use xtask::ports::Port;
use xtask::programs;

use crate::commands;

/// Where the chat is.
pub(super) const NODE_REDIS: &str = "bench/peers/node-redis";

/// How long a program may take until it can be connected to.
const LIMIT: Duration = Duration::from_secs(20);

/// The chat, and Redis behind it.
pub(super) struct Peer {
    // Ended in this order.
    node: Program,
    _redis: Program,
}

/// A program that listens on a port of its own. Killed when dropped.
struct Program {
    child: Child,
    port: Port,
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
        node.arg("server.js").arg(port.number().to_string()).arg(redis.port.number().to_string());
        node.env("NODE_ENV", "production");
        let node = Program::start(node, port, &folder.join("node.log"))?;
        Ok(Self { node, _redis: redis })
    }

    /// Where the chat listens.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.node.port.number())
    }
}

fn claim() -> Result<Port, String> {
    Port::claim().map_err(|error| format!("no port can be claimed: {error}"))
}

impl Program {
    /// Starts it and waits until it listens.
    fn start(mut command: Command, port: Port, log: &Path) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let failed = |error| format!("cannot start {name}: {error}");
        let output = File::create(log).map_err(failed)?;
        let errors = output.try_clone().map_err(failed)?;
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().map_err(failed)?;
        let mut program = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", program.port.number())).is_err() {
            let ended = program.child.try_wait().is_ok_and(|ended| ended.is_some());
            if ended || begun.elapsed() > LIMIT {
                return Err(format!("{name} does not listen: see {}", log.display()));
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Ok(program)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
