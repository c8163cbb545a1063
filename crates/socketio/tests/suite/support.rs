//! A server to talk to, and clients that speak bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use chinwag_socketio::{Builder, SocketIo};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::masked::masked;

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it takes too long")
}

/// A gate that tells when somebody stands before it.
#[derive(Clone)]
pub(crate) struct Gate {
    before: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { before: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    /// Waits until it is opened.
    pub(crate) async fn pass(self) {
        self.before.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }

    /// Waits until somebody stands before it.
    pub(crate) async fn reached(&self) {
        within(self.before.acquire()).await.unwrap().forget();
    }

    /// For one of those who stand before it, or come.
    pub(crate) fn open(&self) {
        self.open.add_permits(1);
    }
}

/// Serves it under axum on a port of its own.
pub(crate) async fn serve(io: &SocketIo) -> SocketAddr {
    serve_with(Router::new().route_service("/socket.io/", io.service())).await
}

/// Serves an application on a port of its own.
pub(crate) async fn serve_with(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// Settings under which tests are quick.
pub(crate) fn quick() -> Builder {
    SocketIo::builder().ping_interval(Duration::from_millis(300)).ping_timeout(Duration::from_millis(200))
}

pub(crate) struct Answer<Body = String> {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Body,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// One HTTP request on a connection of its own.
pub(crate) async fn http(address: SocketAddr, method: &str, query: &str, body: &str) -> Answer {
    http_with(address, method, query, "", body.as_bytes()).await
}

pub(crate) async fn http_with(
    address: SocketAddr,
    method: &str,
    query: &str,
    headers: &str,
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = if headers.contains("ength:") || method == "GET" {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let head = format!(
        "{method} /socket.io/?{query} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{length}{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let Answer { status, head, body } = read(stream).await;
    Answer { status, head, body: String::from_utf8(body).unwrap() }
}

/// The answer to a GET, in bytes.
pub(crate) async fn bytes(address: SocketAddr, query: &str) -> Answer<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET /socket.io/?{query} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    read(stream).await
}

async fn read(mut stream: TcpStream) -> Answer<Vec<u8>> {
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let body = answer.split_off(end + 4);
    let head = String::from_utf8(answer).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body }
}

/// A polling session.
pub(crate) struct Polls {
    pub(crate) address: SocketAddr,
    pub(crate) sid: String,
    /// What stands in the query of every request.
    pub(crate) dialect: String,
}

impl Polls {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let answer = http(address, "GET", "EIO=4&transport=polling", "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let open: Value = serde_json::from_str(answer.body.strip_prefix('0').unwrap()).unwrap();
        let dialect = "EIO=4&transport=polling".to_owned();
        Self { address, sid: open["sid"].as_str().unwrap().to_owned(), dialect }
    }

    /// Opens a session and joins `/`. The socket's id is returned, too.
    pub(crate) async fn joined(address: SocketAddr) -> (Self, String) {
        let polls = Self::open(address).await;
        polls.post("40").await;
        let joined = polls.get().await.body;
        let joined: Value = serde_json::from_str(joined.strip_prefix("40").unwrap()).unwrap();
        (polls, joined["sid"].as_str().unwrap().to_owned())
    }

    pub(crate) fn query(&self) -> String {
        format!("{}&sid={}", self.dialect, self.sid)
    }

    pub(crate) async fn get(&self) -> Answer {
        http(self.address, "GET", &self.query(), "").await
    }

    pub(crate) async fn post(&self, body: &str) -> Answer {
        http(self.address, "POST", &self.query(), body).await
    }
}

/// The packets of a payload in text (Engine.IO 3).
pub(crate) fn packets(payload: &str) -> Vec<String> {
    let mut rest: Vec<u16> = payload.encode_utf16().collect();
    let mut packets = Vec::new();
    while let Some(end) = rest.iter().position(|unit| *unit == u16::from(b':')) {
        let length: usize = String::from_utf16(&rest[..end]).unwrap().parse().unwrap();
        packets.push(String::from_utf16(&rest[end + 1..end + 1 + length]).unwrap());
        rest.drain(..end + 1 + length);
    }
    assert!(rest.is_empty(), "left over in {payload}");
    packets
}

/// Packets as a payload in text (Engine.IO 3).
pub(crate) fn payload(packets: &[&str]) -> String {
    packets.iter().map(|packet| format!("{}:{packet}", packet.encode_utf16().count())).collect()
}

/// What a WebSocket brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Got {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>),
    /// The connection is closed, without or after a close frame.
    End,
}

/// A WebSocket that hides nothing.
pub(crate) struct Ws {
    pub(crate) stream: TcpStream,
    /// The head of the answer to the handshake.
    pub(crate) head: String,
    buffer: Vec<u8>,
    /// How many bytes the last frame had on the wire, if it was compressed.
    pub(crate) compressed: Option<usize>,
    /// What the close frame said beside its code.
    pub(crate) why: String,
}

impl Ws {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::open_with(address, "EIO=4&transport=websocket", "").await.unwrap()
    }

    /// Opens a session and reads the handshake.
    pub(crate) async fn session(address: SocketAddr) -> Self {
        let mut ws = Self::open(address).await;
        assert!(ws.text().await.starts_with("0{"));
        ws
    }

    /// Opens a session and joins `/`. The socket's id is returned, too.
    pub(crate) async fn joined(address: SocketAddr) -> (Self, String) {
        let mut ws = Self::session(address).await;
        let id = ws.join("40").await;
        (ws, id)
    }

    pub(crate) async fn open_with(address: SocketAddr, query: &str, headers: &str) -> Result<Self, u16> {
        Self::open_saying(address, query, headers, b"").await
    }

    /// The same, with these bytes right behind the request.
    pub(crate) async fn open_saying(
        address: SocketAddr,
        query: &str,
        headers: &str,
        more: &[u8],
    ) -> Result<Self, u16> {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut ws =
            Self { stream, head: String::new(), buffer: Vec::new(), compressed: None, why: String::new() };
        let request = format!(
            "GET /socket.io/?{query} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        ws.stream.write_all(&[request.as_bytes(), more].concat()).await.unwrap();
        loop {
            if let Some(end) = ws.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8(ws.buffer.drain(..end + 4).collect()).unwrap();
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                if status != 101 {
                    return Err(status);
                }
                assert!(head.to_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="));
                ws.head = head;
                return Ok(ws);
            }
            assert!(ws.fill().await, "closed in the handshake");
        }
    }

    /// A WebSocket for a session that polls.
    pub(crate) async fn upgrading(polls: &Polls) -> Self {
        let query = format!("EIO=4&transport=websocket&sid={}", polls.sid);
        Self::open_with(polls.address, &query, "").await.unwrap()
    }

    /// Asks whether it may be used, as clients do.
    pub(crate) async fn probe(&mut self) {
        self.send("2probe").await;
        assert_eq!(self.next().await, Got::Text("3probe".into()));
    }

    async fn fill(&mut self) -> bool {
        within(self.stream.read_buf(&mut self.buffer)).await.is_ok_and(|read| read > 0)
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.frame(true, 1, text.as_bytes()).await;
    }

    pub(crate) async fn binary(&mut self, bytes: &[u8]) {
        self.frame(true, 2, bytes).await;
    }

    pub(crate) async fn frame(&mut self, fin: bool, opcode: u8, payload: &[u8]) {
        self.frame_with(u8::from(fin) << 7 | opcode, payload).await;
    }

    /// A frame that begins with this byte.
    pub(crate) async fn frame_with(&mut self, first: u8, payload: &[u8]) {
        let frame = masked(first, payload, [1, 2, 3, 250]);
        let _ = self.stream.write_all(&frame).await;
    }

    /// The next frame, whatever it is.
    pub(crate) async fn next(&mut self) -> Got {
        loop {
            if let Some(got) = self.parse() {
                return got;
            }
            if !self.fill().await {
                return Got::End;
            }
        }
    }

    fn parse(&mut self) -> Option<Got> {
        let (&[first, second], rest) = self.buffer.split_first_chunk()?;
        let (head, length) = match second {
            126 => (4, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
            127 => (10, u64::from_be_bytes(*rest.first_chunk()?) as usize),
            short => (2, usize::from(short)),
        };
        if self.buffer.len() < head + length {
            return None;
        }
        let mut payload: Vec<u8> = self.buffer.drain(..head + length).skip(head).collect();
        self.compressed = (first & 0x40 != 0).then_some(payload.len());
        if self.compressed.is_some() {
            assert!(self.head.contains("permessage-deflate"), "compressed, which was not agreed");
            // The block that ends every message is left out of it, and none of them is the last of a stream.
            payload.extend([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);
            payload = miniz_oxide::inflate::decompress_to_vec(&payload).unwrap();
        }
        assert_eq!(first & 0xb0, 0x80, "one whole frame without other extensions");
        Some(match first & 0x0f {
            1 => Got::Text(String::from_utf8(payload).unwrap()),
            2 => Got::Binary(payload),
            8 => {
                self.why = String::from_utf8(payload.get(2..).unwrap_or_default().to_vec()).unwrap();
                Got::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code)))
            }
            10 => Got::Pong(payload),
            other => panic!("opcode {other}"),
        })
    }

    /// The next text that is no ping; pings are answered.
    pub(crate) async fn text(&mut self) -> String {
        // Not for as long as there are pings.
        within(async {
            loop {
                match self.next().await {
                    Got::Text(text) if text == "2" => self.send("3").await,
                    Got::Text(text) => return text,
                    other => panic!("{other:?} in place of a text"),
                }
            }
        })
        .await
    }

    /// The next event: its name and arguments.
    pub(crate) async fn event(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(text.strip_prefix("42").unwrap_or_else(|| panic!("no event: {text}"))).unwrap()
    }

    /// Asks to join a namespace and returns the socket's id.
    pub(crate) async fn join(&mut self, packet: &str) -> String {
        self.send(packet).await;
        let answer = self.text().await;
        let json = answer.find('{').unwrap_or_else(|| panic!("not joined: {answer}"));
        assert!(answer.starts_with("40"), "not joined: {answer}");
        let value: Value = serde_json::from_str(&answer[json..]).unwrap();
        value["sid"].as_str().unwrap().to_owned()
    }

    /// Sends an event that asks for an acknowledgement, and returns what the acknowledgement says.
    pub(crate) async fn ask(&mut self, id: u64, event: &str) -> Value {
        self.send(&format!("42{id}{event}")).await;
        self.ack(id).await
    }

    pub(crate) async fn ack(&mut self, id: u64) -> Value {
        let text = self.text().await;
        let json = text.strip_prefix(&format!("43{id}")).unwrap_or_else(|| panic!("no ack of {id}: {text}"));
        serde_json::from_str(json).unwrap()
    }

    /// Reads until the connection is closed, and returns everything but pings.
    pub(crate) async fn rest(&mut self) -> Vec<Got> {
        let mut rest = Vec::new();
        loop {
            match self.next().await {
                Got::End => return rest,
                Got::Text(text) if text == "2" => {}
                got => rest.push(got),
            }
        }
    }

    /// That nothing comes for a while.
    pub(crate) async fn silence(&mut self) {
        let quiet = tokio::time::timeout(Duration::from_millis(100), self.next()).await;
        assert!(quiet.is_err(), "not silent: {quiet:?}");
    }
}

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(tokio::time::Instant::now() < end, "{what} does not come true");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What was logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
