//! The hosts of an address, of which each is tried whole.
//!
//! The library that speaks with PostgreSQL limits how long the way to a host may take, but not what comes after it: a host
//! that takes a connection and says nothing would keep from all others for as long as it likes. So here each place, be it
//! one of several hosts or of several addresses behind one name, has a time in which it has to let one in. The one that did
//! so last is asked first, and one that does not, or takes too long for whoever asked, is asked last.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::Cause;
use super::options::Address;
use super::tls;

#[cfg(test)]
mod tests;

/// How long a place may take to let one in. Those who watch PostgreSQL wait longer, so that they come to a second one.
const CONNECT: Duration = Duration::from_secs(2);
/// Most addresses of one name that are tried.
const ADDRESSES: usize = 8;

/// The hosts.
pub(super) struct Hosts {
    /// Each with what all have in common, in the order of the address.
    hosts: Vec<(String, Config)>,
    connector: MakeRustlsConnect,
    /// Counts the places that failed since one let one in, from the one that did so last: which is asked first.
    first: AtomicUsize,
}

impl Hosts {
    /// Those of an address; nothing is connected yet.
    ///
    /// # Errors
    /// A sentence that says what to do: TLS cannot be used.
    pub(super) fn new(address: &Address) -> Result<Self, String> {
        let connector = tls::connector(&address.trust)?;
        Ok(Self { hosts: each(&settled(&address.config)), connector, first: AtomicUsize::new(0) })
    }

    /// Connects to the first that lets one in and may be written to. The task ends with the client.
    ///
    /// A server that only follows another is none of them: it goes on with the connections that it has when it takes over,
    /// and what is read by those would seem to be of the time before.
    ///
    /// # Errors
    /// [`Cause`]: why none of them does.
    pub(super) async fn connect(&self) -> Result<(Client, JoinHandle<()>), Cause> {
        let places = self.places().await;
        let first = self.first.load(Ordering::Relaxed);
        let mut failed: Vec<(&str, Cause)> = Vec::new();
        for place in 0..places.len() {
            let number = first.wrapping_add(place);
            let Some((name, config)) = places.get(number % places.len()) else { continue };
            // Whoever asks next begins with another one, if this one takes too long for who asks now.
            self.first.store(number.wrapping_add(1), Ordering::Relaxed);
            match self.connect_to(config).await {
                Ok(connected) => {
                    self.first.store(number, Ordering::Relaxed);
                    return Ok(connected);
                }
                Err(cause) => failed.push((name, cause)),
            }
        }
        // What a single one says stands for itself.
        if failed.len() == 1
            && let Some((_, cause)) = failed.pop()
        {
            return Err(cause);
        }
        let reasons: Vec<String> = failed.iter().map(|(name, cause)| format!("{name}: {cause}")).collect();
        Err(Cause::Away(reasons.join("; ")))
    }

    /// The hosts, and of one with several addresses each address.
    async fn places(&self) -> Vec<(String, Config)> {
        let mut places = Vec::with_capacity(self.hosts.len());
        for (name, config) in &self.hosts {
            let addresses = addresses_of(config).await;
            if addresses.len() < 2 {
                places.push((name.clone(), config.clone()));
                continue;
            }
            for address in addresses {
                let mut config = config.clone();
                config.hostaddr(address);
                places.push((format!("{name} ({address})"), config));
            }
        }
        places
    }

    async fn connect_to(&self, config: &Config) -> Result<(Client, JoinHandle<()>), Cause> {
        let connected = tokio::time::timeout(CONNECT, config.connect(self.connector.clone())).await;
        let (client, connection) = connected
            .map_err(|_| Cause::Away(format!("it does not answer within {} s", CONNECT.as_secs())))??;
        let task = tokio::spawn(async move {
            // Whoever uses the connection hears of it.
            let _ = connection.await;
        });
        Ok((client, task))
    }
}

/// What the name of a host stands for, if it is one and that can be found out.
async fn addresses_of(config: &Config) -> Vec<IpAddr> {
    let ([Host::Tcp(name)], []) = (config.get_hosts(), config.get_hostaddrs()) else { return Vec::new() };
    if name.parse::<IpAddr>().is_ok() {
        return Vec::new();
    }
    match tokio::time::timeout(CONNECT, tokio::net::lookup_host((name.as_str(), 0))).await {
        Ok(Ok(found)) => {
            let mut addresses = Vec::new();
            for address in found.map(|found| found.ip()).take(ADDRESSES) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            addresses
        }
        // Whoever connects says why.
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// With what notices soon that the other side is gone, unless the address says otherwise.
fn settled(config: &Config) -> Config {
    let (mut config, usual) = (config.clone(), Config::new());
    config.application_name("chinwag").target_session_attrs(TargetSessionAttrs::ReadWrite);
    if config.get_keepalives_idle() == usual.get_keepalives_idle() {
        config.keepalives_idle(Duration::from_secs(10));
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(Duration::from_secs(5));
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(3);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(15));
    }
    config
}

/// The same for each host by itself, with its name.
fn each(all: &Config) -> Vec<(String, Config)> {
    let (names, addresses, ports) = (all.get_hosts(), all.get_hostaddrs(), all.get_ports());
    let count = names.len().max(addresses.len());
    let hosts = (0..count).map(|place| {
        let mut one = common(all);
        // One port serves all hosts.
        if let Some(port) = ports.get(place).or_else(|| ports.first()) {
            one.port(*port);
        }
        let mut shown = String::new();
        match names.get(place) {
            Some(Host::Tcp(name)) => {
                one.host(name);
                shown.clone_from(name);
            }
            Some(Host::Unix(path)) => {
                one.host_path(path);
                shown = path.display().to_string();
            }
            None => {}
        }
        if let Some(address) = addresses.get(place) {
            one.hostaddr(*address);
            if shown.is_empty() {
                shown = address.to_string();
            }
        }
        if let Some(port) = one.get_ports().first() {
            shown = format!("{shown}:{port}");
        }
        (shown, one)
    });
    hosts.collect()
}

/// Everything but the hosts.
fn common(all: &Config) -> Config {
    let mut one = Config::new();
    if let Some(user) = all.get_user() {
        one.user(user);
    }
    if let Some(password) = all.get_password() {
        one.password(password);
    }
    if let Some(database) = all.get_dbname() {
        one.dbname(database);
    }
    if let Some(options) = all.get_options() {
        one.options(options);
    }
    if let Some(name) = all.get_application_name() {
        one.application_name(name);
    }
    if let Some(timeout) = all.get_connect_timeout() {
        one.connect_timeout(*timeout);
    }
    if let Some(timeout) = all.get_tcp_user_timeout() {
        one.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = all.get_keepalives_interval() {
        one.keepalives_interval(interval);
    }
    if let Some(retries) = all.get_keepalives_retries() {
        one.keepalives_retries(retries);
    }
    one.ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .channel_binding(all.get_channel_binding())
        .target_session_attrs(all.get_target_session_attrs())
        .keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle());
    one
}
