//! The built `chinwag`, started for a test.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use chinwag_checker::Stored;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use xtask::ports::Port;

use crate::DEADLINE;
use crate::command::{Run, chinwag};
use crate::faulty_disk::FaultyDisk;
use crate::http::Http;
use crate::namespace::Namespace;
use crate::process;

/// What every server of a test is started with, so that tests in which many people do much from one address make accounts
/// as they like and meet no limit that is there against guessing and floods. A test about those sets its own.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("CHINWAG_SIGN_UP", "open"),
    ("CHINWAG_LIMITS_SIGN_IN_PER_MINUTE", "100000"),
    ("CHINWAG_LIMITS_ACCOUNTS_PER_HOUR", "100000"),
    ("CHINWAG_LIMITS_MESSAGES_PER_MINUTE", "1000000"),
    ("CHINWAG_LIMITS_GUEST_MESSAGES_PER_MINUTE", "1000000"),
    ("CHINWAG_LIMITS_ROOMS_PER_HOUR", "1000000"),
];

/// How to start a server.
#[derive(Debug, Default)]
pub struct Setup {
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    host: Option<String>,
    data: Option<PathBuf>,
    database: Option<String>,
    namespace: Option<Arc<Namespace>>,
}

impl Setup {
    /// With its data in this folder instead of one of its own.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// With everything in the PostgreSQL database at this URL, which other nodes may use as well.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// Listening on this host instead of 127.0.0.1.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    /// In this network, at the address that it has there.
    #[must_use]
    pub fn namespace(mut self, namespace: &Arc<Namespace>) -> Self {
        self.host = Some(namespace.inner().to_owned());
        self.namespace = Some(Arc::clone(namespace));
        self
    }

    /// With this in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this disk under it.
    #[must_use]
    pub fn disk(self, disk: &FaultyDisk) -> Self {
        disk.environment().iter().fold(self, |setup, (name, value)| setup.env(name, value))
    }

    /// With this argument to `chinwag serve`.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts it on a port and in a data folder of its own, and waits until it listens.
    pub async fn start(self) -> Server {
        Server::begin(self).await
    }
}

/// A server in its own data folder. Dropping it kills it; its log is shown when a test has failed.
#[derive(Debug)]
pub struct Server {
    setup: Setup,
    port: Port,
    folder: TempDir,
    running: Option<Child>,
    printed: Arc<Printed>,
}

/// What a server prints to its standard output, over all of its lives.
#[derive(Debug, Default)]
struct Printed {
    lines: Mutex<Vec<String>>,
    /// Told at each line.
    more: Notify,
}

impl Server {
    /// Starts one as users have it.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// To start one with options.
    #[must_use]
    pub fn with() -> Setup {
        Setup::default()
    }

    async fn begin(setup: Setup) -> Self {
        let folder = tempfile::Builder::new().prefix("chinwag-test-").tempdir().unwrap();
        let mut server =
            Self { setup, port: Port::claim().unwrap(), folder, running: None, printed: Arc::default() };
        server.run().await;
        server
    }

    /// Where it listens: `127.0.0.1:20123`.
    #[must_use]
    pub fn address(&self) -> String {
        let host = self.setup.namespace.as_ref().map_or("127.0.0.1", |namespace| namespace.inner());
        format!("{host}:{}", self.port.number())
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.setup.data.clone().unwrap_or_else(|| self.folder.path().join("data"))
    }

    /// The folder around the data folder, empty but for that and the log: the server's working folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has stored, from one snapshot.
    pub async fn stored(&self) -> Stored {
        match &self.setup.database {
            Some(url) => Stored::read_database(url).await.unwrap(),
            None => Stored::read(&self.data()).unwrap(),
        }
    }

    /// To run `chinwag` with these arguments on what this server keeps, in its working folder.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Run<'_> {
        let run = chinwag(self.folder(), arguments).env("CHINWAG_DATA", &self.data().display().to_string());
        match &self.setup.database {
            Some(url) => run.env("CHINWAG_DATABASE", url),
            None => run,
        }
    }

    /// What it has printed to its standard output so far, over all of its lives.
    #[must_use]
    pub fn printed(&self) -> Vec<String> {
        self.printed.lines.lock().unwrap().clone()
    }

    /// The rest of the first line that it prints with this beginning, waiting for it.
    pub async fn printed_after(&self, beginning: &str) -> String {
        let found = async {
            loop {
                let more = self.printed.more.notified();
                let lines = self.printed();
                match lines.iter().find_map(|line| line.trim().strip_prefix(beginning)) {
                    Some(rest) => return rest.trim().to_owned(),
                    None => more.await,
                }
            }
        };
        let found = timeout(DEADLINE, found).await;
        found.unwrap_or_else(|_| panic!("\"{beginning}\" is not printed: {:?}", self.printed()))
    }

    /// What it has logged so far, over all of its lives.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    /// An HTTP client that is signed out.
    #[must_use]
    pub fn http(&self) -> Http {
        Http::new(&self.address())
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.running.as_ref().expect("the server runs").id()
    }

    /// The memory that it holds, in bytes.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        kib.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Ends it as a power cut would, as far as a process can tell: SIGKILL.
    pub fn kill(&mut self) {
        let mut child = self.running.take().expect("the server runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended().await
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let pid = self.pid();
        let mut child = self.running.take().expect("the server runs");
        let ended = tokio::task::spawn_blocking(move || child.wait().unwrap());
        let ended = timeout(DEADLINE, ended).await;
        if ended.is_err() {
            // Whoever waits for it would wait for ever, and the test with them.
            kill_process(pid, Signal::KILL).unwrap();
        }
        ended.expect("a server that is to end ends").unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.id()).unwrap()).unwrap()
    }

    /// Starts it again in the same folder, on the same port, after [`kill`](Self::kill) or [`stop`](Self::stop).
    pub async fn restart(&mut self) {
        assert!(self.running.is_none(), "the server still runs");
        self.run().await;
    }

    /// Starts it again, without what this variable says from now on.
    pub async fn restart_without(&mut self, variable: &str) {
        self.setup.environment.retain(|(name, _)| name != variable);
        self.restart().await;
    }

    /// Starts it again, with everything in this PostgreSQL database from now on.
    pub async fn go_on_with(&mut self, database: &str) {
        self.setup.database = Some(database.to_owned());
        self.restart().await;
    }

    async fn run(&mut self) {
        let mut command = match &self.setup.namespace {
            Some(namespace) => process::chinwag_in(namespace),
            None => process::chinwag(None),
        };
        let host = self.setup.host.as_deref().unwrap_or("127.0.0.1");
        let listen = format!("{host}:{}", self.port.number());
        command.args(["serve", "--listen", &listen, "--data"]).arg(self.data());
        command.args(&self.setup.arguments).envs(ENVIRONMENT.iter().copied());
        command.envs(self.setup.database.iter().map(|url| ("CHINWAG_DATABASE", url)));
        command.envs(self.setup.environment.iter().map(|(name, value)| (name, value)));
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let ready = watch(child.stdout.take().unwrap(), Arc::clone(&self.printed));
        self.running = Some(child);
        match timeout(DEADLINE, ready).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => panic!("the server ended before it listened"),
            Err(_) => panic!("the server does not listen after {DEADLINE:?}"),
        }
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

/// Collects what the server prints; the answer comes when it listens, or is dropped when its output ends before.
fn watch(output: ChildStdout, printed: Arc<Printed>) -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        let mut tell = Some(tell);
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let listens = line.contains("listening on ");
            printed.lines.lock().unwrap().push(line);
            printed.more.notify_waiters();
            if let Some(tell) = tell.take_if(|_| listens) {
                // The test may have given up.
                let _ = tell.send(());
            }
        }
    });
    told
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.running {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        if thread::panicking() {
            println!("--- what the server printed\n{}", self.printed().join("\n"));
            println!("--- what the server logged\n{}--- end", self.log());
        }
    }
}
