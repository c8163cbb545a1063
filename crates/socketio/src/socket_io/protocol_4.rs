//! What is different in Socket.IO protocols 3 and 4, which the clients 1.x and 2.x speak over Engine.IO 3.
//!
//! Events and acknowledgements are the same as in protocol 5 ("Packet encoding", "Difference between v5 and v4").
//!
//! ```
//! use chinwag_socketio::socket_io::protocol_4;
//!
//! // What they say when they join is the query of the namespace's address.
//! let (namespace, auth) = protocol_4::asked(&"/chat?token=t".into());
//! assert_eq!((namespace, auth), ("/chat".into(), Some(r#"{"token":"t"}"#.into())));
//! ```

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::encode::{EncodeError, begin};
use super::rewrite::list;
use crate::websocket::{Frames, Opcode, frame};

#[cfg(test)]
mod tests;

/// The namespace that a client asks for, and what it authenticates by: the parameters after its `?`, as an object of
/// strings. Of a parameter that is given several times the last one counts.
///
/// ```
/// use chinwag_socketio::socket_io::protocol_4::asked;
///
/// let (namespace, auth) = asked(&"/chat?token=abc".into());
/// assert_eq!((namespace, auth), ("/chat".into(), Some(r#"{"token":"abc"}"#.into())));
/// ```
pub fn asked(namespace: &Bytes) -> (Bytes, Option<Bytes>) {
    let Some(end) = memchr::memchr(b'?', namespace) else { return (namespace.clone(), None) };
    let query = namespace.get(end + 1..).unwrap_or_default();
    let query: Map<String, Value> = form_urlencoded::parse(query)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    (namespace.slice(..end), serde_json::to_vec(&query).ok().map(Bytes::from))
}

/// The namespace was joined. There is no id: clients take that of their session.
///
/// ```
/// use chinwag_socketio::socket_io::protocol_4::connect;
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(connect("/chat"), frame(Opcode::Text, b"40/chat,"));
/// ```
pub fn connect(namespace: &str) -> Bytes {
    begin(b'0', 0, namespace, None, 0).finish(Opcode::Text, &[])
}

/// The same packet with the JSON of its text in ASCII. Clients 1.x read UTF-8 twice while they poll, and cannot be told
/// from 2.x, which do not; of escapes both make the same text.
pub(crate) fn ascii(frames: &Bytes) -> Bytes {
    let is_ascii = |opcode, payload: &Bytes| opcode != Opcode::Text || payload.is_ascii();
    if Frames::new(frames.clone()).all(|(opcode, payload)| is_ascii(opcode, &payload)) {
        return frames.clone();
    }
    let mut written = Vec::with_capacity(frames.len() * 2);
    for (opcode, payload) in Frames::new(frames.clone()) {
        written.extend_from_slice(&match is_ascii(opcode, &payload) {
            true => frame(opcode, &payload),
            false => frame(opcode, &escape(&payload)),
        });
    }
    written.into()
}

/// A packet's text with escapes in its JSON. The name of a namespace has none.
fn escape(text: &[u8]) -> Vec<u8> {
    let (head, json) = text.split_at_checked(list(text)).unwrap_or((text, b""));
    let mut escaped = head.to_vec();
    for letter in String::from_utf8_lossy(json).chars() {
        if letter.is_ascii() {
            escaped.push(letter as u8);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                escaped.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
    }
    escaped
}

/// The namespace was not joined (packet type ERROR): the data if there is any, otherwise the message.
///
/// ```
/// use chinwag_socketio::socket_io::protocol_4::error;
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(error::<()>("/", "no entry", None)?, frame(Opcode::Text, br#"44"no entry""#));
/// assert_eq!(error("/", "no entry", Some(&7))?, frame(Opcode::Text, b"447"));
/// # Ok::<_, chinwag_socketio::EncodeError>(())
/// ```
///
/// # Errors
/// `data` cannot be written as JSON.
pub fn error<T: Serialize + ?Sized>(
    namespace: &str,
    message: &str,
    data: Option<&T>,
) -> Result<Bytes, EncodeError> {
    let mut frame = begin(b'4', 0, namespace, None, 128);
    match data {
        Some(data) => serde_json::to_writer(frame.payload(), data)?,
        None => serde_json::to_writer(frame.payload(), message)?,
    }
    Ok(frame.finish(Opcode::Text, &[]))
}
