//! A Redis server of one's own, for a test, a proof or a measurement; and a cluster of them (`cluster.rs`).
//!
//! It is the real one, as Debian packages it, and empty. It may be killed, stopped, paused and started again, and nobody
//! else is disturbed. It keeps nothing on the disk, so it is empty after each start. A guardian (`guardian.rs`) sees to
//! it that nothing of it is left once the process that started it is done with it or has died.

mod cluster;
mod settings;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::guardian::Guardian;
use crate::ports::Port;
use crate::{private_folder, processes, programs};

pub use cluster::RedisCluster;
pub use settings::Settings;

#[cfg(test)]
mod tests;

/// How long the server may take to begin or to end before that is a failure.
const LIMIT: Duration = Duration::from_secs(30);

/// How soon after a server that did not answer yet it is asked again.
const AGAIN: Duration = Duration::from_millis(5);

/// A private Redis server without persistence.
///
/// It listens on 127.0.0.1 only. It ends, and its folder goes, when this is dropped or when the process that started it
/// ends, however that comes about.
#[derive(Debug)]
pub struct Redis {
    settings: Settings,
    guardian: Guardian,
    folder: PathBuf,
    port: Port,
    /// Nothing while it is down.
    server: Option<Child>,
}

impl Redis {
    /// Starts a new server that lets everybody in, and waits until it answers.
    ///
    /// # Errors
    /// A sentence that says what to install, or what went wrong.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&Settings::default())
    }

    /// Starts a new server with a password, TLS or other settings.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(settings: &Settings) -> Result<Self, String> {
        let mut this = Self::prepare(settings)?;
        this.settings.write(&this.folder, this.port())?;
        this.start_again()?;
        Ok(this)
    }

    /// One server for the whole process, started when first asked for: tests that share it keep to key prefixes of their
    /// own, and neither empty nor stop it.
    ///
    /// # Panics
    /// It cannot be started; the message says what to install, if that is the reason.
    #[expect(
        clippy::panic,
        reason = "it is for tests, which have nothing else to do when it cannot be started"
    )]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// `redis://` or, with TLS, `rediss://`, with the password if there is one.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.settings.has_tls() { "rediss" } else { "redis" };
        format!("{scheme}://{}", self.authority())
    }

    /// The port of 127.0.0.1 that it listens on, also after it was started again.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The folder that holds everything of this server: `redis.conf` and `log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the server has logged so far, for the message of a test that fails.
    #[must_use]
    pub fn log(&self) -> String {
        let read = fs::read(self.folder.join("log"));
        read.map_or_else(|error| error.to_string(), |text| String::from_utf8_lossy(&text).into_owned())
    }

    /// The id of its process, for measurements.
    ///
    /// # Errors
    /// It is not running.
    pub fn id(&self) -> Result<u32, String> {
        self.server.as_ref().map(Child::id).ok_or_else(|| "Redis is not running".to_owned())
    }

    /// What it answers to a command, a line for each element; `redis-cli` asks.
    ///
    /// # Errors
    /// What the server says, or that it cannot be reached.
    pub fn ask(&self, words: &[&str]) -> Result<String, String> {
        let mut command = programs::command("redis-cli").map_err(|refusal| refusal.to_string())?;
        processes::prepare(&mut command);
        command.args(["-e", "-h", "127.0.0.1", "-p", &self.port().to_string()]);
        self.settings.tell_client(&mut command);
        let output = command
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| format!("cannot start redis-cli: {error}"))?;
        let said =
            [&output.stdout[..], &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        let [answer, complaint] = said.map(|text| text.trim_end_matches('\n').to_owned());
        if output.status.success() { Ok(answer) } else { Err(format!("{answer}{complaint}")) }
    }

    /// Kills it (kill -9). Its connections are closed, and what it knew is gone.
    ///
    /// # Errors
    /// It is not running.
    pub fn kill(&mut self) -> Result<(), String> {
        let mut server = self.server.take().ok_or("Redis is not running")?;
        processes::signal(server.id(), Signal::KILL);
        server.wait().map(drop).map_err(|error| format!("cannot wait for Redis: {error}"))
    }

    /// Has it end in order, and waits for that.
    ///
    /// # Errors
    /// It is not running, or did not end in time; it may be paused.
    pub fn stop(&mut self) -> Result<(), String> {
        let server = self.server.as_mut().ok_or("Redis is not running")?;
        let end = processes::watch(server.id());
        processes::signal(server.id(), Signal::TERM);
        if end.is_some_and(|end| !processes::ended_within(&end, LIMIT)) {
            return Err(format!("Redis did not stop within {} s:\n{}", LIMIT.as_secs(), self.log()));
        }
        let status = server.wait().map_err(|error| format!("cannot wait for Redis: {error}"))?;
        self.server = None;
        if status.success() { Ok(()) } else { Err(format!("Redis ended with {status}:\n{}", self.log())) }
    }

    /// Starts it, after it was killed or stopped, on the same port and empty, and waits until it answers.
    ///
    /// # Errors
    /// It is running already, or did not begin; its log is part of the message.
    pub fn start_again(&mut self) -> Result<(), String> {
        if self.server.is_some() {
            return Err("Redis is running already".to_owned());
        }
        let failed = |error| format!("cannot start Redis: {error}");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).map_err(failed)?;
        let mut command = programs::command("redis-server").map_err(|refusal| refusal.to_string())?;
        processes::prepare(&mut command);
        command.arg(self.folder.join(settings::FILE)).current_dir(&self.folder);
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let server = self.server.insert(command.spawn().map_err(failed)?);
        let end = processes::watch(server.id()).ok_or("Redis cannot be watched")?;
        let begun = Instant::now();
        while self.ask(&["PING"]).as_deref() != Ok("PONG") {
            if processes::ended_within(&end, AGAIN) {
                // It is only to be buried.
                let _ = self.kill();
                return Err(format!("Redis ended at once:\n{}", self.log()));
            }
            if begun.elapsed() > LIMIT {
                return Err(format!("Redis did not begin within {} s:\n{}", LIMIT.as_secs(), self.log()));
            }
        }
        Ok(())
    }

    /// Has it stand still (SIGSTOP): connections stay open and are not answered. When this returns it has stopped.
    ///
    /// # Errors
    /// It is not running.
    pub fn pause(&mut self) -> Result<(), String> {
        processes::stop_child(self.id()?);
        Ok(())
    }

    /// Lets it go on after [`Self::pause`].
    ///
    /// # Errors
    /// It is not running.
    pub fn resume(&mut self) -> Result<(), String> {
        processes::signal(self.id()?, Signal::CONT);
        Ok(())
    }

    /// The part of a URL after the scheme.
    fn authority(&self) -> String {
        let password = self.settings.password.as_ref().map(|password| format!(":{password}@"));
        format!("{}127.0.0.1:{}", password.unwrap_or_default(), self.port())
    }

    /// A server of which there is only a folder, and who watches over it.
    fn prepare(settings: &Settings) -> Result<Self, String> {
        let port = Port::claim().map_err(|error| format!("no port for Redis: {error}"))?;
        let folder = private_folder::create("redis")?;
        let guardian = Guardian::start(&folder, |_: &mut Command| {}).inspect_err(|_| {
            // Nobody else would; that it fails is not the news.
            let _ = fs::remove_dir_all(&folder);
        })?;
        Ok(Self { settings: settings.clone(), guardian, folder, port, server: None })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be down already. The guardian does the rest.
        let _ = self.kill();
        self.guardian.finish();
    }
}
