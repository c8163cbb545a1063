//! A connection for HTTP requests, one after the other.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::storm::{End, fault};

/// Connects, if so wanted with so small a receive buffer.
pub(crate) async fn connect(address: SocketAddr, receive_buffer: Option<u32>) -> Result<TcpStream, End> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.set_nodelay(true)?;
    Ok(socket.connect(address).await?)
}

/// Closes a connection so that the other side hears it as broken.
pub(crate) fn reset(stream: &TcpStream) {
    // What is gone already cannot be broken.
    let _ = stream.set_zero_linger();
}

pub(crate) struct Http {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) is_bytes: bool,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, End> {
        Ok(Self { stream: connect(address, None).await?, buffer: Vec::new() })
    }

    pub(crate) async fn get(&mut self, query: &str) -> Result<(), End> {
        let head = format!("GET /socket.io/?{query} HTTP/1.1\r\nHost: test\r\n\r\n");
        Ok(self.stream.write_all(head.as_bytes()).await?)
    }

    pub(crate) async fn post(&mut self, query: &str, kind: &str, body: &[u8]) -> Result<(), End> {
        let length = body.len();
        let head = format!(
            "POST /socket.io/?{query} HTTP/1.1\r\nHost: test\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        Ok(self.stream.write_all(&[head.as_bytes(), body].concat()).await?)
    }

    /// The next answer. Nothing is lost if this is given up.
    pub(crate) async fn answer(&mut self) -> Result<Answer, End> {
        loop {
            if let Some(answer) = self.parse()? {
                return Ok(answer);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(End::Gone("closed in place of an answer".into()));
            }
        }
    }

    fn parse(&mut self) -> Result<Option<Answer>, End> {
        let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).to_lowercase();
        let find = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
        };
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let length = find("content-length").and_then(|length| length.parse::<usize>().ok());
        let (Some(status), Some(length)) = (status, length) else {
            return fault(format!("an answer without status or length: {head}"));
        };
        if self.buffer.len() < end + 4 + length {
            return Ok(None);
        }
        let is_bytes = find("content-type").is_some_and(|kind| kind == "application/octet-stream");
        let body = self.buffer.drain(..end + 4 + length).skip(end + 4).collect();
        Ok(Some(Answer { status, is_bytes, body }))
    }
}
