//! A RabbitMQ server of one's own, for a test, a proof or a measurement.
//!
//! It is the real one, as Debian packages it, with nothing in it. It may be killed, stopped, paused and started again,
//! and nobody else is disturbed; what is durable is there again then. It has a port mapper (epmd) of its own, since that
//! of the machine would stay, and know of it. A guardian (`guardian.rs`) sees to it that nothing of it is left once the
//! process that started it is done with it or has died.

mod folder;
mod installed;
mod settings;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::guardian::Guardian;
use crate::ports::Port;
use crate::processes;
use installed::Installed;

pub use settings::Settings;

#[cfg(test)]
mod tests;

/// How long the server may take to begin or to end before that is a failure: it is slow.
const LIMIT: Duration = Duration::from_secs(90);

/// How soon after a server that did not answer yet it is asked again.
const AGAIN: Duration = Duration::from_millis(10);

/// A private RabbitMQ server with the user `chinwag`, whose password is `chinwag` and who may do everything.
///
/// It listens on 127.0.0.1 only. It ends, and its folder with all messages goes, when this is dropped or when the process
/// that started it ends, however that comes about.
#[derive(Debug)]
pub struct RabbitMq {
    installed: Installed,
    settings: Settings,
    guardian: Guardian,
    folder: PathBuf,
    ports: Ports,
    /// Nothing while the server is down.
    mapper: Option<Child>,
    /// Nothing while it is down.
    server: Option<Child>,
}

/// The ports of 127.0.0.1 that it listens on.
#[derive(Debug)]
struct Ports {
    /// For clients.
    clients: Port,
    /// For other nodes, of which there are none, and the server's own tools.
    distribution: Port,
    /// The port mapper's, which tells these the one before.
    mapper: Port,
}

impl RabbitMq {
    /// Starts a new server and waits until it answers.
    ///
    /// # Errors
    /// A sentence that says what to install, or what went wrong.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&Settings::default())
    }

    /// Starts a new server with TLS or other settings.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(settings: &Settings) -> Result<Self, String> {
        let mut this = Self::prepare(settings)?;
        this.start_again()?;
        Ok(this)
    }

    /// One server for the whole process, started when first asked for: tests that share it keep to names of their own,
    /// and do not stop it.
    ///
    /// # Panics
    /// It cannot be started; the message says what to install, if that is the reason.
    #[expect(
        clippy::panic,
        reason = "it is for tests, which have nothing else to do when it cannot be started"
    )]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<RabbitMq> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// `amqp://` or, with TLS, `amqps://`, with the user and the password.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.settings.has_tls() { "amqps" } else { "amqp" };
        format!("{scheme}://chinwag:chinwag@127.0.0.1:{}", self.port())
    }

    /// The port of 127.0.0.1 that it listens on for clients, also after it was started again.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.ports.clients.number()
    }

    /// The folder that holds everything of this server: `rabbitmq.conf`, `data` and `log`.
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

    /// The id of its process, the Erlang virtual machine, for measurements.
    ///
    /// # Errors
    /// It is not running.
    pub fn id(&self) -> Result<u32, String> {
        self.server.as_ref().map(Child::id).ok_or_else(not_running)
    }

    /// Kills all its processes (kill -9), as when the machine loses its power but keeps what it has written.
    ///
    /// # Errors
    /// It is not running, or a process of it did not end.
    pub fn kill(&mut self) -> Result<(), String> {
        let server = self.server.take().ok_or_else(not_running)?;
        end(server).and(self.end_mapper())
    }

    /// Has it end in order (clients are thrown out, what it knows is written), and waits for that.
    ///
    /// # Errors
    /// It is not running, or did not end in time; it may be paused.
    pub fn stop(&mut self) -> Result<(), String> {
        let server = self.server.as_mut().ok_or_else(not_running)?;
        let ends: Vec<_> = processes::tree(server.id()).into_iter().filter_map(processes::watch).collect();
        processes::signal(server.id(), Signal::TERM);
        if !ends.iter().all(|end| processes::ended_within(end, LIMIT)) {
            return Err(format!("RabbitMQ did not stop within {} s:\n{}", LIMIT.as_secs(), self.log()));
        }
        let status = server.wait().map_err(|error| format!("cannot wait for RabbitMQ: {error}"))?;
        self.server = None;
        self.end_mapper()?;
        if status.success() { Ok(()) } else { Err(format!("RabbitMQ ended with {status}:\n{}", self.log())) }
    }

    /// Starts it, after it was killed or stopped, with what it had that is durable and on the same port, and waits until
    /// it answers.
    ///
    /// # Errors
    /// It is running already, or did not begin; its log is part of the message.
    pub fn start_again(&mut self) -> Result<(), String> {
        if self.server.is_some() {
            return Err("RabbitMQ is running already".to_owned());
        }
        self.begin().inspect_err(|_| {
            // They are only to be buried, and may not be there.
            let _ = self.kill();
            let _ = self.end_mapper();
        })
    }

    /// Has it stand still (SIGSTOP): connections stay open and are not answered. When this returns it has stopped.
    ///
    /// # Errors
    /// It is not running.
    pub fn pause(&mut self) -> Result<(), String> {
        processes::stop_tree(self.id()?);
        Ok(())
    }

    /// Lets it go on after [`Self::pause`].
    ///
    /// # Errors
    /// It is not running.
    pub fn resume(&mut self) -> Result<(), String> {
        for id in processes::tree(self.id()?) {
            processes::signal(id, Signal::CONT);
        }
        Ok(())
    }

    /// Starts the port mapper, then the server, which asks it at once.
    fn begin(&mut self) -> Result<(), String> {
        let mapper = self.spawn(self.installed.mapper())?;
        let mapper = self.mapper.insert(mapper).id();
        self.wait_until(mapper, |this| this.mapper_answers().unwrap_or(false))?;
        let server = self.spawn(self.program())?;
        let server = self.server.insert(server).id();
        self.wait_until(server, |this| this.answers().unwrap_or(false))
    }

    fn program(&self) -> Command {
        self.installed.command(&self.folder.join(folder::SERVER))
    }

    /// Starts a program in the server's folder, told where everything is.
    fn spawn(&self, mut command: Command) -> Result<Child, String> {
        let failed = |error| format!("cannot start RabbitMQ: {error}");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).map_err(failed)?;
        command.current_dir(&self.folder).envs(settings::environment(&self.folder, &self.ports));
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        command.spawn().map_err(failed)
    }

    /// Waits until `has_begun` says so of the process `id`.
    fn wait_until(&self, id: u32, has_begun: impl Fn(&Self) -> bool) -> Result<(), String> {
        let end = processes::watch(id).ok_or("RabbitMQ cannot be watched")?;
        let asked = Instant::now();
        while !has_begun(self) {
            if processes::ended_within(&end, AGAIN) {
                return Err(format!("RabbitMQ ended at once:\n{}", self.log()));
            }
            if asked.elapsed() > LIMIT {
                return Err(format!("RabbitMQ did not begin within {} s:\n{}", LIMIT.as_secs(), self.log()));
            }
        }
        Ok(())
    }

    /// Whether the port mapper tells the names that it knows.
    fn mapper_answers(&self) -> io::Result<bool> {
        let mut stream = connect(&self.ports.mapper)?;
        stream.set_read_timeout(Some(LIMIT))?;
        // "The Protocol between the EPMD and an Erlang Node", NAMES_REQ; the answer begins with its own port.
        stream.write_all(b"\x00\x01n")?;
        let mut port = [0; 4];
        stream.read_exact(&mut port)?;
        Ok(u32::from_be_bytes(port) == u32::from(self.ports.mapper.number()))
    }

    /// Whether it greets a client. With TLS, whether it lets one come, which it does not before it has begun.
    fn answers(&self) -> io::Result<bool> {
        let mut stream = connect(&self.ports.clients)?;
        if self.settings.has_tls() {
            return Ok(true);
        }
        stream.set_read_timeout(Some(LIMIT))?;
        // Section 4.2.2 of AMQP 0-9-1; the answer is a method (1) on channel 0.
        stream.write_all(b"AMQP\x00\x00\x09\x01")?;
        let mut first = [0; 3];
        stream.read_exact(&mut first)?;
        Ok(first == [1, 0, 0])
    }

    fn end_mapper(&mut self) -> Result<(), String> {
        self.mapper.take().map_or(Ok(()), end)
    }

    /// A server of which there are only a folder and settings, and who watches over it.
    fn prepare(settings: &Settings) -> Result<Self, String> {
        let installed = Installed::find()?;
        let port = || Port::claim().map_err(|error| format!("no port for RabbitMQ: {error}"));
        let ports = Ports { clients: port()?, distribution: port()?, mapper: port()? };
        let folder = folder::create(&installed)?;
        let guardian =
            Guardian::start(&folder, |command| installed.account.run(command)).inspect_err(|_| {
                // Nobody else would; that it fails is not the news.
                let _ = fs::remove_dir_all(&folder);
            })?;
        settings.write(&installed, &folder, &ports)?;
        let settings = settings.clone();
        Ok(Self { installed, settings, guardian, folder, ports, mapper: None, server: None })
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        // It may be down already. The guardian does the rest.
        let _ = self.kill();
        self.guardian.finish();
    }
}

fn connect(port: &Port) -> io::Result<TcpStream> {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port.number()))
}

fn end(process: Child) -> Result<(), String> {
    processes::end_tree(process, LIMIT).map_err(|error| format!("cannot kill RabbitMQ: {error}"))
}

fn not_running() -> String {
    "RabbitMQ is not running".to_owned()
}
