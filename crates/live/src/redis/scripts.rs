//! Scripts that Redis runs. It is sent their digest, and the text only where it does not know that one yet, as after a
//! restart.

use std::fmt::Write;
use std::time::Duration;

use redis::{Cmd, ToRedisArgs, Value};
use sha1::{Digest, Sha1};

use super::link::Failure;
use super::servers::Servers;

/// A script with one key.
pub(super) struct Script {
    text: &'static str,
    digest: String,
}

impl Script {
    pub(super) fn new(text: &'static str) -> Self {
        let mut digest = String::with_capacity(40);
        for byte in Sha1::digest(text) {
            // Writing to a string does not fail.
            let _ = write!(digest, "{byte:02x}");
        }
        Self { text, digest }
    }

    /// Runs it where its key is; what it answers within this time.
    pub(super) async fn run(
        &self,
        servers: &Servers,
        key: &str,
        arguments: &[impl ToRedisArgs],
        limit: Duration,
    ) -> Result<Value, Failure> {
        let connected = servers.of(key).ok_or(Failure::Away)?;
        match connected.link.ask(&command("EVALSHA", &self.digest, key, arguments), limit).await {
            Err(Failure::NoScript) => {
                connected.link.ask(&command("EVAL", self.text, key, arguments), limit).await
            }
            answer => answer,
        }
    }
}

fn command(name: &str, script: &str, key: &str, arguments: &[impl ToRedisArgs]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(1).arg(key);
    for argument in arguments {
        command.arg(argument);
    }
    command
}
