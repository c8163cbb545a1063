//! Where RabbitMQ is.

use std::fs;

use lapin::uri::{AMQPScheme, AMQPUri};

#[cfg(test)]
mod tests;

/// How Chinwag uses a broker.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it is.
    pub address: Address,
    /// What the names of exchanges and queues begin with, so that several installations can share it.
    pub instance: String,
}

/// The URL of a broker.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) uri: AMQPUri,
    /// Certificates of more who may sign the broker's than the machine believes, in PEM.
    pub(super) authorities: Option<String>,
}

/// Why something is no URL of a broker: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressInvalid(String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.shown()).finish()
    }
}

impl Address {
    /// Takes `amqp://user:password@host:port/vhost`, or `amqps://` with TLS and, after a `?`, perhaps `cacert=FILE`.
    ///
    /// # Errors
    /// It is none, or the file cannot be read.
    pub fn parse(text: &str) -> Result<Self, AddressInvalid> {
        let (url, query) = text.split_once('?').unwrap_or((text, ""));
        if url.contains('[') {
            // The library would take this machine in its place.
            return Err(AddressInvalid("An IPv6 address cannot be in it; give a name for it.".to_owned()));
        }
        let mut uri: AMQPUri = url.parse().map_err(|_: String| {
            AddressInvalid("It is no URL like amqp://user:password@host:5672/vhost.".to_owned())
        })?;
        let mut authorities = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some(file) = pair.strip_prefix("cacert=") else {
                return Err(AddressInvalid(format!(
                    "After the ? only cacert=FILE is known, and not {pair}."
                )));
            };
            if uri.scheme != AMQPScheme::AMQPS {
                return Err(AddressInvalid("cacert is for amqps://, which uses TLS.".to_owned()));
            }
            let read = fs::read_to_string(file);
            authorities =
                Some(read.map_err(|error| AddressInvalid(format!("{file} cannot be read: {error}.")))?);
        }
        if uri.vhost.is_empty() {
            "/".clone_into(&mut uri.vhost);
        }
        // A broker that says nothing for so many seconds is gone.
        uri.query.heartbeat = Some(10);
        Ok(Self { uri, authorities })
    }

    /// For people: without the password.
    #[must_use]
    pub fn shown(&self) -> String {
        let scheme = if self.uri.scheme == AMQPScheme::AMQPS { "amqps" } else { "amqp" };
        let AMQPUri { authority, vhost, .. } = &self.uri;
        let vhost = if vhost == "/" { "" } else { vhost.as_str() };
        format!("{scheme}://{}@{}:{}/{vhost}", authority.userinfo.username, authority.host, authority.port)
    }
}
