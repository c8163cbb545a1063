//! What the ceiling understands: just what the load generator sends.

use std::ops::Range;

use crate::engine::protocol;
use crate::websocket::header;

#[cfg(test)]
mod tests;

/// Bytes of a client's mask.
const MASK: usize = 4;

/// What a client wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// To come in under this name.
    Connect(&'a [u8]),
    /// To say this.
    Post(&'a [u8]),
    /// Nothing that matters here.
    Other,
}

/// Unmasks a whole client frame in place: its bytes, and where its payload is.
pub(super) fn frame(bytes: &mut [u8]) -> Option<(usize, Range<usize>)> {
    let (start, length) = header(bytes)?;
    let payload = start + MASK..start + MASK + length;
    let (head, rest) = bytes.get_mut(..payload.end)?.split_at_mut(payload.start);
    for (byte, mask) in rest.iter_mut().zip(head[start..].iter().cycle()) {
        *byte ^= mask;
    }
    Some((payload.end, payload))
}

/// Tells what a packet wants.
pub(super) fn request(packet: &[u8]) -> Request<'_> {
    if let Some(text) = packet.strip_prefix(protocol::POST) {
        return text.strip_suffix(protocol::POST_END).map_or(Request::Other, Request::Post);
    }
    match packet.strip_prefix(protocol::CONNECT) {
        Some(rest) => Request::Connect(rest.split(|byte| *byte == b'"').next().unwrap_or_default()),
        None => Request::Other,
    }
}
