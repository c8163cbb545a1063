//! Listening, and saying well why that cannot be.
//!
//! An address is taken at once, so that who chose a wrong one learns it first of all, and listened on when the server is
//! ready: until then clients and proxies are refused, and go to another server, where otherwise they would wait.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::io::Errno;
use tokio::net::{TcpListener, TcpSocket};

use crate::config::listen::Listen;
use crate::failure::Failure;

#[cfg(test)]
mod tests;

/// How many connections may wait to be accepted (the system may allow fewer): after a restart everybody comes at once.
const BACKLOG: u32 = 4_096;

/// An address that is taken and not listened on yet.
#[derive(Debug)]
pub(crate) struct Bound {
    socket: TcpSocket,
    address: SocketAddr,
}

impl Bound {
    /// With the port that was taken, where any would do.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Takes all of these, or none. `option` is where they were chosen, for what is said if that fails.
///
/// # Errors
/// One of them cannot be listened on.
pub(crate) fn bind_all(places: &[Listen], option: &str) -> Result<Vec<Bound>, Failure> {
    let mut bound = Vec::new();
    for place in places {
        let fail = |(address, error)| Failure::new(explain(address, &error, option));
        match *place {
            Listen::At(address) => bound.push(bind(address, places).map_err(fail)?),
            Listen::Localhost(port) => bound.extend(bind_localhost(port, places).map_err(fail)?),
        }
    }
    Ok(bound)
}

/// Listens on what was taken.
///
/// # Errors
/// Another program has begun to listen there meanwhile.
pub(crate) fn listen_on_all(bound: Vec<Bound>, option: &str) -> Result<Vec<TcpListener>, Failure> {
    let listen = |Bound { socket, address }| {
        socket.listen(BACKLOG).map_err(|error| Failure::new(explain(address, &error, option)))
    };
    bound.into_iter().map(listen).collect()
}

type Failed = (SocketAddr, io::Error);

fn bind_localhost(port: u16, places: &[Listen]) -> Result<Vec<Bound>, Failed> {
    let four = bind((Ipv4Addr::LOCALHOST, port).into(), places);
    // Any free port is to be the same one for both.
    let port = four.as_ref().map_or(port, |bound| bound.address.port());
    match (four, bind((Ipv6Addr::LOCALHOST, port).into(), places)) {
        (Ok(four), Ok(six)) => Ok(vec![four, six]),
        // A machine need not have both.
        (Ok(one), Err((_, error))) | (Err((_, error)), Ok(one)) if is_missing(&error) => Ok(vec![one]),
        (Err(failed), _) | (_, Err(failed)) => Err(failed),
    }
}

fn bind(address: SocketAddr, places: &[Listen]) -> Result<Bound, Failed> {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // After a restart connections of the one before may still be fading away. Where any port will do it is to be one
        // that nobody else has, not even somebody who does not listen on it yet.
        socket.set_reuseaddr(address.port() != 0)?;
        if address.ip() == IpAddr::from(Ipv6Addr::UNSPECIFIED) && has_ipv4(places, address.port()) {
            // [::] would take the IPv4 address as well, which is then in use for the other listener.
            rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
        }
        socket.bind(address)?;
        let address = socket.local_addr()?;
        Ok(Bound { socket, address })
    };
    bind().map_err(|error| (address, error))
}

fn has_ipv4(places: &[Listen], port: u16) -> bool {
    places.iter().any(|place| matches!(place, Listen::At(other) if other.is_ipv4() && other.port() == port))
}

/// Whether the machine does not have such an address at all.
fn is_missing(error: &io::Error) -> bool {
    let family = Errno::from_io_error(error).is_some_and(|errno| errno == Errno::AFNOSUPPORT);
    family || error.kind() == ErrorKind::AddrNotAvailable
}

fn explain(address: SocketAddr, error: &io::Error, option: &str) -> String {
    let (ip, port) = (address.ip(), address.port());
    if is_missing(error) {
        return format!(
            "This machine has no address {ip} to listen on; choose one that it has with {option}."
        );
    }
    match error.kind() {
        ErrorKind::AddrInUse => format!(
            "Port {port} on {ip} is in use by another program; stop that one, or choose another port with {option}."
        ),
        ErrorKind::PermissionDenied => format!(
            "This user may not listen on port {port} on {ip}; choose a port from 1024 on with {option}, and let a \
             proxy stand before it."
        ),
        _ => format!("Port {port} on {ip} cannot be listened on ({error}); choose another with {option}."),
    }
}
