//! How a private Redis server is set up, and how it is asked then.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The server's configuration, in its folder.
pub(super) const FILE: &str = "redis.conf";

/// What differs from Redis' own defaults.
const LINES: &[(&str, &str)] = &[
    ("bind", "127.0.0.1"),
    ("save", ""),
    ("appendonly", "no"),
    // Whoever fills it by mistake is told so, and the machine does not suffer.
    ("maxmemory", "256mb"),
];

/// How a private Redis server differs from one that lets everybody in.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What clients must say; characters that need no escaping in a URL.
    pub password: Option<String>,
    /// A certificate and its key, both in PEM: then it speaks TLS only.
    pub certificate: Option<(String, String)>,
    /// More settings, as in `redis.conf`; they override ours.
    pub lines: Vec<(String, String)>,
}

impl Settings {
    pub(super) fn has_tls(&self) -> bool {
        self.certificate.is_some()
    }

    /// Writes the configuration, and what it refers to, into the server's folder.
    pub(super) fn write(&self, folder: &Path, port: u16) -> Result<(), String> {
        let failed = |error| format!("cannot configure Redis: {error}");
        let port = port.to_string();
        let mut lines: Vec<(&str, &str)> = LINES.to_vec();
        if let Some((certificate, key)) = &self.certificate {
            fs::write(folder.join("certificate.pem"), certificate).map_err(failed)?;
            fs::write(folder.join("key.pem"), key).map_err(failed)?;
            lines.extend([("port", "0"), ("tls-port", port.as_str()), ("tls-auth-clients", "no")]);
            lines.extend([("tls-cert-file", "certificate.pem"), ("tls-key-file", "key.pem")]);
            lines.extend([("tls-ca-cert-file", "certificate.pem"), ("tls-cluster", "yes")]);
        } else {
            lines.push(("port", port.as_str()));
        }
        if let Some(password) = &self.password {
            lines.extend([("requirepass", password.as_str()), ("masterauth", password.as_str())]);
        }
        lines.extend(self.lines.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let text: String = lines.iter().map(|(name, value)| format!("{name} \"{value}\"\n")).collect();
        fs::write(folder.join(FILE), text).map_err(failed)
    }

    /// Tells `redis-cli` what it has to know to be let in.
    pub(super) fn tell_client(&self, command: &mut Command) {
        if let Some(password) = &self.password {
            command.env("REDISCLI_AUTH", password);
        }
        if self.has_tls() {
            // It is on this machine, and who it is is for other clients to check.
            command.args(["--tls", "--insecure"]);
        }
    }
}
