//! A request as it is kept while nobody looks at it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri};

use super::{Request, original_uri};

#[cfg(test)]
mod tests;

/// A request in one piece.
///
/// The parts of a request refer to the buffer that it was read into, which is many times as large, and each is an
/// allocation of its own. Almost no client joins a second namespace, so nobody asks for them again.
pub(crate) struct Kept {
    /// A line with the address, one with what axum calls the original one, or empty, and one for each header: the name, a
    /// colon, [`PLAIN`] or [`SENSITIVE`], the value. None of them can have a line break in it.
    text: Box<[u8]>,
    time: SystemTime,
    extensions: Extensions,
    peer: Option<SocketAddr>,
    over_tls: Option<bool>,
}

const PLAIN: u8 = b' ';
/// What is not to be logged ([`HeaderValue::is_sensitive`]).
const SENSITIVE: u8 = b'!';

impl Kept {
    /// Keeps what is said in it.
    pub(crate) fn new(request: &Request) -> Box<Self> {
        let mut extensions = request.extensions.clone();
        let original = original_uri::take(&mut extensions);
        if extensions.is_empty() {
            // Where there was something there is a map for it still.
            extensions = Extensions::new();
        }
        let mut text = Vec::with_capacity(512);
        // A vector takes whatever is written.
        let _ = writeln!(text, "{}", request.uri);
        let _ = original.map(|uri| write!(text, "{uri}"));
        for (name, value) in &request.headers {
            text.push(b'\n');
            text.extend_from_slice(name.as_ref());
            text.extend_from_slice(&[b':', if value.is_sensitive() { SENSITIVE } else { PLAIN }]);
            text.extend_from_slice(value.as_bytes());
        }
        let Request { time, peer, over_tls, .. } = request;
        Box::new(Self { text: text.into(), time: *time, extensions, peer: *peer, over_tls: *over_tls })
    }

    /// The request as it was.
    pub(crate) fn request(&self) -> Arc<Request> {
        let mut lines = self.text.split(|byte| *byte == b'\n');
        // What was one once is one again.
        let mut uri = || lines.next().and_then(|uri| Uri::try_from(uri).ok());
        let (address, original) = (uri().unwrap_or_default(), uri());
        let mut extensions = self.extensions.clone();
        original.into_iter().for_each(|uri| original_uri::put(&mut extensions, uri));
        let headers: HeaderMap = lines.filter_map(header).collect();
        let Self { time, peer, over_tls, .. } = self;
        Arc::new(Request { time: *time, uri: address, headers, extensions, peer: *peer, over_tls: *over_tls })
    }
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = memchr::memchr(b':', line)?;
    let (name, rest) = line.split_at_checked(colon)?;
    let [_, kind, value @ ..] = rest else { return None };
    let mut value = HeaderValue::from_bytes(value).ok()?;
    value.set_sensitive(*kind == SENSITIVE);
    Some((HeaderName::from_bytes(name).ok()?, value))
}
