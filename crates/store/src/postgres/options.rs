//! Where PostgreSQL is, and how it is used.

use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::tls::Trust;

#[cfg(test)]
mod tests;

/// How the back end works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where PostgreSQL is.
    pub address: Address,
    /// The schema in which everything is kept, so that several installations can share a database.
    pub schema: Schema,
    /// Most connections, at least 5: one watches, a third reads, and the others write.
    pub connections: usize,
    /// Shards of the feed, at least 1.
    pub feed_shards: usize,
}

impl Options {
    /// For this address, with what suits most.
    pub fn new(address: Address) -> Self {
        Self { address, schema: Schema::default(), connections: 18, feed_shards: 1 }
    }
}

/// The URL of a database: `postgres://user:password@host:port/database?sslmode=…`, with commas between several hosts.
///
/// Beside what [libpq](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS) and
/// [`Config`] share it knows `sslrootcert`. Hosts are tried in their order, and it is always one that can be written to:
/// `target_session_attrs` and `load_balance_hosts` are not for choosing. The default of `sslmode` is `disable` for this machine, and `verify-full`
/// for others; `require` encrypts without knowing with whom.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Config,
    pub(super) trust: Trust,
    shown: String,
}

impl Address {
    /// The address without its password, to be shown.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether there is a password in it.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Whether what is sent can be read, or answered, by somebody in between: over a network it is neither encrypted nor
    /// known who answers.
    pub fn can_be_tapped(&self) -> bool {
        !is_local(&self.config) && !matches!(self.trust, Trust::Authorities(_))
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl FromStr for Address {
    type Err = String;

    /// # Errors
    /// What is wrong with it, to be read after "it takes"; never the password.
    fn from_str(url: &str) -> Result<Self, String> {
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if !known {
            return Err("it does not begin with postgres://".into());
        }
        // A password may have a question mark in it: what is asked for comes after the hosts.
        let credentials = url.find('@').map_or(0, |at| at + 1);
        let (place, query) = match url.get(credentials..).and_then(|hosts| hosts.find('?')) {
            Some(mark) => {
                let (place, query) = url.split_at(credentials + mark);
                (place, query.trim_start_matches('?'))
            }
            None => (url, ""),
        };
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => roots = Some(percent_decoded(value)?),
                // Hosts are tried in their order, and it is always the one that can be written to.
                Some((option @ ("target_session_attrs" | "load_balance_hosts"), _)) => {
                    return Err(format!("it says {option}, which is not for choosing here"));
                }
                _ => others.push(pair),
            }
        }
        let separator = if others.is_empty() { "" } else { "?" };
        let mut config: Config = format!("{place}{separator}{}", others.join("&"))
            .parse()
            .map_err(|error: tokio_postgres::Error| beneath(&error))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err("it names no host".into());
        }
        let local = is_local(&config);
        let trust = match mode.unwrap_or(if local && roots.is_none() { "disable" } else { "verify-full" }) {
            "disable" => Trust::Nobody,
            "require" if roots.is_none() => Trust::Anybody,
            "require" | "verify-full" => Trust::Authorities(roots),
            _ => return Err("sslmode is none of disable, require and verify-full".into()),
        };
        config.ssl_mode(if matches!(trust, Trust::Nobody) { SslMode::Disable } else { SslMode::Require });
        let shown = shown(&config);
        Ok(Self { config, trust, shown })
    }
}

/// Whether all hosts are this machine.
fn is_local(config: &Config) -> bool {
    let names = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    });
    names && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

/// What it says of who and where, from what was understood of it: never a password, whatever it looks like.
fn shown(config: &Config) -> String {
    let names = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let mut places: Vec<String> = names.collect();
    if places.is_empty() {
        places = config.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    let ports = config.get_ports();
    for (place, shown) in places.iter_mut().enumerate() {
        if shown.contains(':') {
            *shown = format!("[{shown}]");
        }
        if let Some(port) = ports.get(place).or_else(|| ports.first()) {
            *shown = format!("{shown}:{port}");
        }
    }
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    let database = config.get_dbname().map(|name| format!("/{name}")).unwrap_or_default();
    format!("postgres://{user}{}{database}", places.join(","))
}

fn percent_decoded(value: &str) -> Result<String, String> {
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| "sslrootcert is no path".into())
}

/// What lies beneath an error, which itself only says that the address is invalid.
fn beneath(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// The name of a schema: letters `a` to `z`, digits and `_`, at most 40, a letter first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema(String);

impl Schema {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Schema {
    fn default() -> Self {
        Self("chinwag".into())
    }
}

impl FromStr for Schema {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        let first = name.starts_with(|letter: char| letter.is_ascii_lowercase());
        // PostgreSQL keeps these names for itself.
        if first && name.len() <= 40 && name.chars().all(allowed) && !name.starts_with("pg_") {
            Ok(Self(name.to_owned()))
        } else {
            Err("letters a to z, digits and _, at most 40, a letter first, and not pg_".into())
        }
    }
}
