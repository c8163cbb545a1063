//! A PostgreSQL server of one's own, for a test, a proof or a measurement.
//!
//! It is the real one, as Debian packages it, with a new and empty database. It may be killed, stopped, paused and
//! started again, and nobody else is disturbed. A guardian (`guardian.rs`) sees to it that nothing of it is left once
//! the process that started it is done with it or has died.

mod folder;
mod installed;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::guardian::Guardian;
use crate::ports::Port;
use crate::processes;
use installed::Installed;

#[cfg(test)]
mod tests;

/// How long the server may take to begin, repairs after a kill included, or to end before that is a failure.
const LIMIT: Duration = Duration::from_secs(60);

/// How soon after a server that did not accept connections yet it is asked again.
const AGAIN: Duration = Duration::from_millis(5);

/// A private PostgreSQL server with a database `chinwag` that belongs to the role `chinwag`, which has no other rights.
///
/// It listens on 127.0.0.1 only and trusts everybody there. It ends, and its folder with all data goes, when this is
/// dropped or when the process that started it ends, however that comes about.
#[derive(Debug)]
pub struct Postgres {
    installed: Installed,
    guardian: Guardian,
    folder: PathBuf,
    port: Port,
    /// The server's first process, which starts all others; nothing while it is down.
    postmaster: Option<Child>,
}

impl Postgres {
    /// Starts a new server and waits until it accepts connections.
    ///
    /// # Errors
    /// A sentence that says what to install, or what went wrong.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&[])
    }

    /// Starts a new server with more settings, as in `postgresql.conf`; they override ours.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self, String> {
        let mut this = Self::prepare()?;
        finished(&mut folder::initdb(&this.installed, &this.folder))?;
        folder::configure(&this.folder, this.port(), settings)?;
        this.start_again()?;
        this.create_database()?;
        Ok(this)
    }

    /// One server for the whole process, started when first asked for. It does not wait for the disk: nothing cuts the power
    /// of a server that others use as well.
    ///
    /// # Panics
    /// It cannot be started; the message says what to install, if that is the reason.
    #[expect(
        clippy::panic,
        reason = "it is for tests, which have nothing else to do when it cannot be started"
    )]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        let settings = [("fsync", "off"), ("full_page_writes", "off")];
        SHARED.get_or_init(|| Self::start_with(&settings).unwrap_or_else(|error| panic!("{error}")))
    }

    /// The database `chinwag`, for the role `chinwag`, which owns it.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("chinwag", "chinwag")
    }

    /// The database `chinwag`, for the superuser.
    #[must_use]
    pub fn superuser_url(&self) -> String {
        self.url_of("postgres", "chinwag")
    }

    /// Makes an empty database of its own for a test that shares the server with others; its URL, for the role
    /// `chinwag`, which owns it.
    ///
    /// # Errors
    /// What the server says.
    pub fn new_database(&self) -> Result<String, String> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("chinwag_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.query_at(
            &self.url_of("postgres", "postgres"),
            &format!("CREATE DATABASE {name} OWNER chinwag"),
        )?;
        Ok(self.url_of("chinwag", &name))
    }

    /// The port of 127.0.0.1 that it listens on, also after it was started again.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The id of its first process, which starts all others, for measurements.
    ///
    /// # Errors
    /// It is not running.
    pub fn id(&self) -> Result<u32, String> {
        self.postmaster.as_ref().map(Child::id).ok_or_else(|| "PostgreSQL is not running".to_owned())
    }

    /// The folder that holds everything of this server: `data`, its socket and `log`.
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

    /// Kills all its processes at once (kill -9), as when the machine loses its power but keeps what it has written.
    ///
    /// # Errors
    /// It is not running, or a process of it did not end.
    pub fn kill(&mut self) -> Result<(), String> {
        let postmaster = self.postmaster.take().ok_or("PostgreSQL is not running")?;
        processes::end_tree(postmaster, LIMIT).map_err(|error| format!("cannot kill PostgreSQL: {error}"))
    }

    /// Has it end in order (a fast shutdown: clients are thrown out, what is committed is written), and waits for that.
    ///
    /// # Errors
    /// It is not running, or did not end in time; it may be paused.
    pub fn stop(&mut self) -> Result<(), String> {
        let postmaster = self.postmaster.as_mut().ok_or("PostgreSQL is not running")?;
        let end = processes::watch(postmaster.id());
        processes::signal(postmaster.id(), Signal::INT);
        if end.is_some_and(|end| !processes::ended_within(&end, LIMIT)) {
            return Err(format!("PostgreSQL did not stop within {} s:\n{}", LIMIT.as_secs(), self.log()));
        }
        let status = postmaster.wait().map_err(|error| format!("cannot wait for PostgreSQL: {error}"))?;
        self.postmaster = None;
        if status.success() {
            Ok(())
        } else {
            Err(format!("PostgreSQL ended with {status}:\n{}", self.log()))
        }
    }

    /// Starts it, after it was killed or stopped, on the same data and port, and waits until it accepts connections.
    ///
    /// # Errors
    /// It is running already, or did not begin; its log is part of the message.
    pub fn start_again(&mut self) -> Result<(), String> {
        if self.postmaster.is_some() {
            return Err("PostgreSQL is running already".to_owned());
        }
        let failed = |error| format!("cannot start PostgreSQL: {error}");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).map_err(failed)?;
        let mut command = self.installed.command("postgres");
        command.arg("-D").arg(self.data()).current_dir(self.data());
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let postmaster = self.postmaster.insert(command.spawn().map_err(failed)?);
        let end = processes::watch(postmaster.id()).ok_or("PostgreSQL cannot be watched")?;
        let begun = Instant::now();
        while !self.is_ready()? {
            if processes::ended_within(&end, AGAIN) {
                // It is only to be buried.
                let _ = self.kill();
                return Err(format!("PostgreSQL ended at once:\n{}", self.log()));
            }
            if begun.elapsed() > LIMIT {
                return Err(format!(
                    "PostgreSQL did not begin within {} s:\n{}",
                    LIMIT.as_secs(),
                    self.log()
                ));
            }
        }
        Ok(())
    }

    /// Has all its processes stand still (SIGSTOP): connections stay open and are not answered.
    ///
    /// # Errors
    /// It is not running.
    pub fn pause(&mut self) -> Result<(), String> {
        self.signal_all(Signal::STOP)
    }

    /// Lets it go on after [`Self::pause`].
    ///
    /// # Errors
    /// It is not running.
    pub fn resume(&mut self) -> Result<(), String> {
        self.signal_all(Signal::CONT)
    }

    /// What SQL answers to the superuser in the database `chinwag`: a line for each row, `|` between the columns,
    /// nothing for NULL.
    ///
    /// # Errors
    /// What the server says, or that it cannot be reached.
    pub fn query(&self, sql: &str) -> Result<String, String> {
        self.query_at(&self.superuser_url(), sql)
    }

    /// What SQL answers at the URL of this or another role and database; as [`Self::query`].
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn query_at(&self, url: &str, sql: &str) -> Result<String, String> {
        let mut command = self.installed.command("psql");
        command.args(["-X", "-A", "-t", "-q", "-d", url, "-c", sql]).env("PGCONNECT_TIMEOUT", "30");
        Ok(finished(&mut command)?.trim_end_matches('\n').to_owned())
    }

    fn url_of(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A server of which there is only a folder, and who watches over it.
    fn prepare() -> Result<Self, String> {
        let installed = Installed::find()?;
        let port = Port::claim().map_err(|error| format!("no port for PostgreSQL: {error}"))?;
        let folder = folder::create(&installed)?;
        let guardian =
            Guardian::start(&folder, |command| installed.account.run(command)).inspect_err(|_| {
                // Nobody else would; that it fails is not the news.
                let _ = fs::remove_dir_all(&folder);
            })?;
        Ok(Self { installed, guardian, folder, port, postmaster: None })
    }

    fn create_database(&self) -> Result<(), String> {
        let url = self.url_of("postgres", "postgres");
        self.query_at(&url, "CREATE ROLE chinwag LOGIN")?;
        self.query_at(&url, "CREATE DATABASE chinwag OWNER chinwag").map(drop)
    }

    fn is_ready(&self) -> Result<bool, String> {
        let mut command = self.installed.command("pg_isready");
        command.args(["-q", "-h", "127.0.0.1", "-p", &self.port().to_string(), "-d", "postgres"]);
        let status = command.status().map_err(|error| format!("cannot start pg_isready: {error}"))?;
        Ok(status.success())
    }

    fn signal_all(&self, signal: Signal) -> Result<(), String> {
        let postmaster = self.id()?;
        for id in processes::stop_child(postmaster).into_iter().chain([postmaster]) {
            processes::signal(id, signal);
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It may be down already. The guardian does the rest.
        let _ = self.kill();
        self.guardian.finish();
    }
}

/// What `command` prints before it ends; an error with its complaint if it fails.
fn finished(command: &mut Command) -> Result<String, String> {
    let program = Path::new(command.get_program()).display().to_string();
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
