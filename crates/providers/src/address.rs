//! Addresses that we talk to, and send people to.

use std::net::IpAddr;

use url::{Host, Url};

#[cfg(test)]
mod tests;

/// Most bytes of one.
const BYTES: usize = 2_048;

/// What is wrong with an address, as the end of a sentence about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressFault {
    #[error("is no complete URL of at most {BYTES} bytes")]
    Unreadable,
    #[error("is not https")]
    Plain,
    #[error("holds a user name, a password or a fragment")]
    MoreThanAddress,
}

/// Whether `http:` is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// On this machine only, where nobody is in between.
    OnThisMachine,
    Nowhere,
}

/// Reads one: `https:`, or where `plain` allows it `http:` to this machine.
pub(crate) fn parse(text: &str, plain: Plain) -> Result<Url, AddressFault> {
    if text.len() > BYTES {
        return Err(AddressFault::Unreadable);
    }
    let url = Url::parse(text).map_err(|_| AddressFault::Unreadable)?;
    let host = url.host().ok_or(AddressFault::Unreadable)?;
    match url.scheme() {
        "https" => {}
        "http" if plain == Plain::OnThisMachine && is_this_machine(&host) => {}
        _ => return Err(AddressFault::Plain),
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(AddressFault::MoreThanAddress);
    }
    Ok(url)
}

/// The name `localhost`, which systems resolve to themselves, and loopback addresses.
fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}
