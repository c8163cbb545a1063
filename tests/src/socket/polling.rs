//! A line over HTTP long-polling: one connection that polls, one that posts.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::line::{Line, Packet, READ_AHEAD, SEPARATOR, Tasks};

/// Opens a line.
pub(super) async fn open(address: &str) -> Result<Line, String> {
    let (mut poller, polls) = Requests::connect(address).await?;
    let (poster, posts) = Requests::connect(address).await?;
    // Whatever goes wrong from here on, these are not left running.
    let mut tasks = Tasks(vec![polls, posts]);
    let opened = poller.exchange("", None).await.ok_or("the handshake was not answered")?;
    let handshake = opened.strip_prefix('0').and_then(|json| serde_json::from_str::<Value>(json).ok());
    let sid = handshake.as_ref().and_then(|handshake| handshake["sid"].as_str());
    let query = format!("&sid={}", sid.ok_or(format!("not OPEN: {opened}"))?);
    let (outgoing, to_send) = mpsc::unbounded_channel();
    let (tell, incoming) = mpsc::channel(READ_AHEAD);
    // As over WebSocket, whoever reads finds the beginning of the session first.
    tell.send(opened).await.map_err(|error| error.to_string())?;
    tasks.0.push(tokio::spawn(write(poster, query.clone(), to_send)));
    tasks.0.push(tokio::spawn(read(poller, query, tell)));
    Ok(Line { outgoing, incoming, tasks })
}

async fn write(mut poster: Requests, query: String, mut to_send: mpsc::UnboundedReceiver<Packet>) {
    while let Some(first) = to_send.recv().await {
        let waiting = std::iter::from_fn(|| to_send.try_recv().ok());
        let texts: Vec<String> = std::iter::once(first).chain(waiting).map(text).collect();
        if poster.exchange(&query, Some(texts.join(&SEPARATOR.to_string()))).await.is_none() {
            return;
        }
    }
}

fn text(packet: Packet) -> String {
    match packet {
        Packet::Text(text) => text,
        Packet::Binary(_) => panic!("binary packets are sent over WebSocket only"),
    }
}

async fn read(mut poller: Requests, query: String, tell: mpsc::Sender<String>) {
    while let Some(payload) = poller.exchange(&query, None).await {
        for packet in payload.split(SEPARATOR) {
            if packet == "1" || tell.send(packet.to_owned()).await.is_err() {
                return;
            }
        }
    }
}

/// A connection for requests, one after the other.
struct Requests {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Requests {
    async fn connect(address: &str) -> Result<(Self, JoinHandle<()>), String> {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let task = tokio::spawn(async move {
            // How it ends is seen by whoever waits for an answer.
            let _ = connection.await;
        });
        Ok((Self { host: address.to_owned(), sender }, task))
    }

    /// Polls, or posts a body; `None` once the session or the connection has ended.
    async fn exchange(&mut self, query: &str, body: Option<String>) -> Option<String> {
        let method = if body.is_some() { "POST" } else { "GET" };
        let request = Request::builder()
            .method(method)
            .uri(format!("/socket.io/?EIO=4&transport=polling{query}"))
            .header("host", &self.host)
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .unwrap();
        self.sender.ready().await.ok()?;
        let answer = self.sender.send_request(request).await.ok()?;
        if answer.status() != 200 {
            return None;
        }
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        String::from_utf8(body.into()).ok()
    }
}
