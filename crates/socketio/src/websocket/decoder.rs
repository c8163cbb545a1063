//! Reading what clients send (RFC 6455, sections 5 and 6; RFC 7692, section 6.2).

use bytes::{Bytes, BytesMut};

use super::deflate;
use super::frame::Opcode;

/// The longest header of a client's frame: two bytes, a length of eight, a mask of four.
const MAX_HEADER: usize = 14;

/// What is allocated for a payload before its bytes are there, at most.
const FIRST_ALLOCATION: usize = 4096;

/// A message, put together from its frames and unmasked.
///
/// ```
/// use chinwag_socketio::websocket::{Decoder, Message};
///
/// let message = Decoder::new(100).decode(&mut &b"\x88\x82\0\0\0\0\x03\xe8"[..]);
/// assert_eq!(message, Ok(Some(Message::Close(Some(1000)))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text; it is UTF-8.
    Text(Bytes),
    /// Bytes.
    Binary(Bytes),
    /// To be answered with a pong of the same payload.
    Ping(Bytes),
    /// An answer to a ping of ours, or none.
    Pong(Bytes),
    /// The end, with the status code if there is one.
    Close(Option<u16>),
}

/// Something against the protocol, or over the limit. The connection must be closed.
///
/// ```
/// use chinwag_socketio::websocket::Error;
///
/// assert_eq!(Error::TooLarge.code(), 1009);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Reserved bits or opcodes, a frame that is not masked, a control frame in parts or too long, a
    /// continuation of nothing, a close frame that is malformed.
    #[error("against the WebSocket protocol")]
    Protocol,
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    Utf8,
    /// A compressed message that is not in the format of DEFLATE, or not whole.
    #[error("a compressed message that is malformed")]
    Deflate,
    /// A message over the limit.
    #[error("message too large")]
    TooLarge,
}

impl Error {
    /// The status code to close with (section 7.4.1).
    ///
    /// ```
    /// # use chinwag_socketio::websocket::Error;
    /// assert_eq!(Error::Utf8.code(), 1007);
    /// ```
    pub fn code(self) -> u16 {
        match self {
            Self::Protocol => 1002,
            Self::Utf8 | Self::Deflate => 1007,
            Self::TooLarge => 1009,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Header {
    fin: bool,
    compressed: bool,
    opcode: Opcode,
    mask: [u8; 4],
    length: usize,
}

/// What there is of a message in several frames.
#[derive(Debug)]
struct Parts {
    compressed: bool,
    opcode: Opcode,
    payload: BytesMut,
}

/// Turns the bytes of one connection into messages. Small while nothing is under way.
///
/// ```
/// use chinwag_socketio::websocket::{Decoder, Error, Message};
///
/// let mut decoder = Decoder::new(1_000);
/// // Two frames of a client, which are masked (here by zeros); the second one is not there in full.
/// let mut input = &b"\x81\x82\0\0\0\0hi\x89\x81\0\0"[..];
/// assert_eq!(decoder.decode(&mut input), Ok(Some(Message::Text("hi".into()))));
/// assert_eq!(decoder.decode(&mut input), Ok(None));
/// assert_eq!(decoder.decode(&mut &b"\0\0?"[..]), Ok(Some(Message::Ping("?".into()))));
/// assert_eq!(decoder.decode(&mut &b"\x81\x02hi"[..]), Err(Error::Protocol), "not masked");
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    max_payload: usize,
    /// Whether compressed messages are understood.
    deflate: bool,
    /// The bytes of a header that is not complete.
    head: [u8; MAX_HEADER],
    head_length: u8,
    /// The frame whose payload is being read.
    frame: Option<Header>,
    /// What there is of that payload.
    payload: BytesMut,
    parts: Option<Box<Parts>>,
}

impl Decoder {
    /// For messages of at most so many bytes.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::{Decoder, Error};
    /// assert_eq!(Decoder::new(2).decode(&mut &b"\x81\x83\0\0\0\0abc"[..]), Err(Error::TooLarge));
    /// ```
    pub fn new(max_payload: usize) -> Self {
        Self { max_payload, ..Self::default() }
    }

    /// For messages of at most so many bytes, counted when inflated, on a connection for which permessage-deflate was
    /// negotiated ([`deflate::negotiate`]).
    ///
    /// ```
    /// use chinwag_socketio::websocket::Decoder;
    ///
    /// assert!(Decoder::with_deflate(1_000_000).inflates());
    /// ```
    pub fn with_deflate(max_payload: usize) -> Self {
        Self { max_payload, deflate: true, ..Self::default() }
    }

    /// Whether compressed messages are understood.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::Decoder;
    /// assert!(!Decoder::new(1_000).inflates());
    /// ```
    pub fn inflates(&self) -> bool {
        self.deflate
    }

    /// Reads from the front of `input`, which is moved on, until there is a message. `None`: all has been read.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::{Decoder, Message};
    /// let mut decoder = Decoder::new(1_000);
    /// let mut input = &b"\x81\x81\0\0\0\0a\x81\x81\0\0\0\0b"[..];
    /// let mut texts = vec![];
    /// while let Some(Message::Text(text)) = decoder.decode(&mut input)? {
    ///     texts.push(text);
    /// }
    /// assert_eq!(texts, ["a", "b"]);
    /// # Ok::<_, chinwag_socketio::websocket::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Error`]. Nothing can be read after one.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        loop {
            let header = match self.frame {
                Some(header) => header,
                None => match self.header(input)? {
                    Some(header) => header,
                    None => return Ok(None),
                },
            };
            let missing = header.length - self.payload.len();
            let taken = missing.min(input.len());
            let (now, rest) = input.split_at_checked(taken).ok_or(Error::Protocol)?;
            *input = rest;
            if self.payload.is_empty() {
                self.payload.reserve(if taken == missing {
                    taken
                } else {
                    taken.max(FIRST_ALLOCATION.min(missing))
                });
            }
            let start = self.payload.len();
            self.payload.extend_from_slice(now);
            unmask(self.payload.get_mut(start..).unwrap_or_default(), header.mask, start);
            if taken < missing {
                self.frame = Some(header);
                return Ok(None);
            }
            self.frame = None;
            let payload = std::mem::take(&mut self.payload);
            if let Some(message) = self.whole(header, payload)? {
                return Ok(Some(message));
            }
        }
    }

    fn header(&mut self, input: &mut &[u8]) -> Result<Option<Header>, Error> {
        loop {
            let have = usize::from(self.head_length);
            let need = if have < 2 { 2 } else { self.head_need()? };
            if have >= 2 && have >= need {
                let header = self.parse()?;
                self.head_length = 0;
                return Ok(Some(header));
            }
            let take = (need - have).min(input.len());
            if take == 0 {
                return Ok(None);
            }
            let (now, rest) = input.split_at_checked(take).ok_or(Error::Protocol)?;
            self.head.iter_mut().skip(have).zip(now).for_each(|(slot, byte)| *slot = *byte);
            *input = rest;
            self.head_length += take as u8;
        }
    }

    /// How long the header is whose first two bytes are there. What is wrong in these is said before more comes.
    fn head_need(&self) -> Result<usize, Error> {
        let [first, second, ..] = self.head;
        // A bit of an extension that is not negotiated is an error, and clients must mask (sections 5.2 and 5.3).
        // Only the first frame of a message says that it is compressed (RFC 7692, section 6.1).
        let allowed = if self.deflate && matches!(first & 0x0f, 0x1 | 0x2) { deflate::COMPRESSED } else { 0 };
        if first & 0x70 & !allowed != 0 || second & 0x80 == 0 {
            return Err(Error::Protocol);
        }
        Ok(match second & 0x7f {
            126 => 8,
            127 => 14,
            _ => 6,
        })
    }

    /// Reads the header that is complete in `head`.
    fn parse(&self) -> Result<Header, Error> {
        let [first, second, rest @ ..] = self.head;
        let opcode = Opcode::from_u8(first & 0x0f).ok_or(Error::Protocol)?;
        let fin = first & 0x80 != 0;
        let [a, b, c, d, e, f, g, h, i, j, k, l] = rest;
        let (length, mask) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes([a, b])), [c, d, e, f]),
            127 => (u64::from_be_bytes([a, b, c, d, e, f, g, h]), [i, j, k, l]),
            short => (u64::from(short), [a, b, c, d]),
        };
        if opcode.is_control() {
            if !fin || length > 125 {
                return Err(Error::Protocol);
            }
        } else if (opcode == Opcode::Continuation) != self.parts.is_some() {
            return Err(Error::Protocol);
        }
        let (compressed, before) = match &self.parts {
            Some(parts) if !opcode.is_control() => (parts.compressed, parts.payload.len()),
            _ => (first & deflate::COMPRESSED != 0, 0),
        };
        let limit = if compressed { deflate::longest(self.max_payload) } else { self.max_payload };
        match usize::try_from(length) {
            Ok(length) if opcode.is_control() || length <= limit.saturating_sub(before) => {
                Ok(Header { fin, compressed, opcode, mask, length })
            }
            _ => Err(Error::TooLarge),
        }
    }

    /// A whole frame: a message, or a part of one.
    fn whole(&mut self, header: Header, payload: BytesMut) -> Result<Option<Message>, Error> {
        let Header { fin, compressed, .. } = header;
        let Parts { compressed, opcode, payload } = match header.opcode {
            Opcode::Ping => return Ok(Some(Message::Ping(payload.freeze()))),
            Opcode::Pong => return Ok(Some(Message::Pong(payload.freeze()))),
            Opcode::Close => return close(&payload).map(Some),
            Opcode::Continuation => {
                let mut parts = self.parts.take().ok_or(Error::Protocol)?;
                parts.payload.extend_from_slice(&payload);
                if !fin {
                    self.parts = Some(parts);
                    return Ok(None);
                }
                *parts
            }
            opcode if !fin => {
                self.parts = Some(Box::new(Parts { compressed, opcode, payload }));
                return Ok(None);
            }
            opcode => Parts { compressed, opcode, payload },
        };
        let payload =
            if compressed { deflate::inflate(payload, self.max_payload)?.into() } else { payload.freeze() };
        if opcode == Opcode::Text {
            std::str::from_utf8(&payload).map_err(|_| Error::Utf8)?;
            Ok(Some(Message::Text(payload)))
        } else {
            Ok(Some(Message::Binary(payload)))
        }
    }
}

/// Reads the payload of a close frame (section 5.5.1).
fn close(payload: &[u8]) -> Result<Message, Error> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(Message::Close(None)) } else { Err(Error::Protocol) };
    };
    let code = u16::from_be_bytes(*code);
    // Codes that no endpoint may send (section 7.4).
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Error::Protocol);
    }
    std::str::from_utf8(reason).map_err(|_| Error::Utf8)?;
    Ok(Message::Close(Some(code)))
}

/// Unmasks bytes that begin at this place of their payload (section 5.3).
fn unmask(bytes: &mut [u8], mask: [u8; 4], place: usize) {
    let mut mask = mask;
    mask.rotate_left(place % 4);
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}
