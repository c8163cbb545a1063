//! Where to listen.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

#[cfg(test)]
mod tests;

/// One place to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// One address.
    At(SocketAddr),
    /// 127.0.0.1 and, if the machine has it, ::1.
    Localhost(u16),
}

impl Listen {
    fn parse(text: &str) -> Result<Self, String> {
        let localhost = || {
            let (host, port) = text.split_once(':')?;
            host.eq_ignore_ascii_case("localhost").then_some(())?;
            // "+3000" is a number to Rust.
            port.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
            port.parse().ok().map(Self::Localhost)
        };
        text.parse().map(Self::At).ok().or_else(localhost).ok_or_else(|| text.to_owned())
    }

    /// Whether only this machine reaches it.
    pub(crate) fn is_local(self) -> bool {
        match self {
            Self::At(address) => address.ip().to_canonical().is_loopback(),
            Self::Localhost(_) => true,
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::At(address) => address.port(),
            Self::Localhost(port) => port,
        }
    }

    fn covers(self, ip: IpAddr) -> bool {
        match self {
            Self::At(address) => address.ip() == ip,
            Self::Localhost(_) => ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(address) => address.fmt(f),
            Self::Localhost(port) => write!(f, "localhost:{port}"),
        }
    }
}

/// One or more places, none of them twice. (Port 0, which is any free port, is another each time.)
pub(super) fn parse_list(list: &[String]) -> Result<Vec<Listen>, String> {
    let mut places: Vec<Listen> = Vec::new();
    for text in list {
        let place = Listen::parse(text.trim())?;
        let same = |other: &Listen| {
            other.port() == place.port()
                && match place {
                    Listen::At(address) => other.covers(address.ip()),
                    Listen::Localhost(_) => {
                        other.covers(Ipv4Addr::LOCALHOST.into()) || other.covers(Ipv6Addr::LOCALHOST.into())
                    }
                }
        };
        if place.port() != 0 && places.iter().any(same) {
            return Err(format!("{text} a second time"));
        }
        places.push(place);
    }
    if places.is_empty() { Err(String::new()) } else { Ok(places) }
}

/// A place or, where nothing is written, none.
pub(super) fn parse_optional(text: &str) -> Result<Option<Listen>, String> {
    if text.trim().is_empty() { Ok(None) } else { Listen::parse(text.trim()).map(Some) }
}
