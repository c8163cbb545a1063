//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use super::Engine;

/// Why there is no place for one more connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowded {
    /// The server has enough.
    Server,
    /// The server takes no more because it ends.
    Draining,
    /// The client's address has enough.
    Address,
}

/// How many connections there are. Bounded by the number of connections.
#[derive(Debug, Default)]
pub(super) struct Admission(Mutex<Counts>);

#[cfg(test)]
mod tests;

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The right to be a connection; counts it while it lives.
pub(crate) struct Place {
    engine: Arc<Engine>,
    address: Option<IpAddr>,
}

impl Admission {
    /// Whether there are no connections, nor any that are being opened.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).all == 0
    }

    /// A place for one more, if there is one.
    pub(super) fn admit(engine: &Arc<Engine>, peer: Option<SocketAddr>) -> Result<Place, Crowded> {
        let limit = engine.config.max_connections_per_address;
        let address = peer.filter(|_| limit.is_some()).map(|peer| counted(peer.ip()));
        let mut counts = engine.admission.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.enter(engine.config.max_connections, limit.unwrap_or(usize::MAX), address)?;
        Ok(Place { engine: engine.clone(), address })
    }
}

impl Counts {
    fn enter(&mut self, limit: usize, limit_each: usize, address: Option<IpAddr>) -> Result<(), Crowded> {
        if self.all >= limit {
            return Err(Crowded::Server);
        }
        if let Some(address) = address {
            let count = self.by_address.get(&address).copied().unwrap_or(0);
            if count >= limit_each {
                return Err(Crowded::Address);
            }
            self.by_address.insert(address, count + 1);
        }
        self.all += 1;
        Ok(())
    }

    fn leave(&mut self, address: Option<IpAddr>) {
        self.all -= 1;
        let Some(address) = address else { return };
        match self.by_address.get_mut(&address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.by_address.remove(&address);
                if self.by_address.capacity() > 1024 && self.by_address.len() * 4 < self.by_address.capacity()
                {
                    self.by_address.shrink_to(self.by_address.len() * 2);
                }
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.engine.admission.0.lock().unwrap_or_else(PoisonError::into_inner).leave(self.address);
        if self.engine.is_draining() {
            self.engine.gone.notify_waiters();
        }
    }
}

/// What counts as one address: whoever has one of IPv6 usually has the 2^64 beside it as well.
fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}
