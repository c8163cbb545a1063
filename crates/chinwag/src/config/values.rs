//! Values that are more than text and numbers. Errors are the part that is not allowed.

use std::net::IpAddr;
use std::path::PathBuf;

use chinwag_jobs::amqp;
use chinwag_live::redis;
use chinwag_store::postgres::Address;
use http::Uri;
use ipnet::IpNet;

#[cfg(test)]
mod tests;

/// A number that the table's range has checked.
pub(super) fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// One of several words; where the application joins words by `_`, an option has `-`.
pub(super) fn choice<T: Copy>(
    all: impl IntoIterator<Item = T>,
    word: fn(T) -> &'static str,
    text: &str,
) -> Result<T, String> {
    all.into_iter().find(|choice| word(*choice).replace('_', "-") == text).ok_or_else(|| text.to_owned())
}

/// Whether something is to be.
pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(other.to_owned()),
    }
}

/// The address of a database; nothing is none. It may hold a password, so nobody is told what was wrong with it.
pub(super) fn database(text: &str) -> Result<Option<Address>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some)
}

/// The address of Redis; nothing is none. It may hold a password, too.
pub(super) fn redis(text: &str) -> Result<Option<redis::Address>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some)
}

/// The address of RabbitMQ; nothing is none. It may hold a password, too, so what is wrong is told without it.
pub(super) fn amqp(text: &str) -> Result<Option<amqp::Address>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    amqp::Address::parse(text).map(Some).map_err(|error| error.to_string())
}

/// The path of a folder.
pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    if text.trim().is_empty() || text.contains('\0') { Err(text.to_owned()) } else { Ok(text.into()) }
}

/// An address for people, without what browsers leave out: the port where it is the usual one, and capitals.
pub(super) fn public_url(text: &str) -> Result<Option<Uri>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || text.to_owned();
    let url: Uri = text.to_lowercase().parse().map_err(|_| bad())?;
    let usual = match url.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err(bad()),
    };
    let authority = url.authority().ok_or_else(bad)?;
    let colon = authority.as_str().rsplit(']').next().unwrap_or_default().contains(':');
    let just_a_host = authority.host() != "" && !authority.as_str().contains('@');
    if !just_a_host || !matches!(url.path(), "" | "/") || url.query().is_some() || text.contains('#') {
        return Err(bad());
    }
    let port = match authority.port_u16() {
        // Something stands behind the colon that is no port.
        None | Some(0) if colon => return Err(bad()),
        None => String::new(),
        Some(port) if port == usual => String::new(),
        Some(port) => format!(":{port}"),
    };
    let scheme = url.scheme_str().unwrap_or_default();
    format!("{scheme}://{}{port}", authority.host()).parse().map(Some).map_err(|_| bad())
}

/// Networks; an address alone is the network of just that.
pub(super) fn networks(list: &[String]) -> Result<Vec<IpNet>, String> {
    let parse = |text: &String| {
        let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        address.ok().or_else(|| Some(text.parse::<IpNet>().ok()?.trunc())).ok_or_else(|| text.clone())
    };
    list.iter().map(parse).collect()
}
