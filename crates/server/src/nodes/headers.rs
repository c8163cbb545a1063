//! What is passed on of a request and of its answer, and who the client is.

use std::net::IpAddr;

use http::header::{
    CONNECTION, EXPECT, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::Told;

#[cfg(test)]
mod tests;

/// The client's address and how it came, as `203.0.113.7 https`. Believed on the listener for nodes alone, and taken away
/// from whatever comes in elsewhere.
pub(crate) const CLIENT: HeaderName = HeaderName::from_static("x-chinwag-client");

/// What concerns one connection and not the next (RFC 9110, section 7.6.1; RFC 9112, appendix C.2.2).
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Takes away what is not for the next connection. What is asked to be upgraded, or was, stays so if `upgrade` says so.
pub(super) fn strip(headers: &mut HeaderMap, upgrade: bool) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let protocol = headers.get(UPGRADE).filter(|_| upgrade).cloned();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
    if let Some(protocol) = protocol {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, protocol);
    }
}

/// Readies the headers of a request for another node.
pub(super) fn pass_on(headers: &mut HeaderMap, client: &Told, upgrade: bool) {
    strip(headers, upgrade);
    // Whoever reads the body answers that: this node.
    headers.remove(EXPECT);
    headers.insert(CLIENT, write(client));
}

fn write(client: &Told) -> HeaderValue {
    let scheme = if client.https { "https" } else { "http" };
    // An address and a word are always a value.
    HeaderValue::try_from(format!("{} {scheme}", client.address)).unwrap_or(HeaderValue::from_static(""))
}

/// Takes from a request that another node passed on who its client is.
pub(super) fn take(headers: &mut HeaderMap) -> Option<Told> {
    let value = headers.remove(CLIENT)?;
    let (address, scheme) = value.to_str().ok()?.split_once(' ')?;
    let https = match scheme {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    Some(Told { address: address.parse::<IpAddr>().ok()?, https })
}
