//! The opening handshake (RFC 6455, section 4.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use sha1::{Digest, Sha1};

use super::deflate;

/// Appended to the client's key before hashing (section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request to open a WebSocket that is in order.
///
/// ```
/// use chinwag_socketio::websocket::{Handshake, Refused};
/// use http::{HeaderMap, HeaderValue, Method, StatusCode};
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(Handshake::check(&Method::GET, &headers), Err(Refused::NotWebSocket));
/// for (name, value) in [
///     ("connection", "Upgrade"),
///     ("upgrade", "websocket"),
///     ("sec-websocket-version", "13"),
///     ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
/// ] {
///     headers.insert(name, HeaderValue::from_static(value));
/// }
/// let mut handshake = Handshake::check(&Method::GET, &headers)?;
/// assert!(!handshake.compress(&headers), "it was not offered");
/// assert_eq!(handshake.response::<()>().status(), StatusCode::SWITCHING_PROTOCOLS);
/// # Ok::<_, Refused>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    accept: HeaderValue,
    protocol: Option<HeaderValue>,
    extensions: Option<HeaderValue>,
}

/// Why a request cannot become a WebSocket.
///
/// ```
/// use chinwag_socketio::websocket::{Handshake, Refused};
/// use http::{HeaderMap, Method};
///
/// assert_eq!(Handshake::check(&Method::POST, &HeaderMap::new()), Err(Refused::NotWebSocket));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not ask for one.
    #[error("not a WebSocket request")]
    NotWebSocket,
    /// Another version than 13; the answer must name the one that is understood (section 4.4).
    #[error("WebSocket version 13 is understood")]
    Version,
    /// The key is not 16 bytes in base64.
    #[error("Sec-WebSocket-Key is missing or not 16 bytes in base64")]
    Key,
}

impl Handshake {
    /// Checks a request.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::{Handshake, Refused};
    /// let old = http::Request::get("/")
    ///     .header("connection", "keep-alive, Upgrade")
    ///     .header("upgrade", "websocket")
    ///     .header("sec-websocket-version", "8")
    ///     .body(())?;
    /// assert_eq!(Handshake::check(old.method(), old.headers()), Err(Refused::Version));
    /// # Ok::<_, http::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn check(method: &Method, headers: &HeaderMap) -> Result<Self, Refused> {
        if method != Method::GET
            || !has(headers, &CONNECTION, "upgrade")
            || !has(headers, &UPGRADE, "websocket")
        {
            return Err(Refused::NotWebSocket);
        }
        if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(Refused::Version);
        }
        let key = headers.get(SEC_WEBSOCKET_KEY).ok_or(Refused::Key)?;
        if !STANDARD.decode(key).is_ok_and(|key| key.len() == 16) {
            return Err(Refused::Key);
        }
        let accept = HeaderValue::from_str(&accept_key(key.as_bytes())).map_err(|_| Refused::Key)?;
        Ok(Self { accept, protocol: first_protocol(headers), extensions: None })
    }

    /// Agrees on compression ([`deflate`](super::deflate)) if the request, whose headers these are, offers it in a way
    /// that is understood. Returns whether it was agreed.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::{Decoder, Handshake};
    /// # fn f(mut handshake: Handshake, request: http::Request<()>) -> (Decoder, http::Response<()>) {
    /// // What may be compressed has to be read as such.
    /// let compressed = handshake.compress(request.headers());
    /// let decoder = if compressed { Decoder::with_deflate(1_000_000) } else { Decoder::new(1_000_000) };
    /// (decoder, handshake.response())
    /// # }
    /// ```
    pub fn compress(&mut self, headers: &HeaderMap) -> bool {
        self.extensions = deflate::negotiate(headers);
        self.extensions.is_some()
    }

    /// The answer: 101, with an empty body.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::Handshake;
    /// fn answer(request: &http::Request<()>) -> http::Result<http::Response<String>> {
    ///     match Handshake::check(request.method(), request.headers()) {
    ///         Ok(handshake) => Ok(handshake.response()),
    ///         // It is told which version would do.
    ///         Err(refused) => http::Response::builder()
    ///             .status(400)
    ///             .header("sec-websocket-version", "13")
    ///             .body(refused.to_string()),
    ///     }
    /// }
    /// # assert_eq!(answer(&http::Request::new(())).unwrap().status(), 400);
    /// ```
    pub fn response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(protocol) = self.protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        if let Some(extensions) = self.extensions {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, extensions);
        }
        response
    }
}

/// The value of `Sec-WebSocket-Accept` for a key.
///
/// ```
/// use chinwag_socketio::websocket::accept_key;
///
/// assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
pub fn accept_key(key: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(GUID);
    STANDARD.encode(hash.finalize())
}

/// The first of the subprotocols that the client offers. They mean nothing to Socket.IO, but browsers close a WebSocket
/// whose server takes none of those that a page asked for.
fn first_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let first = headers.get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?.split(',').next()?.trim();
    let is_token = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_graphic());
    HeaderValue::from_str(first).ok().filter(|_| is_token)
}

/// Whether one of the comma-separated words of these headers is this one.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(word))
}
