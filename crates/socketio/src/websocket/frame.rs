//! Writing frames (RFC 6455, section 5.2), and walking over frames that we wrote.

use bytes::Bytes;

/// The longest header that a server writes: two bytes and a length of eight.
const MAX_HEADER: usize = 10;

/// What a frame carries (RFC 6455, section 5.2, "opcode").
///
/// ```
/// use chinwag_socketio::websocket::Opcode;
///
/// assert_eq!(Opcode::from_u8(0x9), Some(Opcode::Ping));
/// assert_eq!(Opcode::from_u8(0x3), None);
/// assert!(Opcode::Ping.is_control() && !Opcode::Text.is_control());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// A further part of a message.
    Continuation = 0x0,
    /// A message, or its first part, in UTF-8.
    Text = 0x1,
    /// A message, or its first part, in bytes.
    Binary = 0x2,
    /// The end.
    Close = 0x8,
    /// A question for a [`Opcode::Pong`] with the same payload.
    Ping = 0x9,
    /// An answer to a [`Opcode::Ping`].
    Pong = 0xa,
}

impl Opcode {
    /// The opcode with this number; `None` for the reserved ones.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::Opcode;
    /// assert_eq!(Opcode::from_u8(0x1), Some(Opcode::Text));
    /// ```
    pub fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => return None,
        })
    }

    /// Whether this is a control frame: at most 125 bytes and never in parts (section 5.5).
    ///
    /// ```
    /// # use chinwag_socketio::websocket::Opcode;
    /// assert!(Opcode::Close.is_control());
    /// ```
    pub fn is_control(self) -> bool {
        self as u8 >= 0x8
    }
}

/// The header of a whole, unmasked message of `length` bytes.
fn header(opcode: Opcode, length: usize) -> ([u8; MAX_HEADER], usize) {
    let first = 0x80 | opcode as u8;
    let mut bytes = [0; MAX_HEADER];
    let mut put = |at: usize, byte: u8| {
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
    };
    put(0, first);
    let used = match length {
        0..=125 => {
            put(1, length as u8);
            2
        }
        126..=0xffff => {
            put(1, 126);
            (length as u16).to_be_bytes().iter().enumerate().for_each(|(i, byte)| put(2 + i, *byte));
            4
        }
        _ => {
            put(1, 127);
            (length as u64).to_be_bytes().iter().enumerate().for_each(|(i, byte)| put(2 + i, *byte));
            10
        }
    };
    (bytes, used)
}

/// Appends one whole frame to `out`.
///
/// ```
/// use chinwag_socketio::websocket::{Opcode, write_frame};
///
/// let mut out = vec![];
/// write_frame(&mut out, Opcode::Text, b"hi");
/// write_frame(&mut out, Opcode::Ping, b"");
/// assert_eq!(out, b"\x81\x02hi\x89\x00");
/// ```
pub fn write_frame(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    let (header, used) = header(opcode, payload.len());
    out.reserve(used + payload.len());
    out.extend(header.iter().take(used));
    out.extend_from_slice(payload);
}

/// One whole frame.
///
/// ```
/// use chinwag_socketio::websocket::{Opcode, frame};
///
/// assert_eq!(frame(Opcode::Text, b"hi"), &b"\x81\x02hi"[..]);
/// assert_eq!(frame(Opcode::Binary, &[0; 300]).len(), 4 + 300);
/// ```
pub fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(MAX_HEADER + payload.len());
    write_frame(&mut out, opcode, payload);
    out.into()
}

/// A close frame with a status code (RFC 6455, section 7.4) and a reason of at most 123 bytes, the rest being cut
/// off.
///
/// ```
/// use chinwag_socketio::websocket::close;
///
/// assert_eq!(close(1001, "bye"), &b"\x88\x05\x03\xe9bye"[..]);
/// ```
pub fn close(code: u16, reason: &str) -> Bytes {
    let end = (0..=reason.len().min(123)).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or(0);
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(reason.as_bytes().get(..end).unwrap_or_default());
    frame(Opcode::Close, &payload)
}

/// Builds a frame whose payload is written in place: the header goes into the room left before it, so that nothing
/// is moved.
pub(crate) struct FrameBuilder {
    bytes: Vec<u8>,
}

impl FrameBuilder {
    /// With room for a payload of about this length.
    pub(crate) fn with_capacity(payload: usize) -> Self {
        let mut bytes = Vec::with_capacity(MAX_HEADER + payload);
        bytes.resize(MAX_HEADER, 0);
        Self { bytes }
    }

    /// Where the payload goes. Only ever append to it.
    pub(crate) fn payload(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The frame, followed by a binary frame for each of these.
    pub(crate) fn finish(mut self, opcode: Opcode, attachments: &[Bytes]) -> Bytes {
        let (header, used) = header(opcode, self.bytes.len().saturating_sub(MAX_HEADER));
        let start = MAX_HEADER - used;
        for (slot, byte) in self.bytes.iter_mut().skip(start).zip(header.iter().take(used)) {
            *slot = *byte;
        }
        for attachment in attachments {
            write_frame(&mut self.bytes, Opcode::Binary, attachment);
        }
        let mut bytes = Bytes::from(self.bytes);
        bytes.split_off(start)
    }
}

/// Walks over the payloads of frames that this module wrote: whole, unmasked and not compressed. It ends before what
/// is none of these.
///
/// ```
/// use chinwag_socketio::websocket::{Frames, Opcode, write_frame};
///
/// let mut out = vec![];
/// write_frame(&mut out, Opcode::Text, b"one");
/// write_frame(&mut out, Opcode::Binary, b"two");
/// let frames: Vec<_> = Frames::new(out.into()).collect();
/// assert_eq!(frames, [(Opcode::Text, "one".into()), (Opcode::Binary, "two".into())]);
/// ```
#[derive(Debug, Clone)]
pub struct Frames(Bytes);

impl Frames {
    /// Over these frames.
    ///
    /// ```
    /// # use chinwag_socketio::websocket::{Frames, Opcode, frame};
    /// let mut frames = Frames::new(frame(Opcode::Text, b"hi"));
    /// assert_eq!(frames.next(), Some((Opcode::Text, "hi".into())));
    /// assert_eq!(frames.next(), None);
    /// ```
    pub fn new(frames: Bytes) -> Self {
        Self(frames)
    }
}

impl Iterator for Frames {
    type Item = (Opcode, Bytes);

    fn next(&mut self) -> Option<(Opcode, Bytes)> {
        let (&[first, second], rest) = self.0.split_first_chunk()?;
        if first & 0x70 != 0 {
            return None;
        }
        let opcode = Opcode::from_u8(first & 0x0f)?;
        let (header, length) = match second & 0x7f {
            126 => (4, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?),
            short => (2, usize::from(short)),
        };
        let end = length.checked_add(header).filter(|end| *end <= self.0.len())?;
        let mut frame = self.0.split_to(end);
        Some((opcode, frame.split_off(header)))
    }
}
