//! What servers ask each other to do or to tell.

use std::time::Duration;

use bytes::Bytes;
use chinwag_socketio::Encoded;
use chinwag_socketio::adapter::{Farewell, Rooms};
use chinwag_socketio::socket_io::Arguments;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::broadcast::{Options, Packet, WrittenOptions, WrittenPacket};
use super::disconnecting::Disconnecting;
use super::value::{self, Room, Value};
use super::{Malformed, event};

/// A request: `{type, uid, requestId, …}`.
///
/// ```
/// use chinwag_socketio_redis::wire::{Ask, Request};
///
/// let bytes = Request { uid: Some("a1b2c3".into()), id: Some("7".into()), ask: Ask::AllRooms }.encode();
/// assert_eq!(bytes, br#"{"type":1,"uid":"a1b2c3","requestId":"7"}"#);
/// let read = Request::decode("/", &bytes.into())?;
/// assert!(matches!(read.ask, Ask::AllRooms));
/// # Ok::<_, chinwag_socketio_redis::wire::Malformed>(())
/// ```
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks. `@socket.io/redis-emitter` mostly does not say.
    pub uid: Option<String>,
    /// What an answer refers to; nothing if none is waited for.
    pub id: Option<String>,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked.
///
/// ```
/// use chinwag_socketio_redis::wire::{Ask, Request};
///
/// let bytes = br#"{"type":2,"opts":{"rooms":["lobby"],"except":[]},"rooms":["hall"]}"#;
/// let Ask::Join { of, rooms } = Request::decode("/", &bytes[..].into())?.ask else { unreachable!() };
/// assert_eq!((of.rooms, rooms), (vec!["lobby".to_owned()], vec!["hall".to_owned()]));
/// # Ok::<_, chinwag_socketio_redis::wire::Malformed>(())
/// ```
#[derive(Debug, Clone)]
pub enum Ask {
    /// The ids of sockets (0, `SOCKETS`).
    Ids {
        /// Of which.
        of: Rooms,
    },
    /// All rooms, those of ids included (1, `ALL_ROOMS`).
    AllRooms,
    /// To put sockets into rooms (2, `REMOTE_JOIN`).
    Join {
        /// Which sockets.
        of: Rooms,
        /// Into these rooms.
        rooms: Vec<String>,
    },
    /// To take sockets out of rooms (3, `REMOTE_LEAVE`).
    Leave {
        /// Which sockets.
        of: Rooms,
        /// Out of these rooms.
        rooms: Vec<String>,
    },
    /// To end sockets (4, `REMOTE_DISCONNECT`).
    Disconnect {
        /// Which sockets.
        of: Rooms,
        /// How.
        how: Farewell,
    },
    /// What there is to know about sockets (5, `REMOTE_FETCH`).
    Sockets {
        /// About which.
        of: Rooms,
    },
    /// To handle an event between servers (6, `SERVER_SIDE_EMIT`).
    ServerSideEmit {
        /// Its name.
        event: String,
        /// Its arguments.
        arguments: Arguments,
    },
    /// To send an event to sockets and ask them to acknowledge it (7, `BROADCAST`).
    Broadcast {
        /// To whom.
        to: Rooms,
        /// The event.
        packet: Encoded,
        /// Those who are behind are not asked. Node does not look at it here.
        volatile: bool,
        /// Whether it may be compressed. Node does not look at it here.
        compress: bool,
        /// How long acknowledgements are waited for. Node always says it.
        timeout: Option<Duration>,
    },
}

/// What may be in a request, as it is read.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(rename = "type")]
    kind: Option<u8>,
    uid: Option<String>,
    #[serde(rename = "requestId")]
    id: Option<String>,
    #[serde(borrow)]
    opts: Option<Options<'a>>,
    rooms: Option<Vec<Room>>,
    /// With `room`: one socket, as servers before 6.1 ask.
    sid: Option<String>,
    room: Option<Room>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    packet: Option<Packet<'a>>,
    #[serde(flatten)]
    disconnecting: Disconnecting,
}

/// What may be in a request, as it is written.
#[derive(Serialize, Default)]
struct Written<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<WrittenPacket<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opts: Option<WrittenOptions<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rooms: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(flatten)]
    disconnecting: Option<Disconnecting>,
}

impl Request {
    /// Reads what came from the channel of this namespace.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Request;
    /// assert!(Request::decode("/", &br#"{"type":99}"#[..].into()).is_err());
    /// ```
    ///
    /// # Errors
    /// It is none, or of a type that this version does not know.
    pub fn decode(namespace: &str, bytes: &Bytes) -> Result<Self, Malformed> {
        let Value { json, attachments } = value::read(bytes)?;
        let fields: Fields<'_> = serde_json::from_slice(&json).map_err(|_| Malformed("no request"))?;
        let Fields { kind, uid, id, opts, rooms, sid, room, data, packet, disconnecting } = fields;
        let opts = opts.unwrap_or_default();
        let (volatile, compress) = opts.flags();
        let timeout = opts.timeout().map(Duration::from_millis);
        // One socket is the one that is in the room of its id.
        let of = match sid {
            Some(sid) => Rooms { rooms: vec![sid], except: Vec::new() },
            None => opts.to(),
        };
        let rooms = value::rooms(rooms.or_else(|| room.map(|room| vec![room])));
        let ask = match kind.ok_or(Malformed("a request of unknown type"))? {
            0 => Ask::Ids { of: Rooms { rooms, except: Vec::new() } },
            1 => Ask::AllRooms,
            2 => Ask::Join { of, rooms },
            3 => Ask::Leave { of, rooms },
            4 => Ask::Disconnect { of, how: disconnecting.read() },
            5 => Ask::Sockets { of },
            6 => {
                let (event, arguments) =
                    event::read(data.ok_or(Malformed("an event without data"))?, &attachments)?;
                Ask::ServerSideEmit { event, arguments }
            }
            7 => {
                let packet = packet.ok_or(Malformed("a broadcast without a packet"))?;
                let packet = packet.read(namespace, &attachments)?;
                Ask::Broadcast { to: of, packet, volatile, compress, timeout }
            }
            _ => return Err(Malformed("a request of unknown type")),
        };
        Ok(Self { uid, id, ask })
    }

    /// Writes it: in JSON, where it may have binary values in MessagePack.
    ///
    /// ```
    /// # use chinwag_socketio::adapter::Rooms;
    /// # use chinwag_socketio_redis::wire::{Ask, Request};
    /// let of = Rooms { rooms: vec!["lobby".into()], except: vec![] };
    /// let bytes = Request { uid: None, id: None, ask: Ask::Sockets { of } }.encode();
    /// assert_eq!(bytes, br#"{"type":5,"opts":{"rooms":["lobby"],"except":[]}}"#);
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        let base = Written { uid: self.uid.as_deref(), id: self.id.as_deref(), ..Written::default() };
        let options = |of| Some(WrittenOptions::of(of));
        let mut attachments = None;
        let written = match &self.ask {
            Ask::Ids { of } => Written { kind: 0, rooms: Some(&of.rooms), ..base },
            Ask::AllRooms => Written { kind: 1, ..base },
            Ask::Join { of, rooms } => Written { kind: 2, opts: options(of), rooms: Some(rooms), ..base },
            Ask::Leave { of, rooms } => Written { kind: 3, opts: options(of), rooms: Some(rooms), ..base },
            Ask::Disconnect { of, how } => {
                let disconnecting = Some(Disconnecting::new(how));
                Written { kind: 4, opts: options(of), disconnecting, ..base }
            }
            Ask::Sockets { of } => Written { kind: 5, opts: options(of), ..base },
            Ask::ServerSideEmit { event, arguments } => {
                if !arguments.attachments().is_empty() {
                    attachments = Some(arguments.attachments().to_vec());
                }
                // What was read or written as JSON is.
                let data = RawValue::from_string(event::write(event, arguments)).ok();
                Written { kind: 6, data, ..base }
            }
            Ask::Broadcast { to, packet, volatile, compress, timeout } => {
                let (packet, bytes) = WrittenPacket::new(packet);
                attachments = Some(bytes);
                let timeout = timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
                let opts = Some(WrittenOptions::of(to).with_flags(*volatile, *compress, timeout));
                Written { kind: 7, packet: Some(packet), opts, ..base }
            }
        };
        // Texts, lists and what is JSON already can always be written as JSON.
        let json = serde_json::to_vec(&written).unwrap_or_default();
        match attachments {
            Some(attachments) => value::write_message_pack(&json, &attachments),
            None => json,
        }
    }
}
