//! Single requests of polling sessions, sent to whichever node.

use std::time::{Duration, Instant};

use chinwag_tests::DEADLINE;
use chinwag_tests::http::Reply;
use chinwag_tests::server::Server;
use futures_util::{SinkExt, StreamExt};
use hyper::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(super) type WebSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The path of a session's requests.
pub(super) fn path(sid: &str) -> String {
    format!("/socket.io/?EIO=4&transport=polling&sid={sid}")
}

/// Opens a session on a node, with these headers; its id.
pub(super) async fn open(node: &Server, headers: &[(String, String)]) -> String {
    let mut http = headers.iter().fold(node.http(), |http, (name, value)| http.with_header(name, value));
    let opened = http.get("/socket.io/?EIO=4&transport=polling").await;
    let opened: Value = serde_json::from_str(opened.text().strip_prefix('0').unwrap()).unwrap();
    opened["sid"].as_str().unwrap().to_owned()
}

/// Polls by a node.
pub(super) async fn get(node: &Server, sid: &str) -> Reply {
    node.http().get(&path(sid)).await
}

/// Posts by a node.
pub(super) async fn post(node: &Server, sid: &str, body: &str) -> Reply {
    node.http().send(Method::POST, &path(sid), Some("text/plain"), body.to_owned().into()).await
}

/// Joins the chat by a node, and reads until that has happened.
pub(super) async fn joined(node: &Server, sid: &str, token: &str) {
    let answer = post(node, sid, &format!("40{}", json!({"token": token}))).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
    loop {
        let answer = get(node, sid).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        if answer.text().contains("presence:total") {
            return;
        }
    }
}

/// The engine's own answer for a session that it does not know.
#[track_caller]
pub(super) fn assert_unknown(reply: &Reply) {
    let body = reply.text();
    assert_eq!((reply.status, body.as_str()), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
}

/// How many requests have come to a node that logs them.
pub(super) fn requests(node: &Server) -> usize {
    node.log().matches("started processing request").count()
}

/// Waits until so many have.
pub(super) async fn until_asked(node: &Server, times: usize) {
    let begun = Instant::now();
    while requests(node) < times {
        assert!(begun.elapsed() < DEADLINE, "{}", node.log());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Says something.
pub(super) async fn say(socket: &mut WebSocket, packet: &str) {
    socket.send(Message::text(packet)).await.unwrap();
}

/// What comes next, whatever it is.
pub(super) async fn next(socket: &mut WebSocket) -> Option<Result<Message, tungstenite::Error>> {
    timeout(DEADLINE, socket.next()).await.expect("something comes")
}

/// The next packet.
pub(super) async fn heard(socket: &mut WebSocket) -> String {
    loop {
        match next(socket).await {
            Some(Ok(Message::Text(text))) => return text.to_string(),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}
