//! nginx and HAProxy of one's own, set up by the files of `deploy/` as they are shipped: all that is changed are the
//! addresses, the certificate and where the program keeps its own files.

mod shipped;

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::guardian::Guardian;
use crate::ports::Port;
use crate::{private_folder, processes, programs};

#[cfg(test)]
mod tests;

/// How long it may take to begin before that is a failure.
const LIMIT: Duration = Duration::from_secs(30);

/// How soon after it did not accept connections yet it is asked again.
const AGAIN: Duration = Duration::from_millis(5);

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// `deploy/nginx/chinwag.conf`.
    Nginx,
    /// `deploy/haproxy/haproxy.cfg`.
    HaProxy,
}

/// A private proxy before some nodes.
///
/// It listens on 127.0.0.1 only, for HTTP and HTTPS. It ends, and its folder goes, when this is dropped or when the process
/// that started it ends, however that comes about.
#[derive(Debug)]
pub struct Proxy {
    kind: ProxyKind,
    guardian: Guardian,
    folder: PathBuf,
    plain: Port,
    tls: Port,
    /// Nothing while it is down.
    server: Option<Child>,
}

impl Proxy {
    /// Starts one before these nodes, with a certificate and its key in PEM, and waits until it accepts connections.
    ///
    /// # Errors
    /// A sentence that says what to install, or what went wrong; what the program says of its configuration.
    pub fn start(
        kind: ProxyKind,
        nodes: &[SocketAddr],
        certificate: &str,
        key: &str,
    ) -> Result<Self, String> {
        let claim = || Port::claim().map_err(|error| format!("no port for a proxy: {error}"));
        let (plain, tls) = (claim()?, claim()?);
        let folder = private_folder::create(kind.program())?;
        let guardian = Guardian::start(&folder, |_: &mut Command| {}).inspect_err(|_| {
            // Nobody else would; that it fails is not the news.
            let _ = fs::remove_dir_all(&folder);
        })?;
        let mut this = Self { kind, guardian, folder, plain, tls, server: None };
        let failed = |error| format!("cannot set up {}: {error}", kind.program());
        for (name, text) in
            [("chain.pem", certificate), ("key.pem", key), ("both.pem", &format!("{certificate}{key}"))]
        {
            fs::write(this.folder.join(name), text).map_err(failed)?;
        }
        let ports = (this.plain.number(), this.tls.number());
        let text = shipped::configuration(kind, nodes, ports, &this.folder)?;
        fs::write(this.folder.join(shipped::FILE), text).map_err(failed)?;
        this.begin()?;
        Ok(this)
    }

    /// `https://localhost` with its port: the certificate must be for that.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.tls.number())
    }

    /// Where it listens for plain HTTP, which it only redirects.
    #[must_use]
    pub fn plain_port(&self) -> u16 {
        self.plain.number()
    }

    /// What the program has logged so far, for the message of a test that fails.
    #[must_use]
    pub fn log(&self) -> String {
        let read = fs::read(self.folder.join("log"));
        read.map_or_else(|error| error.to_string(), |text| String::from_utf8_lossy(&text).into_owned())
    }

    fn begin(&mut self) -> Result<(), String> {
        let name = self.kind.program();
        let failed = |error| format!("cannot start {name}: {error}");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).map_err(failed)?;
        let mut command = programs::command(name).map_err(|refusal| refusal.to_string())?;
        processes::prepare(&mut command);
        command.args(self.kind.arguments(&self.folder)).current_dir(&self.folder);
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let server = self.server.insert(command.spawn().map_err(failed)?);
        let end = processes::watch(server.id()).ok_or_else(|| format!("{name} cannot be watched"))?;
        let begun = Instant::now();
        let address = SocketAddr::from(([127, 0, 0, 1], self.tls.number()));
        while TcpStream::connect_timeout(&address, LIMIT).is_err() {
            if processes::ended_within(&end, AGAIN) {
                return Err(format!("{name} ended at once:\n{}", self.log()));
            }
            if begun.elapsed() > LIMIT {
                return Err(format!("{name} did not begin within {} s:\n{}", LIMIT.as_secs(), self.log()));
            }
        }
        Ok(())
    }
}

impl ProxyKind {
    /// What the program is called, also in the list of programs.
    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
        }
    }

    fn arguments(self, folder: &Path) -> Vec<String> {
        let path = |name: &str| folder.join(name).display().to_string();
        match self {
            Self::Nginx => {
                vec!["-p".into(), path(""), "-c".into(), path(shipped::FILE), "-e".into(), path("log")]
            }
            Self::HaProxy => vec!["-db".into(), "-f".into(), path(shipped::FILE)],
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            processes::kill_tree(server.id());
            // It was killed; nothing else can be wrong with it.
            let _ = server.wait();
        }
        self.guardian.finish();
    }
}
