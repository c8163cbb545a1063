//! Where Redis is, and how it is used.

use std::fmt;
use std::str::FromStr;

#[cfg(test)]
mod tests;

/// The port of a server that names none.
const PORT: u16 = 6_379;

/// How the back end works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where Redis is.
    pub address: Address,
    /// With what all keys and channels begin, so that several installations can share a server.
    pub instance: Instance,
    /// Which envelopes this node writes and reads.
    pub envelopes: Envelopes,
}

impl Options {
    /// For this address, with what suits most.
    pub fn new(address: Address) -> Self {
        Self { address, instance: Instance::default(), envelopes: Envelopes::Current }
    }
}

/// Which envelopes a node writes and reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Envelopes {
    /// What this version of Chinwag does: it writes what all nodes read, and reads its own version and the one before.
    #[default]
    Current,
    /// What the version before did. For tests of two versions side by side only.
    Previous,
}

/// A server, as it is connected to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The URL of Redis: `redis://user:password@host:port/database`, or `redis-cluster://user:password@host:port,host:port` with
/// some of the servers of a cluster; `rediss://` and `rediss-cluster://` with TLS. `?cacert=/path` names the certificate
/// authorities to believe, in PEM form, where those that the machine knows are not meant. User, password and path are
/// percent-encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) cluster: bool,
    pub(super) tls: bool,
    pub(super) authorities: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// At least one.
    pub(super) servers: Vec<Server>,
    pub(super) database: i64,
    shown: String,
}

impl Address {
    /// The address without its password, to be shown.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether there is a password in it.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Whether what is sent can be read, or answered, by somebody in between: it goes over a network without TLS.
    pub fn can_be_tapped(&self) -> bool {
        !self.tls && !self.servers.iter().all(|server| is_local(&server.host))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl FromStr for Address {
    type Err = String;

    /// # Errors
    /// What is wrong with it, to be read after "it takes"; never the password.
    fn from_str(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let (tls, cluster) = match scheme {
            "redis" => (false, false),
            "rediss" => (true, false),
            "redis-cluster" => (false, true),
            "rediss-cluster" => (true, true),
            _ => {
                return Err(
                    "it begins with none of redis://, rediss://, redis-cluster:// and rediss-cluster://"
                        .into(),
                );
            }
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authorities = match query.split_once('=') {
            None if query.is_empty() => None,
            Some(("cacert", path)) => Some(decoded(path, "cacert")?),
            _ => return Err("after the ? there may only be cacert=, the path of a file".into()),
        };
        if authorities.is_some() && !tls {
            return Err("cacert is for rediss:// and rediss-cluster://".into());
        }
        let (credentials, place) = match rest.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials), place),
            None => (None, rest),
        };
        let (user, password) = match credentials.map(|text| text.split_once(':').unwrap_or((text, ""))) {
            Some((user, password)) => (present(user, "the user")?, present(password, "the password")?),
            None => (None, None),
        };
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        let database = match database {
            "" => 0,
            _ if cluster => return Err("a cluster has no databases, so there is nothing after the /".into()),
            number => number.parse::<u16>().map_err(|_| "the database is a number".to_owned())?.into(),
        };
        let servers = hosts.split(',').map(server).collect::<Result<Vec<_>, _>>()?;
        if servers.len() > 1 && !cluster {
            return Err("several hosts are for redis-cluster:// and rediss-cluster://".into());
        }
        let shown_user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        let shown = format!("{scheme}://{shown_user}{place}");
        Ok(Self { cluster, tls, authorities, user, password, servers, database, shown })
    }
}

/// `host`, `host:port`, or the same with an IPv6 address in brackets.
fn server(text: &str) -> Result<Server, String> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("it names no host".into());
    }
    let port =
        port.map_or(Ok(PORT), str::parse).map_err(|_| "the port is no number from 1 to 65535".to_owned())?;
    Ok(Server { host: host.to_owned(), port })
}

fn present(text: &str, what: &str) -> Result<Option<String>, String> {
    if text.is_empty() { Ok(None) } else { decoded(text, what).map(Some) }
}

fn decoded(text: &str, what: &str) -> Result<String, String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| format!("{what} is no text"))
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The name of an installation: letters `a` to `z`, digits, `-` and `_`, at most 40.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance(String);

impl Instance {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self("chinwag".into())
    }
}

impl FromStr for Instance {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let allowed =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter);
        if (1..=40).contains(&name.len()) && name.chars().all(allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err("letters a to z, digits, - and _, at most 40".into())
        }
    }
}
