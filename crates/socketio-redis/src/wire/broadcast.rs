//! What is sent to sockets.

use bytes::Bytes;
use chinwag_socketio::Encoded;
use chinwag_socketio::adapter::Rooms;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::value::{self, Room, Value};
use super::{Malformed, event};

/// An event for sockets: `[uid, {type, data, nsp}, {rooms, except, flags}]` in MessagePack.
///
/// ```
/// use chinwag_socketio::Encoded;
/// use chinwag_socketio::adapter::Rooms;
/// use chinwag_socketio_redis::wire::Broadcast;
///
/// let packet = Encoded::event("/chat", "said", &"hello")?;
/// let to = Rooms { rooms: vec!["lobby".into()], except: vec![] };
/// let bytes = Broadcast { uid: "a1b2c3".into(), to, packet, volatile: false, compress: true }.encode();
/// let read = Broadcast::decode("/chat", &bytes.into())?;
/// assert_eq!((read.uid.as_str(), read.to.rooms), ("a1b2c3", vec!["lobby".to_owned()]));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// Who sent it: a server, or `emitter`.
    pub uid: String,
    /// To whom.
    pub to: Rooms,
    /// The event.
    pub packet: Encoded,
    /// Better dropped than late.
    pub volatile: bool,
    /// Whether it may be compressed.
    pub compress: bool,
}

/// `packet` as it is read.
#[derive(Deserialize)]
pub(super) struct Packet<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(borrow)]
    data: &'a RawValue,
    nsp: Option<String>,
}

/// `opts` as it is read.
#[derive(Deserialize, Default)]
pub(super) struct Options<'a> {
    rooms: Option<Vec<Room>>,
    except: Option<Vec<Room>>,
    #[serde(borrow)]
    flags: Option<Flags<'a>>,
}

/// Whatever a flag is, it only counts if it is what it should be.
#[derive(Deserialize, Default)]
pub(super) struct Flags<'a> {
    #[serde(borrow)]
    volatile: Option<&'a RawValue>,
    #[serde(borrow)]
    compress: Option<&'a RawValue>,
    #[serde(borrow)]
    timeout: Option<&'a RawValue>,
}

#[derive(Serialize)]
pub(super) struct WrittenPacket<'a> {
    #[serde(rename = "type")]
    kind: u8,
    data: Box<RawValue>,
    nsp: &'a str,
}

#[derive(Serialize)]
pub(super) struct WrittenOptions<'a> {
    rooms: &'a [String],
    except: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<WrittenFlags>,
}

#[derive(Serialize)]
struct WrittenFlags {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    volatile: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    compress: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u64>,
}

/// The type of events (`PacketType.EVENT`), and that of those with binary values, which servers do not use among each
/// other.
const EVENTS: [u8; 2] = [2, 5];

impl Broadcast {
    /// Reads what came from a channel of this namespace.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Broadcast;
    /// assert!(Broadcast::decode("/", &b"\x90"[..].into()).is_err());
    /// ```
    ///
    /// # Errors
    /// It is none, or of another namespace.
    pub fn decode(namespace: &str, bytes: &Bytes) -> Result<Self, Malformed> {
        let Value { json, attachments } = value::read_message_pack(bytes)?;
        let parts: Vec<&RawValue> = serde_json::from_slice(&json).map_err(|_| Malformed("no list"))?;
        let [uid, packet, options, ..] = *parts else { return Err(Malformed("a list that is too short")) };
        // Only ever compared with our own.
        let uid = serde_json::from_str(uid.get()).unwrap_or_default();
        let packet: Packet<'_> = serde_json::from_str(packet.get()).map_err(|_| Malformed("no packet"))?;
        let options: Option<Options<'_>> =
            serde_json::from_str(options.get()).map_err(|_| Malformed("no options"))?;
        let options = options.unwrap_or_default();
        let (volatile, compress) = options.flags();
        Ok(Self { uid, packet: packet.read(namespace, &attachments)?, volatile, compress, to: options.to() })
    }

    /// Writes it.
    ///
    /// ```
    /// # use chinwag_socketio::Encoded;
    /// # use chinwag_socketio_redis::wire::Broadcast;
    /// # let (uid, packet) = ("a1b2c3".to_owned(), Encoded::event("/", "n", &1)?);
    /// let bytes = Broadcast { uid, to: Default::default(), packet, volatile: false, compress: true }.encode();
    /// assert!(bytes.starts_with(b"\x93\xa6a1b2c3\x83"));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        let (packet, attachments) = WrittenPacket::new(&self.packet);
        let options = WrittenOptions::of(&self.to).with_flags(self.volatile, self.compress, None);
        // Texts and lists can always be written as JSON.
        let json = serde_json::to_vec(&(&self.uid, packet, options)).unwrap_or_default();
        value::write_message_pack(&json, &attachments)
    }
}

impl Packet<'_> {
    /// The event, if it is one of this namespace.
    pub(super) fn read(&self, namespace: &str, attachments: &[Bytes]) -> Result<Encoded, Malformed> {
        if !EVENTS.contains(&self.kind) {
            return Err(Malformed("a packet that is no event"));
        }
        if self.nsp.as_deref().unwrap_or("/") != namespace {
            return Err(Malformed("a packet of another namespace"));
        }
        let (name, arguments) = event::read(self.data, attachments)?;
        event::encode(namespace, &name, arguments)
    }
}

impl Options<'_> {
    pub(super) fn to(self) -> Rooms {
        Rooms { rooms: value::rooms(self.rooms), except: value::rooms(self.except) }
    }

    /// Whether it is volatile, and whether it may be compressed.
    pub(super) fn flags(&self) -> (bool, bool) {
        let flags = self.flags.as_ref();
        let is = |flag: Option<&RawValue>, what: &str| flag.is_some_and(|flag| flag.get() == what);
        let volatile = is(flags.and_then(|flags| flags.volatile), "true");
        (volatile, !is(flags.and_then(|flags| flags.compress), "false"))
    }

    /// How long acknowledgements are waited for, in milliseconds, if that is said.
    pub(super) fn timeout(&self) -> Option<u64> {
        self.flags.as_ref()?.timeout?.get().parse().ok()
    }
}

impl<'a> WrittenPacket<'a> {
    /// The packet, and the attachments that it refers to.
    pub(super) fn new(packet: &'a Encoded) -> (Self, Vec<Bytes>) {
        // What has been encoded can be read.
        let (data, attachments) = packet
            .parts()
            .map(|(name, arguments)| (event::write(&name, &arguments), arguments.attachments().to_vec()))
            .unwrap_or_default();
        let data = RawValue::from_string(data).unwrap_or_default();
        (Self { kind: 2, data, nsp: packet.namespace() }, attachments)
    }
}

impl<'a> WrittenOptions<'a> {
    pub(super) fn of(rooms: &'a Rooms) -> Self {
        Self { rooms: &rooms.rooms, except: &rooms.except, flags: None }
    }

    /// With what Node has in `flags`; the time in milliseconds.
    pub(super) fn with_flags(self, volatile: bool, compress: bool, timeout: Option<u64>) -> Self {
        let flags = WrittenFlags { volatile, compress: (!compress).then_some(false), timeout };
        Self { flags: Some(flags), ..self }
    }
}
