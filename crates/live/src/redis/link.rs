//! The connection to one server over which it is asked and told.
//!
//! One task keeps it: it connects, pings, publishes what waits, and connects again, for ever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, ServerErrorKind, Value};
use tokio::sync::Notify;

use super::back_off::BackOff;
use super::connect::Connector;
use super::health::Part;
use super::options::Server;
use super::outbox::Outbox;
use super::servers::Refresh;

/// A server that says nothing is asked whether it lives this often …
const PING: Duration = Duration::from_secs(1);
/// … and has this long to answer: then the connection is given up.
const PONG: Duration = Duration::from_secs(1);
/// Most envelopes that are published at once.
const PUBLISHED_AT_ONCE: usize = 256;

/// One server, to be asked and told.
pub(super) struct Link {
    server: Arc<Server>,
    cluster: bool,
    current: Mutex<Option<MultiplexedConnection>>,
    /// Somebody waited for an answer in vain.
    doubted: Notify,
    outbox: Outbox,
    /// Something could not be published: all nodes are to be told so.
    lost: Arc<AtomicBool>,
    /// Another server may be the right one.
    refresh: Arc<Refresh>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There is no connection.
    #[error("Redis cannot be reached")]
    Away,
    /// It takes too long.
    #[error("Redis does not answer in time")]
    Late,
    /// The script is not known there.
    #[error("Redis does not know the script")]
    NoScript,
    /// Redis says no, or the connection was lost.
    #[error("{0}")]
    Refused(RedisError),
}

impl Link {
    pub(super) fn new(
        server: Arc<Server>,
        cluster: bool,
        lost: Arc<AtomicBool>,
        refresh: Arc<Refresh>,
    ) -> Self {
        let (current, doubted, outbox) = (Mutex::default(), Notify::new(), Outbox::default());
        Self { server, cluster, current, doubted, outbox, lost, refresh }
    }

    /// What the server answers to a command within this time.
    pub(super) async fn ask(&self, command: &Cmd, limit: Duration) -> Result<Value, Failure> {
        let mut connection = self.connection().ok_or(Failure::Away)?;
        let answer = tokio::time::timeout(limit, connection.send_packed_command(command)).await;
        self.judged(answer)
    }

    /// What it answers to several commands that are sent at once.
    pub(super) async fn ask_all(&self, commands: &Pipeline, limit: Duration) -> Result<Vec<Value>, Failure> {
        let mut connection = self.connection().ok_or(Failure::Away)?;
        let answers =
            tokio::time::timeout(limit, connection.send_packed_commands(commands, 0, commands.len())).await;
        match self.judged(answers.map(|answers| answers.map(Value::Array)))? {
            Value::Array(answers) => Ok(answers),
            _ => Ok(Vec::new()),
        }
    }

    /// Publishes soon. Says whether it was queued; what cannot be published then is `lost`.
    pub(super) fn publish(&self, channel: String, envelope: Vec<u8>) -> bool {
        let connected = self.current.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        connected && self.outbox.put((channel, envelope))
    }

    /// Waits until all that was to be published is, but not longer than this.
    pub(super) async fn published(&self, limit: Duration) {
        // Whoever waits ends, and has nothing left to do about it.
        let _ = tokio::time::timeout(limit, self.outbox.empty()).await;
    }

    /// Keeps the connection, for as long as this is polled.
    pub(super) async fn keep(&self, connector: &Connector, mut part: Part) {
        let (mut back_off, mut told) = (BackOff::default(), false);
        loop {
            let ended = self.one_connection(connector, &mut part, &mut back_off).await;
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
            if self.outbox.clear() {
                self.lost.store(true, Ordering::Release);
            }
            if part.set(false) || !told {
                tracing::warn!(server = %self.server, reason = ended, "Redis is away; it is tried again");
                told = true;
            }
            self.refresh.ask();
            back_off.wait().await;
        }
    }

    /// Connects, and says why that failed or came to its end.
    async fn one_connection(&self, connector: &Connector, part: &mut Part, back_off: &mut BackOff) -> String {
        let mut connection = match connector.connect(&self.server, |_| {}).await {
            Ok(connection) => connection,
            Err(reason) => return reason,
        };
        let commands = connection.commands.clone();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(commands.clone());
        back_off.reset();
        if part.set(true) {
            tracing::info!(server = %self.server, "Redis is there");
        }
        let pinged = commands.clone();
        tokio::select! {
            () = connection.ended() => "the connection ended".into(),
            () = self.ping(pinged) => "it does not answer pings".into(),
            reason = self.publish_what_waits(commands) => reason,
        }
    }

    /// Returns when a ping is not answered.
    async fn ping(&self, mut connection: MultiplexedConnection) {
        let ping = redis::cmd("PING");
        loop {
            // Either is a reason to ask.
            let _ = tokio::time::timeout(PING, self.doubted.notified()).await;
            let asked = tokio::time::timeout(PONG, connection.send_packed_command(&ping));
            if !matches!(asked.await, Ok(Ok(_))) {
                return;
            }
        }
    }

    /// Publishes what waits, all of it with one write. Returns when that fails.
    async fn publish_what_waits(&self, mut connection: MultiplexedConnection) -> String {
        let name = if self.cluster { "SPUBLISH" } else { "PUBLISH" };
        loop {
            let mut pipeline = Pipeline::new();
            for (channel, envelope) in self.outbox.take(PUBLISHED_AT_ONCE).await {
                pipeline.cmd(name).arg(channel).arg(envelope);
            }
            let sent = connection.send_packed_commands(&pipeline, 0, pipeline.len());
            let sent = tokio::time::timeout(PONG, sent).await;
            self.outbox.taken_is_done();
            let failed = match sent {
                Ok(Ok(_)) => continue,
                Ok(Err(error)) => error,
                Err(_) => {
                    self.lost.store(true, Ordering::Release);
                    return "it does not publish in time".into();
                }
            };
            self.lost.store(true, Ordering::Release);
            match failed.kind() {
                // The connection is good; some of it went to the wrong server.
                ErrorKind::Server(_) | ErrorKind::Extension => {
                    tracing::debug!(server = %self.server, error = %failed, "an envelope was not published");
                    self.refresh.ask();
                }
                _ => return failed.to_string(),
            }
        }
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn judged<E>(&self, answer: Result<Result<Value, RedisError>, E>) -> Result<Value, Failure> {
        let error = match answer {
            Ok(Ok(Value::ServerError(error))) => RedisError::from(error),
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            Err(_) => {
                self.doubted.notify_one();
                return Err(Failure::Late);
            }
        };
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::NoScript) => return Err(Failure::NoScript),
            ErrorKind::Server(
                ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly,
            ) => self.refresh.ask(),
            _ => {}
        }
        Err(Failure::Refused(error))
    }
}
