//! What servers answer.

use bytes::Bytes;
use chinwag_socketio::RemoteSocket;
use chinwag_socketio::socket_io::Arguments;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::sockets::{Listed, Written as WrittenSocket};
use super::value::{self, Room, Value};
use super::{Malformed, event};

/// An answer to a [`Request`](super::Request): `{requestId, …}`.
///
/// ```
/// use chinwag_socketio_redis::wire::{Response, Said};
///
/// let bytes = Response { id: "7".into(), said: Said::Rooms(vec!["lobby".into()]) }.encode();
/// assert_eq!(bytes, br#"{"requestId":"7","rooms":["lobby"]}"#);
/// assert_eq!(Response::decode(&bytes.into())?.id, "7");
/// # Ok::<_, chinwag_socketio_redis::wire::Malformed>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The request that it answers.
    pub id: String,
    /// What it says.
    pub said: Said,
}

/// What is answered.
///
/// ```
/// use chinwag_socketio_redis::wire::{Response, Said};
///
/// let counted = Response::decode(&br#"{"type":8,"requestId":"7","clientCount":3}"#[..].into())?;
/// assert_eq!(counted.said, Said::Asked(3));
/// # Ok::<_, chinwag_socketio_redis::wire::Malformed>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// These are the ids of sockets.
    Ids(Vec<String>),
    /// These are the sockets.
    Sockets(Vec<RemoteSocket>),
    /// These are the rooms.
    Rooms(Vec<String>),
    /// So many clients were asked (8, `BROADCAST_CLIENT_COUNT`).
    Asked(usize),
    /// One of them acknowledged (9, `BROADCAST_ACK`), with one argument at most.
    Acknowledged(Arguments),
    /// The server itself replied to an event (6, `SERVER_SIDE_EMIT`), with one argument at most.
    Replied(Arguments),
    /// It is done, or nothing that is understood.
    Done,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(rename = "requestId")]
    id: String,
    #[serde(rename = "type")]
    kind: Option<u8>,
    #[serde(borrow)]
    sockets: Option<&'a RawValue>,
    #[serde(borrow)]
    rooms: Option<&'a RawValue>,
    #[serde(rename = "clientCount")]
    asked: Option<usize>,
    #[serde(borrow)]
    packet: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Serialize, Default)]
struct Written<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<u8>,
    #[serde(rename = "requestId")]
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sockets: Option<WrittenSockets<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rooms: Option<&'a [String]>,
    #[serde(rename = "clientCount", skip_serializing_if = "Option::is_none")]
    asked: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WrittenSockets<'a> {
    Ids(&'a [String]),
    Sockets(Vec<WrittenSocket<'a>>),
}

impl Response {
    /// Reads what came from a channel for answers.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Response;
    /// assert!(Response::decode(&b"nothing"[..].into()).is_err());
    /// ```
    ///
    /// # Errors
    /// It is none.
    pub fn decode(bytes: &Bytes) -> Result<Self, Malformed> {
        let Value { json, attachments } = value::read(bytes)?;
        let fields: Fields<'_> = serde_json::from_slice(&json).map_err(|_| Malformed("no response"))?;
        let said = match fields {
            Fields { kind: Some(8), asked: Some(asked), .. } => Said::Asked(asked),
            Fields { kind: Some(9), packet, .. } => {
                Said::Acknowledged(event::acknowledgement(packet, &attachments)?)
            }
            Fields { kind: Some(6), data, .. } => Said::Replied(event::acknowledgement(data, &attachments)?),
            Fields { sockets: Some(sockets), .. } => listed(sockets)?,
            Fields { rooms: Some(rooms), .. } => {
                let rooms: Option<Vec<Room>> =
                    serde_json::from_str(rooms.get()).map_err(|_| Malformed("no list of rooms"))?;
                Said::Rooms(value::rooms(rooms))
            }
            Fields { .. } => Said::Done,
        };
        Ok(Self { id: fields.id, said })
    }

    /// Writes it: in JSON, where it may have binary values in MessagePack.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::{Response, Said};
    /// let bytes = Response { id: "7".into(), said: Said::Asked(3) }.encode();
    /// assert_eq!(bytes, br#"{"type":8,"requestId":"7","clientCount":3}"#);
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        let base = Written { id: &self.id, ..Written::default() };
        let first = |arguments| RawValue::from_string(event::first(arguments)).ok();
        let mut attachments = None;
        let written = match &self.said {
            Said::Ids(ids) => Written { sockets: Some(WrittenSockets::Ids(ids)), ..base },
            Said::Sockets(sockets) => {
                let sockets = sockets.iter().map(WrittenSocket::new).collect();
                Written { sockets: Some(WrittenSockets::Sockets(sockets)), ..base }
            }
            Said::Rooms(rooms) => Written { rooms: Some(rooms), ..base },
            Said::Asked(asked) => Written { kind: Some(8), asked: Some(*asked), ..base },
            Said::Acknowledged(arguments) => {
                attachments = Some(arguments.attachments());
                Written { kind: Some(9), packet: first(arguments), ..base }
            }
            Said::Replied(arguments) => {
                attachments = Some(arguments.attachments()).filter(|attachments| !attachments.is_empty());
                Written { kind: Some(6), data: first(arguments), ..base }
            }
            Said::Done => base,
        };
        // Texts, lists and what is JSON already can always be written as JSON.
        let json = serde_json::to_vec(&written).unwrap_or_default();
        match attachments {
            Some(attachments) => value::write_message_pack(&json, attachments),
            None => json,
        }
    }
}

/// A list of ids or of sockets. An empty one is both.
fn listed(sockets: &RawValue) -> Result<Said, Malformed> {
    let listed: Vec<Listed> =
        serde_json::from_str(sockets.get()).map_err(|_| Malformed("no list of sockets"))?;
    let (mut ids, mut sockets) = (Vec::new(), Vec::new());
    for one in listed {
        match one {
            Listed::Id(id) => ids.push(id),
            Listed::Socket(socket) => sockets.push(socket.read()),
        }
    }
    Ok(if ids.is_empty() { Said::Sockets(sockets) } else { Said::Ids(ids) })
}
