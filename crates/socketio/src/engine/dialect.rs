//! In which form a client takes what it is sent.
//!
//! Packets are written in one form: the frames of Engine.IO 4 with Socket.IO's default encoding. Other forms are made of
//! it where a client needs one, and a broadcast makes each at most once ([`Encoded`](crate::Encoded)).

use bytes::Bytes;

use crate::engine_io::{self, InvalidPacket, Message, Packet, Protocol, protocol_3};
use crate::socket_io::message_pack;
use crate::websocket::deflate;

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) protocol: Protocol,
    /// Binary messages are written as text, for old clients that cannot read bytes.
    pub(crate) base64: bool,
    /// What it polls is written in ASCII: it may be one of those that read UTF-8 twice.
    pub(crate) ascii: bool,
    /// Packets are written in MessagePack.
    pub(crate) message_pack: bool,
    /// From how many bytes on a message is compressed; `None` where that was not agreed.
    pub(crate) compress: Option<usize>,
}

impl Dialect {
    /// How many forms there are.
    pub(crate) const FORMS: usize = 12;

    pub(crate) fn new(protocol: Protocol, base64: bool) -> Self {
        let old = protocol == Protocol::V3;
        Self { protocol, base64: base64 && old, ascii: false, message_pack: false, compress: None }
    }

    /// Which of the forms it takes.
    pub(crate) fn form(self) -> usize {
        let form = match (self.protocol, self.base64) {
            (Protocol::V4, _) => 0,
            (Protocol::V3, false) => 1,
            (Protocol::V3, true) => 2,
        };
        form + if self.message_pack { 3 } else { 0 } + if self.compress.is_some() { 6 } else { 0 }
    }

    /// Reads a packet from a text message of a WebSocket.
    pub(crate) fn text(self, text: &Bytes) -> Result<Packet, InvalidPacket> {
        match self.protocol {
            Protocol::V4 => engine_io::decode(text),
            Protocol::V3 => protocol_3::decode_text(text),
        }
    }

    /// Reads a packet from a binary message of a WebSocket.
    pub(crate) fn binary(self, bytes: Bytes) -> Result<Packet, InvalidPacket> {
        match self.protocol {
            Protocol::V4 => Ok(Packet::Message(Message::Binary(bytes))),
            Protocol::V3 => protocol_3::decode_binary(&bytes),
        }
    }

    /// Brings frames from the common form into this one.
    pub(crate) fn write(self, frames: &Bytes) -> Bytes {
        let frames = if self.message_pack { &message_pack::encode(frames) } else { frames };
        let frames = match (self.protocol, self.base64) {
            (Protocol::V4, _) => frames.clone(),
            (Protocol::V3, false) => protocol_3::binary_frames(frames),
            (Protocol::V3, true) => protocol_3::base64_frames(frames),
        };
        match self.compress {
            Some(threshold) if frames.len() >= threshold => deflate::compress(&frames, threshold),
            _ => frames,
        }
    }
}
