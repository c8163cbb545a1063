//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use http::{Extensions, HeaderMap};
use ipnet::IpNet;

use crate::settings::Settings;

#[cfg(test)]
mod tests;

/// The other end of the connection, set where it is accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Who the client is, as another node says that passed the request on. Only the listener for nodes sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its address.
    pub(crate) address: IpAddr,
    /// It came by HTTPS.
    pub(crate) https: bool,
}

/// The address of the client itself: what another node has told, or else the other end of the connection or, behind trusted proxies, the nearest address in
/// `X-Forwarded-For` that is not one of them. What is written farther left may be made up.
pub(crate) fn client_address(settings: &Settings, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
    if let Some(told) = extensions.get::<Told>() {
        return told.address;
    }
    let peer = extensions.get::<Peer>().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip()).to_canonical();
    if !is_trusted(&settings.trusted_proxies, peer) {
        return peer;
    }
    let mut nearest = peer;
    let hops = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).collect();
    for hop in hops.into_iter().rev() {
        let Some(address) = parse(hop.trim()) else { break };
        nearest = address;
        if !is_trusted(&settings.trusted_proxies, address) {
            break;
        }
    }
    nearest
}

/// Whether a request came in by HTTPS, as far as it is known.
pub(crate) fn is_https(settings: &Settings, extensions: &Extensions, headers: &HeaderMap) -> bool {
    if let Some(told) = extensions.get::<Told>() {
        return told.https;
    }
    if let Some(url) = &settings.public_url {
        return url.scheme_str() == Some("https");
    }
    let peer = extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    peer.is_some_and(|peer| is_trusted(&settings.trusted_proxies, peer))
        && headers
            .get("x-forwarded-proto")
            .is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

fn is_trusted(proxies: &[IpNet], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// An address as proxies write it: alone, with a port, or in brackets.
fn parse(hop: &str) -> Option<IpAddr> {
    let plain = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    plain.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}
