//! A small Socket.IO client (protocol 5) over WebSocket or HTTP long-polling: enough to test with, and to send what no
//! other client would.

mod line;
mod polling;
mod stock;
#[cfg(test)]
mod tests;
mod websocket;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use self::line::{END, Line, Packet, Tasks};
use crate::DEADLINE;

pub use stock::StockClients;

type Waiting = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Value>>>>>;

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// WebSocket from the start.
    WebSocket,
    /// HTTP long-polling, without an upgrade.
    Polling,
    /// A client of the real socket.io-client that does the same.
    Stock(&'static StockClients, Via),
}

/// What a client of socket.io-client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// WebSocket from the start.
    WebSocket,
    /// HTTP long-polling, without an upgrade.
    Polling,
    /// HTTP long-polling, and WebSocket as soon as that is open.
    Upgrade,
}

impl Transport {
    /// What it is called where somebody reads of it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::WebSocket => "WebSocket".to_owned(),
            Self::Polling => "polling".to_owned(),
            Self::Stock(_, via) => format!("socket.io-client ({via:?})"),
        }
    }
}

impl Via {
    fn transports(self) -> &'static [&'static str] {
        match self {
            Self::WebSocket => &["websocket"],
            Self::Polling => &["polling"],
            Self::Upgrade => &["polling", "websocket"],
        }
    }
}

/// Why there is no socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// There is nobody there, or the connection ended before the server let the client in.
    Lost(String),
    /// The server refused the client for good (CONNECT_ERROR), with this.
    Refused(Value),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(why) => write!(f, "no connection: {why}"),
            Self::Refused(why) => write!(f, "refused: {why}"),
        }
    }
}

/// The connection ended before an answer came: whether the server acted is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// A connected socket. Dropping it cuts the connection without a word. If the server sent what it may not, whoever uses or
/// drops the socket panics, so that it is not taken for the end of a connection.
#[derive(Debug)]
pub struct Socket {
    outgoing: mpsc::UnboundedSender<Packet>,
    events: mpsc::UnboundedReceiver<(String, Value)>,
    waiting: Waiting,
    next: AtomicU64,
    reading: watch::Sender<bool>,
    breach: Arc<AtomicBool>,
    ended: Arc<OnceLock<String>>,
    _tasks: Tasks,
}

impl Socket {
    /// Connects with a session's token; the server must let it in.
    pub async fn connect(address: &str, token: &str) -> Self {
        Self::try_connect(address, &json!({"token": token}))
            .await
            .unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// Connects with this `auth` payload.
    ///
    /// # Errors
    /// [`Refusal`] if there is nobody there or the server does not let this client in.
    pub async fn try_connect(address: &str, auth: &Value) -> Result<Self, Refusal> {
        Self::try_connect_over(Transport::WebSocket, address, auth).await
    }

    /// Connects with this `auth` payload over that transport.
    ///
    /// # Errors
    /// As [`try_connect`](Self::try_connect).
    pub async fn try_connect_over(
        transport: Transport,
        address: &str,
        auth: &Value,
    ) -> Result<Self, Refusal> {
        timeout(DEADLINE, open(transport, address, auth))
            .await
            .unwrap_or_else(|_| panic!("no handshake after {DEADLINE:?}"))
    }

    /// Sends a command and waits for its acknowledgement.
    ///
    /// # Errors
    /// [`Closed`] if the connection ends before it comes.
    pub async fn ask(&self, event: &str, payload: &Value) -> Result<Value, Closed> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.ask_raw(id, &format!("42{id}{}", json!([event, payload]))).await
    }

    /// Sends a command, which must succeed.
    pub async fn expect(&self, event: &str, payload: &Value) -> Value {
        let answer = self.ask(event, payload).await.expect("the connection stays");
        assert_eq!(answer["ok"], true, "{event} {payload}: {answer}");
        answer
    }

    /// Sends a command, which must fail with this code and a sentence.
    pub async fn expect_error(&self, event: &str, payload: &Value, code: &str) -> Value {
        let answer = self.ask(event, payload).await.expect("the connection stays");
        assert_eq!(answer["error"]["code"], code, "{event} {payload}: {answer}");
        assert_eq!(answer["ok"], false, "{answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|text| text.contains(' ')), "{answer}");
        answer
    }

    /// Sends a packet as it is and waits for the acknowledgement number `id`.
    ///
    /// # Errors
    /// [`Closed`] if the connection ends before it comes.
    pub async fn ask_raw(&self, id: u64, packet: &str) -> Result<Value, Closed> {
        let (tell, told) = oneshot::channel();
        match self.waiting.lock().unwrap().as_mut() {
            Some(waiting) => drop(waiting.insert(id, tell)),
            None => return Err(self.closed_by_rule()),
        }
        self.send_raw(packet);
        let answer = timeout(DEADLINE, told).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {packet:.200} after {DEADLINE:?}"));
        answer.map_err(|_| self.closed_by_rule())
    }

    /// The connection has ended, which must not be because whoever reads from it has panicked.
    fn closed_by_rule(&self) -> Closed {
        assert!(!self.breach.load(Ordering::Relaxed), "{BREACH}");
        Closed
    }

    /// Sends a packet as it is, as text.
    pub fn send_raw(&self, packet: &str) {
        // If the connection has ended, whoever waits for an answer learns it.
        let _ = self.outgoing.send(Packet::Text(packet.to_owned()));
    }

    /// Sends a binary frame.
    pub fn send_binary(&self, bytes: Vec<u8>) {
        // As above.
        let _ = self.outgoing.send(Packet::Binary(bytes));
    }

    /// Stops reading from the connection, or goes on with it. What has come already can still be taken.
    pub fn read(&self, reading: bool) {
        self.reading.send_replace(reading);
    }

    /// The next event; none once the connection has ended and all events were taken.
    pub async fn event(&mut self) -> Option<(String, Value)> {
        let event = timeout(DEADLINE, self.events.recv()).await;
        let event = event.unwrap_or_else(|_| panic!("no event after {DEADLINE:?}"));
        if event.is_none() {
            self.closed_by_rule();
        }
        event
    }

    /// The events that have come and were not taken yet.
    pub fn pending(&mut self) -> Vec<(String, Value)> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    /// The payload of the next event of that name for which `wanted` holds; others before it are dropped.
    pub async fn event_where(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (found, payload) = self.event().await.expect("the connection stays");
            if found == name && wanted(&payload) {
                return payload;
            }
        }
    }

    /// Waits until a message with that text is heard; other events before it are dropped.
    pub async fn hears(&mut self, text: &str) {
        let says = |payload: &Value| {
            let changes = payload["changes"].as_array().into_iter().flatten();
            changes.into_iter().any(|change| change["message"]["text"] == text)
        };
        self.event_where("stream:changes", says).await;
    }

    /// The payload of the next event of that name.
    pub async fn event_named(&mut self, name: &str) -> Value {
        self.event_where(name, |_| true).await
    }

    /// Why the connection has ended, if it has and the client tells.
    #[must_use]
    pub fn why_it_ended(&self) -> Option<&str> {
        self.ended.get().map(String::as_str)
    }

    /// Waits until the server has ended the connection; the events that came before.
    pub async fn closed(&mut self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            events.push(event);
        }
        events
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.closed_by_rule();
        }
    }
}

async fn open(transport: Transport, address: &str, auth: &Value) -> Result<Socket, Refusal> {
    let line = match transport {
        Transport::WebSocket => websocket::open(address).await,
        Transport::Polling => polling::open(address).await,
        Transport::Stock(clients, via) => Ok(stock::open(clients, via.transports(), address)),
    };
    let mut line = line.map_err(Refusal::Lost)?;
    let ended = |before: &str| Refusal::Lost(format!("closed before {before}"));
    let opened = line.incoming.recv().await.ok_or_else(|| ended("OPEN"))?;
    assert!(opened.starts_with('0'), "not OPEN: {opened}");
    send(&line.outgoing, format!("40{auth}"));
    loop {
        let packet = line.incoming.recv().await.ok_or_else(|| ended("CONNECT"))?;
        if let Some(why) = packet.strip_prefix(END) {
            return Err(Refusal::Lost(why.to_owned()));
        }
        if let Some(why) = packet.strip_prefix("44") {
            return Err(Refusal::Refused(serde_json::from_str(why).unwrap()));
        }
        if packet.starts_with("40") {
            return Ok(run(line));
        }
        if packet.starts_with("42[\"server:closing\"") {
            // It does not let anybody in for now.
            continue;
        }
        assert_eq!(packet, "2", "neither CONNECT nor CONNECT_ERROR");
        send(&line.outgoing, "3".to_owned());
    }
}

fn send(outgoing: &mpsc::UnboundedSender<Packet>, text: String) {
    // If the connection has ended, whoever waits for an answer learns it.
    let _ = outgoing.send(Packet::Text(text));
}

fn run(line: Line) -> Socket {
    let Line { outgoing, incoming, mut tasks } = line;
    let (tell, events) = mpsc::unbounded_channel();
    let (reading, is_reading) = watch::channel(true);
    let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
    let breach = Arc::new(AtomicBool::new(false));
    let ended = Arc::new(OnceLock::new());
    let end = End { waiting: Arc::clone(&waiting), breach: Arc::clone(&breach), ended: Arc::clone(&ended) };
    let reader = read(incoming, outgoing.clone(), tell, end, is_reading);
    tasks.0.push(tokio::spawn(reader));
    Socket { outgoing, events, waiting, next: AtomicU64::new(0), reading, breach, ended, _tasks: tasks }
}

/// Why a socket cannot be used any more though its connection may be good.
const BREACH: &str = "what came over this socket cannot be: see the panic of the task that reads from it";

/// What becomes known when nothing more is read, whatever the reason.
struct End {
    waiting: Waiting,
    breach: Arc<AtomicBool>,
    ended: Arc<OnceLock<String>>,
}

impl Drop for End {
    fn drop(&mut self) {
        if thread::panicking() {
            self.breach.store(true, Ordering::Relaxed);
        }
        // From now on nobody is answered.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

async fn read(
    mut incoming: mpsc::Receiver<String>,
    outgoing: mpsc::UnboundedSender<Packet>,
    events: mpsc::UnboundedSender<(String, Value)>,
    end: End,
    mut reading: watch::Receiver<bool>,
) {
    // What is declared here is dropped before the arguments: who finds no more events finds out why.
    let end = end;
    // Without a socket nobody reads any more.
    while reading.wait_for(|reading| *reading).await.is_ok() {
        let Some(packet) = incoming.recv().await else { break };
        if packet == "2" {
            send(&outgoing, "3".to_owned());
        } else if let Some(why) = packet.strip_prefix(END) {
            // It is the last, so this is the first time.
            let _ = end.ended.set(why.to_owned());
        } else if let Some(event) = packet.strip_prefix("42") {
            let event: Value =
                serde_json::from_str(event).unwrap_or_else(|_| panic!("not an event: {packet}"));
            // The test may not care for events any more.
            let _ = events.send((event[0].as_str().unwrap().to_owned(), event[1].clone()));
        } else if let Some(answer) = packet.strip_prefix("43") {
            let digits = answer.find('[').unwrap_or_else(|| panic!("not an acknowledgement: {packet}"));
            let id: u64 = answer[..digits].parse().unwrap();
            let answer: Value = serde_json::from_str(&answer[digits..]).unwrap();
            let told = end.waiting.lock().unwrap().as_mut().and_then(|waiting| waiting.remove(&id));
            let told = told.unwrap_or_else(|| panic!("nobody asked, or it was answered twice: {packet}"));
            // The test may have given up on it.
            let _ = told.send(answer[0].clone());
        } else if packet.starts_with("41") {
            break;
        }
    }
}
