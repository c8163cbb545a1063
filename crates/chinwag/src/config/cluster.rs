//! Taking part with other nodes.

use std::net::{IpAddr, SocketAddr};

use http::uri::Authority;

use super::Config;
use super::listen::Listen;

#[cfg(test)]
mod tests;

/// Most characters of an address: a host name has 253 at most, and then there is the port.
const ADDRESS_CHARS: usize = 260;

/// A host with a port, by which others reach something; nothing is none.
pub(super) fn address(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || text.to_owned();
    let authority: Authority = text.parse().map_err(|_| bad())?;
    let has_port = authority.port_u16().is_some_and(|port| port > 0);
    let is_somewhere = !host(&authority).is_some_and(|address| address.is_unspecified());
    let is_plain = !authority.host().is_empty() && !text.contains('@') && text.len() <= ADDRESS_CHARS;
    if has_port && is_somewhere && is_plain { Ok(Some(bad())) } else { Err(bad()) }
}

fn host(authority: &Authority) -> Option<IpAddr> {
    authority.host().trim_matches(['[', ']']).parse().ok()
}

/// What is wrong with these options together, if something is; a sentence.
pub(super) fn fault(config: &Config) -> Option<String> {
    let Some(Listen::At(place)) = config.cluster_listen else { return None };
    (place.ip().is_unspecified() && config.cluster_address.is_none()).then(|| {
        format!(
            "cluster.listen is {place}, which is no address by which other nodes can reach this one; set \
             cluster.address to the one by which they do."
        )
    })
}

/// Where other nodes reach this one, which listens for them here.
pub(crate) fn reached_at(config: &Config, listening: &[SocketAddr]) -> Option<String> {
    let first = listening.first()?;
    Some(config.cluster_address.clone().unwrap_or_else(|| first.to_string()))
}
