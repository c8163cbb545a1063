//! Reading packets (Socket.IO protocol 5, "Packet encoding").

use bytes::Bytes;

use super::arguments::Arguments;
use super::json::{Fault, Scanner};

/// Names that mean something to the libraries themselves and are no events.
const RESERVED: [&[u8]; 6] =
    [b"connect", b"connect_error", b"disconnect", b"disconnecting", b"newListener", b"removeListener"];

/// Whether no event may have this name.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name.as_bytes())
}

/// What a packet may be at most.
///
/// ```
/// use chinwag_socketio::socket_io::{DecodeError, Limits, decode};
///
/// let limits = Limits { depth: 2, ..Limits::default() };
/// assert!(decode(&r#"2["n",[1]]"#.into(), &limits).is_ok());
/// let deeper = decode(&r#"27["n",[[1]]]"#.into(), &limits);
/// assert_eq!(deeper, Err(DecodeError::TooDeep { namespace: "/".into(), id: Some(7) }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Arrays and objects within each other, the argument list included; at most 127.
    pub depth: u32,
    /// Binary attachments of one packet.
    pub attachments: usize,
    /// Bytes of all attachments of one packet together.
    pub attachment_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, attachments: 10, attachment_bytes: 1_000_000 }
    }
}

/// A packet without its attachments. Its parts are slices of the text that it was read from.
///
/// ```
/// use chinwag_socketio::socket_io::{Body, Limits, Packet, decode};
///
/// let packet = decode(&r#"0/chat,{"token":"abc"}"#.into(), &Limits::default());
/// let body = Body::Connect(Some(r#"{"token":"abc"}"#.into()));
/// assert_eq!(packet, Ok(Packet { namespace: "/chat".into(), id: None, body, attachments: 0 }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The namespace, `/` if the packet names none. UTF-8.
    pub namespace: Bytes,
    /// The number by which an acknowledgement is asked for, or given.
    pub id: Option<u64>,
    /// What it says.
    pub body: Body,
    /// How many binary messages follow that belong to it.
    pub attachments: usize,
}

/// What a packet says.
///
/// ```
/// use chinwag_socketio::socket_io::{Body, Limits, decode};
///
/// assert_eq!(decode(&"1".into(), &Limits::default()).map(|packet| packet.body), Ok(Body::Disconnect));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The client asks to join the namespace, with the JSON object that it authenticates by.
    Connect(Option<Bytes>),
    /// The client leaves the namespace.
    Disconnect,
    /// An event.
    Event {
        /// Its name; a number is its decimal text. UTF-8.
        name: Bytes,
        /// Its arguments, without the name.
        arguments: Arguments,
    },
    /// An acknowledgement of the event with this packet's `id`.
    Ack(Arguments),
    /// A refusal to join. Clients do not send it.
    ConnectError,
}

/// Why something is no packet.
///
/// ```
/// use chinwag_socketio::socket_io::{DecodeError, Limits, decode};
///
/// assert_eq!(decode(&"9".into(), &Limits::default()), Err(DecodeError::Type));
/// assert_eq!(decode(&"2[".into(), &Limits::default()), Err(DecodeError::Payload));
/// assert_eq!(decode(&"599-[]".into(), &Limits::default()), Err(DecodeError::TooManyAttachments));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Its type, which is its first character, is none of `0` to `6`.
    #[error("unknown packet type")]
    Type,
    /// The number of attachments is missing or no number.
    #[error("the number of attachments is not a number")]
    Attachments,
    /// More attachments than [`Limits::attachments`].
    #[error("too many attachments")]
    TooManyAttachments,
    /// It is not MessagePack, or is not a map of the parts of a packet.
    #[error("not a packet in MessagePack")]
    MessagePack,
    /// In MessagePack: the namespace is missing, does not begin with `/`, or contains a comma.
    #[error("not a namespace")]
    Namespace,
    /// The acknowledgement's number is missing or over 2^64.
    #[error("the number of the acknowledgement is missing or too large")]
    Id,
    /// The payload is malformed or not what its type carries.
    #[error("the payload is malformed or does not fit the packet's type")]
    Payload,
    /// An event that is deeper than [`Limits::depth`], but otherwise readable so far.
    #[error("the payload is nested too deeply")]
    TooDeep {
        /// The packet's namespace.
        namespace: Bytes,
        /// The acknowledgement that it asks for.
        id: Option<u64>,
    },
}

/// The parts of a packet's text.
pub(super) struct Parts {
    pub(super) kind: u8,
    /// How many attachments are announced; `None` if packets of this type have none.
    pub(super) attachments: Option<usize>,
    pub(super) namespace: Bytes,
    pub(super) id: Option<u64>,
    /// What is left, in JSON.
    pub(super) payload: Bytes,
}

/// Takes a packet's text apart.
///
/// # Errors
/// The type is missing, or a number is malformed.
pub(super) fn split(text: &Bytes) -> Result<Parts, DecodeError> {
    let (&kind, mut rest) = text.split_first().ok_or(DecodeError::Type)?;
    let mut attachments = None;
    if matches!(kind, b'5' | b'6') {
        let end = memchr::memchr(b'-', rest).ok_or(DecodeError::Attachments)?;
        let (digits, after) = rest.split_at_checked(end).ok_or(DecodeError::Attachments)?;
        let count = number(digits).and_then(|n| usize::try_from(n).ok()).ok_or(DecodeError::Attachments)?;
        attachments = Some(count);
        rest = after.get(1..).unwrap_or_default();
    }
    let mut namespace = Bytes::from_static(b"/");
    if rest.first() == Some(&b'/') {
        let end = memchr::memchr(b',', rest).unwrap_or(rest.len());
        namespace = text.slice_ref(rest.get(..end).unwrap_or_default());
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at_checked(digits).ok_or(DecodeError::Payload)?;
    let id = if digits.is_empty() { None } else { Some(number(digits).ok_or(DecodeError::Id)?) };
    Ok(Parts { kind, attachments, namespace, id, payload: text.slice_ref(rest) })
}

/// Reads one packet from the text of an Engine.IO message, which must be UTF-8.
///
/// ```
/// use chinwag_socketio::socket_io::{Body, Limits, decode};
///
/// let packet = decode(&r#"2/chat,7["say","hello"]"#.into(), &Limits::default())?;
/// assert_eq!((packet.namespace, packet.id), ("/chat".into(), Some(7)));
/// let Body::Event { name, arguments } = packet.body else { unreachable!() };
/// assert_eq!((name, arguments.to_json()), ("say".into(), r#"["hello"]"#.into()));
/// # Ok::<_, chinwag_socketio::socket_io::DecodeError>(())
/// ```
///
/// # Errors
/// See [`DecodeError`]. Nothing is allocated but the name of an event that contains escapes.
pub fn decode(text: &Bytes, limits: &Limits) -> Result<Packet, DecodeError> {
    let Parts { kind, attachments, namespace, id, payload } = split(text)?;
    let binary = attachments.is_some();
    let attachments = attachments.unwrap_or(0);
    if attachments > limits.attachments {
        return Err(DecodeError::TooManyAttachments);
    }
    let body = match kind {
        b'0' => Body::Connect(connect(payload, limits)?),
        b'1' if payload.is_empty() => Body::Disconnect,
        b'1' => return Err(DecodeError::Payload),
        b'2' | b'5' => match event(&payload, limits) {
            Ok((name, arguments)) => Body::Event { name, arguments },
            Err(Fault::TooDeep) if !binary => return Err(DecodeError::TooDeep { namespace, id }),
            Err(_) => return Err(DecodeError::Payload),
        },
        b'3' | b'6' => {
            if id.is_none() {
                return Err(DecodeError::Id);
            }
            Body::Ack(acknowledgement(payload, limits)?)
        }
        b'4' => Body::ConnectError,
        _ => return Err(DecodeError::Type),
    };
    Ok(Packet { namespace, id, body, attachments })
}

/// How many digits a number has at most. With more of them, which could only be zeros before it, a small packet would keep
/// a large message in memory.
const DIGITS: usize = 20;

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

pub(super) fn connect(payload: Bytes, limits: &Limits) -> Result<Option<Bytes>, DecodeError> {
    if payload.is_empty() {
        return Ok(None);
    }
    if payload.first() != Some(&b'{') {
        return Err(DecodeError::Payload);
    }
    whole(&payload, limits).map_err(|_| DecodeError::Payload)?;
    Ok(Some(payload))
}

pub(super) fn acknowledgement(payload: Bytes, limits: &Limits) -> Result<Arguments, DecodeError> {
    if payload.is_empty() {
        return Ok(Arguments::none());
    }
    if payload.first() != Some(&b'[') {
        return Err(DecodeError::Payload);
    }
    whole(&payload, limits).map_err(|_| DecodeError::Payload)?;
    let mut scanner = Scanner::new(&payload);
    scanner.eat(b'[');
    scanner.space();
    let first = scanner.position();
    Ok(Arguments::new(payload, first, false))
}

/// Name and arguments of `["name", ...]`.
pub(super) fn event(payload: &Bytes, limits: &Limits) -> Result<(Bytes, Arguments), Fault> {
    whole(payload, limits)?;
    let mut scanner = Scanner::new(payload);
    if !scanner.eat(b'[') {
        return Err(Fault::Malformed);
    }
    scanner.space();
    let start = scanner.position();
    let name = if scanner.eat(b'"') {
        scanner.string()?;
        let quoted = payload.slice(start..scanner.position());
        let plain = quoted.slice(1..quoted.len().saturating_sub(1).max(1));
        if memchr::memchr(b'\\', &plain).is_some() {
            let name: String = serde_json::from_slice(&quoted).map_err(|_| Fault::Malformed)?;
            name.into()
        } else {
            plain
        }
    } else {
        scanner.value(0).map_err(|_| Fault::Malformed)?;
        let name = payload.slice(start..scanner.position());
        if !name.first().is_some_and(|byte| *byte == b'-' || byte.is_ascii_digit()) {
            return Err(Fault::Malformed);
        }
        name
    };
    if RESERVED.contains(&&*name) {
        return Err(Fault::Malformed);
    }
    scanner.space();
    scanner.eat(b',');
    scanner.space();
    let first = scanner.position();
    Ok((name, Arguments::new(payload.clone(), first, true)))
}

/// Checks that the text is one value and nothing else.
fn whole(text: &[u8], limits: &Limits) -> Result<(), Fault> {
    let mut scanner = Scanner::new(text);
    scanner.value(limits.depth)?;
    scanner.space();
    if scanner.is_empty() { Ok(()) } else { Err(Fault::Malformed) }
}
