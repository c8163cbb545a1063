//! Writing packets (Socket.IO protocol 5, "Packet encoding"), already framed.

use std::fmt;
use std::io::Write as _;

use bytes::Bytes;
use serde::Serialize;

use super::decode::is_reserved;
use crate::binary;
use crate::id::SocketId;
use crate::websocket::{FrameBuilder, Opcode};

/// The arguments of a packet to write.
///
/// ```
/// use chinwag_socketio::socket_io::{Args, event};
///
/// assert!(event("/", None, "n", &Args::One(&[1, 2]))?.ends_with(br#"["n",[1,2]]"#));
/// assert!(event("/", None, "n", &Args::All(&[1, 2]))?.ends_with(br#"["n",1,2]"#));
/// # Ok::<_, chinwag_socketio::EncodeError>(())
/// ```
#[derive(Debug)]
pub enum Args<'a, T: ?Sized> {
    /// One argument.
    One(&'a T),
    /// A list of arguments: a tuple, an array, a `Vec`. The unit type is the empty list.
    All(&'a T),
}

/// A packet that could not be written.
///
/// ```
/// use std::collections::HashMap;
/// use chinwag_socketio::{EncodeError, Encoded};
///
/// let no_json = HashMap::from([((1, 2), "a key that is no text")]);
/// assert!(matches!(Encoded::event("/", "n", &no_json), Err(EncodeError::Json(_))));
/// assert!(matches!(Encoded::event_all("/", "n", &1), Err(EncodeError::NotAList)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The value cannot be JSON, such as a map with keys that are no strings.
    #[error("the payload cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// [`Args::All`] of something that is no list.
    #[error("the arguments are not a list")]
    NotAList,
    /// An event with a name of the protocol's own, such as `connect`: clients take it for an error and disconnect.
    #[error("the name is the protocol's own and cannot be an event")]
    Reserved,
}

/// An event, with the number by which an acknowledgement is asked for.
///
/// ```
/// use chinwag_socketio::Binary;
/// use chinwag_socketio::socket_io::{Args, event};
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// let packet = event("/chat", Some(7), "say", &Args::One(&"hello"))?;
/// assert_eq!(packet, frame(Opcode::Text, br#"42/chat,7["say","hello"]"#));
/// let packet = event("/", None, "file", &Args::One(&Binary::from(vec![1, 2])))?;
/// assert!(packet.ends_with(&frame(Opcode::Binary, &[1, 2])));
/// # Ok::<_, chinwag_socketio::EncodeError>(())
/// ```
///
/// # Errors
/// See [`EncodeError`].
pub fn event<T: Serialize + ?Sized>(
    namespace: &str,
    id: Option<u64>,
    name: &str,
    args: &Args<'_, T>,
) -> Result<Bytes, EncodeError> {
    if is_reserved(name) {
        return Err(EncodeError::Reserved);
    }
    packet((b'2', b'5'), namespace, id, Some(name), args)
}

/// The acknowledgement of the event with this number.
///
/// ```
/// use chinwag_socketio::socket_io::{Args, ack};
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(ack("/", 7, &Args::All(&("stored", 3)))?, frame(Opcode::Text, br#"437["stored",3]"#));
/// # Ok::<_, chinwag_socketio::EncodeError>(())
/// ```
///
/// # Errors
/// See [`EncodeError`].
pub fn ack<T: Serialize + ?Sized>(
    namespace: &str,
    id: u64,
    args: &Args<'_, T>,
) -> Result<Bytes, EncodeError> {
    packet((b'3', b'6'), namespace, Some(id), None, args)
}

/// The namespace was joined, under this id, and under this private one if the client may come back by it.
///
/// ```
/// use chinwag_socketio::socket_io::connect;
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// let id = "AbCdEfGhIjKlMnOpQrStUQ".parse()?;
/// let packet = connect("/chat", id, None);
/// assert_eq!(packet, frame(Opcode::Text, br#"40/chat,{"sid":"AbCdEfGhIjKlMnOpQrStUQ"}"#));
/// # Ok::<_, chinwag_socketio::InvalidId>(())
/// ```
pub fn connect(namespace: &str, id: SocketId, recovery: Option<&dyn fmt::Display>) -> Bytes {
    let mut frame = begin(b'0', 0, namespace, None, 64);
    // Identifiers need no escapes, and writing to a vector cannot fail.
    let _ = match recovery {
        Some(recovery) => write!(frame.payload(), "{{\"sid\":\"{id}\",\"pid\":\"{recovery}\"}}"),
        None => write!(frame.payload(), "{{\"sid\":\"{id}\"}}"),
    };
    frame.finish(Opcode::Text, &[])
}

/// The namespace was not joined.
///
/// ```
/// use chinwag_socketio::socket_io::connect_error;
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// let packet = connect_error("/", "no entry", Some(&7))?;
/// assert_eq!(packet, frame(Opcode::Text, br#"44{"message":"no entry","data":7}"#));
/// # Ok::<_, chinwag_socketio::EncodeError>(())
/// ```
///
/// # Errors
/// `data` cannot be written as JSON.
pub fn connect_error<T: Serialize + ?Sized>(
    namespace: &str,
    message: &str,
    data: Option<&T>,
) -> Result<Bytes, EncodeError> {
    #[derive(Serialize)]
    struct Refusal<'a, T: ?Sized> {
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a T>,
    }
    let mut frame = begin(b'4', 0, namespace, None, 128);
    serde_json::to_writer(frame.payload(), &Refusal { message, data })?;
    Ok(frame.finish(Opcode::Text, &[]))
}

/// The socket is out of the namespace and should not come back by itself.
///
/// ```
/// use chinwag_socketio::socket_io::disconnect;
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(disconnect("/chat"), frame(Opcode::Text, b"41/chat,"));
/// ```
pub fn disconnect(namespace: &str) -> Bytes {
    begin(b'1', 0, namespace, None, 0).finish(Opcode::Text, &[])
}

fn packet<T: Serialize + ?Sized>(
    (plain, binary): (u8, u8),
    namespace: &str,
    id: Option<u64>,
    name: Option<&str>,
    args: &Args<'_, T>,
) -> Result<Bytes, EncodeError> {
    let mut frame = begin(plain, 0, namespace, id, 192);
    let start = frame.payload().len();
    let (written, attachments) = binary::collect(|| list(frame.payload(), name, args));
    written?;
    if attachments.is_empty() {
        return Ok(frame.finish(Opcode::Text, &[]));
    }
    let json = frame.payload().split_off(start);
    let mut frame = begin(binary, attachments.len(), namespace, id, json.len());
    frame.payload().extend_from_slice(&json);
    Ok(frame.finish(Opcode::Text, &attachments))
}

/// Everything before the JSON. The leading `4` is Engine.IO's "message".
pub(super) fn begin(
    kind: u8,
    attachments: usize,
    namespace: &str,
    id: Option<u64>,
    json: usize,
) -> FrameBuilder {
    let mut frame = FrameBuilder::with_capacity(32 + namespace.len() + json);
    let out = frame.payload();
    out.extend_from_slice(&[b'4', kind]);
    // Writing to a vector cannot fail.
    if attachments > 0 {
        let _ = write!(out, "{attachments}-");
    }
    if namespace != "/" {
        out.extend_from_slice(namespace.as_bytes());
        out.push(b',');
    }
    if let Some(id) = id {
        let _ = write!(out, "{id}");
    }
    frame
}

fn list<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    name: Option<&str>,
    args: &Args<'_, T>,
) -> Result<(), EncodeError> {
    out.push(b'[');
    if let Some(name) = name {
        serde_json::to_writer(&mut *out, name)?;
    }
    match args {
        Args::One(value) => {
            if name.is_some() {
                out.push(b',');
            }
            serde_json::to_writer(&mut *out, value)?;
            out.push(b']');
        }
        Args::All(values) => {
            let start = out.len();
            serde_json::to_writer(&mut *out, values)?;
            match out.get_mut(start..) {
                Some([b'[', b']'] | [b'n', ..]) => {
                    out.truncate(start);
                    out.push(b']');
                }
                // The list becomes the rest of the list that was begun.
                Some([first @ b'[', ..]) if name.is_some() => *first = b',',
                Some([b'[', ..]) => {
                    out.remove(start);
                }
                _ => return Err(EncodeError::NotAList),
            }
        }
    }
    Ok(())
}
