//! Reading packets, as strictly as the original's decoder checks them.

use bytes::Bytes;

use super::reader::{Head, Reader};
use super::to_json::to_json;
use crate::socket_io::decode::{acknowledgement, connect, event};
use crate::socket_io::json::Fault;
use crate::socket_io::{Body, DecodeError, Limits, Packet, Refused};

/// The values of the fields, each in MessagePack.
#[derive(Default)]
struct Fields<'a> {
    kind: Option<&'a [u8]>,
    namespace: Option<&'a [u8]>,
    data: Option<&'a [u8]>,
    id: Option<&'a [u8]>,
}

/// Reads one packet from a binary message. Its attachments are parts of the message and already there:
/// [`Packet::attachments`] is 0.
///
/// The payload is turned into JSON, which has at most 20 bytes for each of the message.
///
/// - Binary values, `ArrayBuffer`s included, are attachments; points in time are text as in JSON; what is no number
///   is `null`, and so is `undefined`.
/// - Fields that are not of a packet are ignored. Of a field that is there more than once the last one counts.
/// - `nil` stands for a field that is not there, as it does in clients that are not in JavaScript.
/// - Types 5 and 6, which the original does not have, are read as 2 and 3.
///
/// ```
/// use chinwag_socketio::socket_io::{Body, Limits, message_pack};
///
/// // {"type": 1, "nsp": "/"}
/// let packet = message_pack::decode(&b"\x82\xa4type\x01\xa3nsp\xa1/"[..].to_vec().into(), &Limits::default())?;
/// assert_eq!((packet.body, packet.namespace), (Body::Disconnect, "/".into()));
/// # Ok::<_, chinwag_socketio::socket_io::Refused>(())
/// ```
///
/// # Errors
/// See [`Refused`]. Beside binary values, no map may have the key `_placeholder` with the value `true`: JSON clients
/// would take it for one of them.
pub fn decode(bytes: &Bytes, limits: &Limits) -> Result<Packet, Refused> {
    let fields = fields(bytes).ok_or(DecodeError::MessagePack)?;
    let kind = fields.kind.and_then(whole_number).ok_or(DecodeError::Type)?;
    let namespace = match fields.namespace.map(head) {
        // Not a part of the message, which would stay as long as this does.
        Some(Some(Head::Text(namespace))) => Bytes::copy_from_slice(namespace),
        _ => return Err(DecodeError::Namespace.into()),
    };
    let readable = std::str::from_utf8(&namespace).is_ok();
    if !readable || !namespace.starts_with(b"/") || memchr::memchr(b',', &namespace).is_some() {
        return Err(DecodeError::Namespace.into());
    }
    let id = match fields.id {
        Some(id) => Some(whole_number(id).ok_or(DecodeError::Id)?),
        None => None,
    };
    let data = fields.data;
    let body = match kind {
        0 => Body::Connect(match data {
            None => None,
            Some(data) if matches!(head(data), Some(Head::Map(_))) => {
                let (json, attachments) = to_json(bytes, data, limits)?;
                // Nothing could refer to them.
                if !attachments.is_empty() {
                    return Err(DecodeError::Payload.into());
                }
                connect(json, limits)?
            }
            Some(_) => return Err(DecodeError::Payload.into()),
        }),
        1 if data.is_none() => Body::Disconnect,
        2 | 5 => {
            let (json, attachments) = list(bytes, data, limits)?;
            let (name, mut arguments) = event(&json, limits).map_err(|fault| match fault {
                Fault::TooDeep => DecodeError::TooDeep { namespace: namespace.clone(), id },
                Fault::Malformed => DecodeError::Payload,
            })?;
            arguments.attach(attachments);
            Body::Event { name, arguments }
        }
        3 | 6 => {
            if id.is_none() {
                return Err(DecodeError::Id.into());
            }
            let (json, attachments) = list(bytes, data, limits)?;
            let mut arguments = acknowledgement(json, limits)?;
            arguments.attach(attachments);
            Body::Ack(arguments)
        }
        4 if matches!(data.and_then(head), Some(Head::Text(_) | Head::Map(_))) => Body::ConnectError,
        1 | 4 => return Err(DecodeError::Payload.into()),
        _ => return Err(DecodeError::Type.into()),
    };
    Ok(Packet { namespace, id, body, attachments: 0 })
}

/// Takes the map apart. `None`: it is none, or not all of it is MessagePack.
fn fields(bytes: &[u8]) -> Option<Fields<'_>> {
    let mut reader = Reader::new(bytes);
    let Head::Map(count) = reader.head()? else { return None };
    let mut fields = Fields::default();
    for _ in 0..count {
        let key = reader.skip()?;
        let value = reader.skip()?;
        let field = match head(key)? {
            Head::Text(b"type") => &mut fields.kind,
            Head::Text(b"nsp") => &mut fields.namespace,
            Head::Text(b"data") => &mut fields.data,
            Head::Text(b"id") => &mut fields.id,
            _ => continue,
        };
        *field = (!is_nothing(value)).then_some(value);
    }
    reader.is_empty().then_some(fields)
}

fn head(value: &[u8]) -> Option<Head<'_>> {
    Reader::new(value).head()
}

/// Whether a value is `nil`, or what notepack.io 2 makes of `undefined`.
fn is_nothing(value: &[u8]) -> bool {
    matches!(value, [0xc0] | [0xd4, 0x00, _])
}

/// JavaScript has one type of number, so a whole one is whole however it is written.
fn whole_number(value: &[u8]) -> Option<u64> {
    match head(value)? {
        Head::Unsigned(number) => Some(number),
        Head::Signed(number) => u64::try_from(number).ok(),
        Head::Float(number) if number >= 0.0 && number.trunc() == number && number < u64::MAX as f64 => {
            Some(number as u64)
        }
        _ => None,
    }
}

fn list(bytes: &Bytes, data: Option<&[u8]>, limits: &Limits) -> Result<(Bytes, Vec<Bytes>), Refused> {
    let whole = bytes.len();
    match data {
        Some(data) if matches!(head(data), Some(Head::Array(_))) => {
            let (json, attachments) = to_json(bytes, data, limits)?;
            let size: usize = attachments.iter().map(Bytes::len).sum();
            // Little of a large message should not keep all of it.
            let cut = |bytes: Bytes| if size < whole / 2 { Bytes::copy_from_slice(&bytes) } else { bytes };
            Ok((json, attachments.into_iter().map(cut).collect()))
        }
        _ => Err(DecodeError::Payload.into()),
    }
}
