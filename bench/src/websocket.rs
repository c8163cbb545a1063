//! A WebSocket client that costs as little as possible: it shares a machine with what it measures.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::Fault;

#[cfg(test)]
mod tests;

/// Bytes read at once.
const READ: usize = 256 * 1024;

/// The reading half: frames, unmasked as servers send them.
pub(crate) struct Frames {
    stream: OwnedReadHalf,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

/// The writing half.
pub(crate) struct Sink {
    stream: OwnedWriteHalf,
    frame: Vec<u8>,
}

/// Connects to a Socket.IO server over WebSocket.
pub(crate) async fn connect(address: &str) -> Result<(Frames, Sink), Fault> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut buffer = vec![0; READ];
    let mut end = 0;
    let head = loop {
        let read = stream.read(&mut buffer[end..]).await?;
        if read == 0 {
            return Err("the server closed the connection during the handshake".into());
        }
        end += read;
        if let Some(place) = memchr::memmem::find(&buffer[..end], b"\r\n\r\n") {
            break place + 4;
        }
    };
    if !buffer.starts_with(b"HTTP/1.1 101") {
        return Err(String::from_utf8_lossy(&buffer[..head]).into_owned().into());
    }
    let (read, write) = stream.into_split();
    Ok((Frames { stream: read, buffer, start: head, end }, Sink { stream: write, frame: Vec::new() }))
}

impl Frames {
    /// The payload of the next frame.
    pub(crate) async fn next(&mut self) -> Result<&[u8], Fault> {
        let (payload, length) = loop {
            if let Some(found) = header(&self.buffer[self.start..self.end]) {
                break found;
            }
            self.fill().await?;
        };
        let from = self.start + payload;
        self.start = from + length;
        Ok(&self.buffer[from..from + length])
    }

    async fn fill(&mut self) -> Result<(), Fault> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.buffer.len() - self.end < READ / 2 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.buffer.len() - self.end < READ / 2 {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        let read = self.stream.read(&mut self.buffer[self.end..]).await?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        self.end += read;
        Ok(())
    }
}

/// Where the payload of a whole frame begins and how long it is.
pub(crate) fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    let short = usize::from(*bytes.get(1)? & 0x7f);
    let (start, length) = match short {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize),
        _ => (2, short),
    };
    (bytes.len() >= start + length).then_some((start, length))
}

impl Sink {
    /// Sends a text frame.
    pub(crate) async fn send(&mut self, text: &[u8]) -> Result<(), Fault> {
        self.frame.clear();
        self.frame.push(0x81);
        match u16::try_from(text.len())? {
            length @ 0..126 => self.frame.push(0x80 | length as u8),
            length => {
                self.frame.push(0x80 | 126);
                self.frame.extend_from_slice(&length.to_be_bytes());
            }
        }
        // A mask of zeros is a mask.
        self.frame.extend_from_slice(&[0; 4]);
        self.frame.extend_from_slice(text);
        Ok(self.stream.write_all(&self.frame).await?)
    }
}
