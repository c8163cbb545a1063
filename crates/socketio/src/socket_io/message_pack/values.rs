//! Values that are no packets.

use bytes::Bytes;

use super::reader::Reader;
use super::{from_json as writer, to_json as translator};
use crate::socket_io::json::{Fault, Scanner};
use crate::socket_io::{DecodeError, Limits, Refused};

/// Turns one value in MessagePack, which is all there may be, into JSON with attachments. See [`decode`](super::decode)
/// about what becomes of binary values, of points in time and of what JSON does not have.
///
/// ```
/// use chinwag_socketio::socket_io::{Limits, message_pack};
///
/// // [1, <a byte>]
/// let (json, attachments) = message_pack::to_json(&b"\x92\x01\xc4\x01\xff"[..].into(), &Limits::default())?;
/// assert_eq!(json, r#"[1,{"_placeholder":true,"num":0}]"#);
/// assert_eq!(attachments, [&b"\xff"[..]]);
/// # Ok::<_, chinwag_socketio::socket_io::Refused>(())
/// ```
///
/// # Errors
/// See [`Refused`]. What is too deep is [`DecodeError::Payload`] here.
pub fn to_json(bytes: &Bytes, limits: &Limits) -> Result<(Bytes, Vec<Bytes>), Refused> {
    let mut reader = Reader::new(bytes);
    let value = reader.skip().filter(|_| reader.is_empty()).ok_or(DecodeError::MessagePack)?;
    let (json, attachments) = translator::to_json(bytes, value, limits)?;
    Scanner::new(&json).value(limits.depth).map_err(|fault| match fault {
        Fault::TooDeep | Fault::Malformed => DecodeError::Payload,
    })?;
    Ok((json, attachments))
}

/// Writes one value, given as JSON and the attachments that its placeholders refer to, in MessagePack, in the forms that
/// notepack.io uses.
///
/// ```
/// use chinwag_socketio::socket_io::message_pack;
///
/// let json = br#"{"of":{"_placeholder":true,"num":0}}"#;
/// assert_eq!(message_pack::from_json(json, &[b"\xff"[..].into()]).as_deref(), Some(&b"\x81\xa2of\xc4\x01\xff"[..]));
/// assert_eq!(message_pack::from_json(b"{", &[]), None);
/// ```
///
/// `None`: it cannot be read as one value. JSON that nobody has checked is not checked here for every rule of it.
pub fn from_json(json: &[u8], attachments: &[Bytes]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(json.len() + attachments.iter().map(Bytes::len).sum::<usize>());
    writer::from_json(&mut out, json, attachments)?;
    Some(out)
}
