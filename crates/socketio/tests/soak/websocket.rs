//! The client's side of a WebSocket.

use std::net::SocketAddr;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::connect;
use crate::masked::masked;
use crate::storm::{End, fault};

/// From how many bytes on a client compresses.
const WORTH_IT: usize = 200;

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

pub(crate) struct WebSocket {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
    deflate: bool,
}

/// A message, or a control frame.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

impl WebSocket {
    /// The request that opens one.
    pub(crate) fn request(query: &str, deflate: bool) -> String {
        let offer = if deflate { "Sec-WebSocket-Extensions: permessage-deflate\r\n" } else { "" };
        format!(
            "GET /socket.io/?{query} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n"
        )
    }

    pub(crate) async fn open(
        address: SocketAddr,
        query: &str,
        deflate: bool,
        receive_buffer: Option<u32>,
    ) -> Result<Self, End> {
        let mut stream = connect(address, receive_buffer).await?;
        stream.write_all(Self::request(query, deflate).as_bytes()).await?;
        let mut ws = Self { stream, buffer: Vec::new(), deflate };
        loop {
            if let Some(end) = ws.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = ws.buffer.drain(..end + 4).collect();
                let head = String::from_utf8_lossy(&head).to_lowercase();
                if !head.starts_with("http/1.1 101 ") {
                    return Err(End::Gone(format!("no WebSocket: {head}")));
                }
                if head.contains("permessage-deflate") != deflate {
                    return fault(format!("compression was to be {deflate}: {head}"));
                }
                return Ok(ws);
            }
            ws.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), End> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(End::Gone("the WebSocket was closed".into())),
            _ => Ok(()),
        }
    }

    /// Sends a message, compressed if that was agreed and is worth it.
    pub(crate) async fn send(&mut self, opcode: u8, payload: &[u8]) -> Result<(), End> {
        if self.deflate && payload.len() >= WORTH_IT {
            // The last block of the stream makes the empty one after it unnecessary (RFC 7692, section 7.2.3.4).
            let payload = [&compress_to_vec(payload, 1)[..], &[0]].concat();
            return self.frame(0xc0 | opcode, &payload).await;
        }
        self.frame(0x80 | opcode, payload).await
    }

    /// Sends a message in two fragments.
    pub(crate) async fn send_in_parts(&mut self, opcode: u8, payload: &[u8]) -> Result<(), End> {
        let (first, second) = payload.split_at(payload.len() / 2);
        self.frame(opcode, first).await?;
        self.frame(0x80, second).await
    }

    /// Sends a frame that begins with this byte.
    pub(crate) async fn frame(&mut self, first: u8, payload: &[u8]) -> Result<(), End> {
        let frame = masked(first, payload, [1, 2, 3, 250]);
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The next frame. Nothing is lost if this is given up.
    pub(crate) async fn next(&mut self) -> Result<Frame, End> {
        loop {
            if let Some(frame) = self.parse()? {
                return Ok(frame);
            }
            self.fill().await?;
        }
    }

    fn parse(&mut self) -> Result<Option<Frame>, End> {
        let Some((&[first, second], rest)) = self.buffer.split_first_chunk() else { return Ok(None) };
        let length = match second {
            126 => rest.first_chunk().map(|length| (4, usize::from(u16::from_be_bytes(*length)))),
            127 => rest.first_chunk().map(|length| (10, u64::from_be_bytes(*length) as usize)),
            short => Some((2, usize::from(short))),
        };
        let Some((head, length)) = length else { return Ok(None) };
        if self.buffer.len() < head + length {
            return Ok(None);
        }
        let mut payload: Vec<u8> = self.buffer.drain(..head + length).skip(head).collect();
        let compressed = first & 0x40 != 0;
        if first & 0xb0 != 0x80 || compressed && !self.deflate {
            return fault(format!("a frame that begins with {first:#x}"));
        }
        if compressed {
            // The block that ends every message is left out of it, and none of them is the last of a stream.
            payload.extend([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);
            payload = match decompress_to_vec(&payload) {
                Ok(payload) => payload,
                Err(error) => return fault(format!("what cannot be inflated: {error}")),
            };
        }
        Ok(Some(Frame { opcode: first & 0x0f, payload }))
    }
}
