//! Rate limits.

use std::net::{IpAddr, Ipv6Addr};

use chinwag_live::Quota;

use crate::app::App;
use crate::error::Error;

/// Counts one use of `key`, or says how long to wait. Where the limits are away nobody is locked out.
pub(crate) async fn take(app: &App, key: &str, quota: Quota) -> Result<(), Error> {
    match app.live.take(key, quota).await {
        Ok(None) => Ok(()),
        Ok(Some(wait)) => Err(Error::RateLimited(wait)),
        Err(error) => {
            tracing::warn!(%error, "a rate limit could not be asked");
            Ok(())
        }
    }
}

/// What an address is counted as. One customer has a whole /64 of IPv6.
pub(crate) fn address_key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        },
    }
}
