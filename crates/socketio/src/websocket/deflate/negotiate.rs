//! Agreeing on compression in the opening handshake (RFC 7692, sections 5 and 7.1).

use http::header::SEC_WEBSOCKET_EXTENSIONS;
use http::{HeaderMap, HeaderValue};

/// The answer to an offer that does not name a window of the server.
const ANSWER: HeaderValue =
    HeaderValue::from_static("permessage-deflate; server_no_context_takeover; client_no_context_takeover");

/// The answer to an offer that does: to accept the parameter is to repeat it (section 7.1.2.1).
const ANSWER_WITH_WINDOW: HeaderValue = HeaderValue::from_static(
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15",
);

/// Picks the first acceptable offer of permessage-deflate from the headers of an opening handshake, and returns the
/// value of `Sec-WebSocket-Extensions` for the answer. `None`: there is none, and nothing may be compressed.
///
/// Neither side takes over context. An offer is not acceptable if it has parameters that are malformed, unknown or
/// repeated (section 7.1), or if it asks for a window of less than 15 bits, which our compressor does not have.
///
/// ```
/// use chinwag_socketio::websocket::deflate::negotiate;
/// use http::{HeaderMap, HeaderValue, header::SEC_WEBSOCKET_EXTENSIONS};
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(negotiate(&headers), None);
/// let offer = HeaderValue::from_static("permessage-deflate; client_max_window_bits");
/// headers.insert(SEC_WEBSOCKET_EXTENSIONS, offer);
/// assert!(negotiate(&headers).is_some());
/// ```
pub fn negotiate(headers: &HeaderMap) -> Option<HeaderValue> {
    headers
        .get_all(SEC_WEBSOCKET_EXTENSIONS)
        .iter()
        .flat_map(|value| split(value.as_bytes(), b','))
        .find_map(accept)
}

/// Parameters that an offer has had.
#[derive(Default)]
struct Seen {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: bool,
    client_max_window_bits: bool,
}

fn accept(offer: &[u8]) -> Option<HeaderValue> {
    let mut words = split(offer, b';');
    if words.next()?.trim_ascii() != b"permessage-deflate" {
        return None;
    }
    let mut seen = Seen::default();
    for word in words {
        let mut sides = word.trim_ascii().splitn(2, |byte| *byte == b'=');
        let name = sides.next()?;
        let value = sides.next().map(unquote);
        let (seen, fits) = match name {
            b"server_no_context_takeover" => (&mut seen.server_no_context_takeover, value.is_none()),
            b"client_no_context_takeover" => (&mut seen.client_no_context_takeover, value.is_none()),
            b"server_max_window_bits" => (&mut seen.server_max_window_bits, value == Some(b"15")),
            // A hint of what its value may be; the answer need not go into it (section 7.1.2.2).
            b"client_max_window_bits" => (&mut seen.client_max_window_bits, value.is_none_or(is_bits)),
            _ => return None,
        };
        if !fits || std::mem::replace(seen, true) {
            return None;
        }
    }
    Some(if seen.server_max_window_bits { ANSWER_WITH_WINDOW } else { ANSWER })
}

/// Whether this is a number from 8 to 15 without leading zeros.
fn is_bits(value: &[u8]) -> bool {
    matches!(value, [b'8' | b'9'] | [b'1', b'0'..=b'5'])
}

/// What a value is without its quotes. Escapes stay, because none of the values that are understood has any.
fn unquote(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

/// The parts between separators that are not within quotes (RFC 7230, section 3.2.6).
fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return !quoted && *byte == separator,
        }
        false
    })
}
