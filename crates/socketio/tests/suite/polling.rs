//! Engine.IO: requests of a polling session beside the usual ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chinwag_socketio::{DisconnectReason, Namespace, RawArguments, Socket, SocketIo};
use http::HeaderName;
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use crate::support::{Polls, eventually, http_with, serve, within};

fn echo() -> Namespace {
    Namespace::new("/").on("echo", |socket: Socket, arguments: RawArguments| async move {
        socket.emit_all("echo", &arguments).unwrap();
    })
}

#[tokio::test]
async fn a_body_in_chunks_is_put_together() {
    let address = serve(&SocketIo::builder().namespace(echo()).build().unwrap()).await;
    let (polls, _) = Polls::joined(address).await;
    let packet = "42[\"echo\",\"€😀\"]";
    // Characters of several bytes are cut, too.
    let mut body = Vec::new();
    for byte in packet.bytes() {
        body.extend([b'1', b'\r', b'\n', byte, b'\r', b'\n']);
    }
    body.extend(b"0\r\n\r\n");
    let headers = "Transfer-Encoding: chunked\r\nX-Length: none\r\n";
    let answer = http_with(address, "POST", &polls.query(), headers, &body).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    assert_eq!(polls.get().await.body, packet);
}

#[tokio::test]
async fn a_post_under_way_is_answered_when_its_session_ends() {
    let io = SocketIo::builder().namespace(echo()).build().unwrap();
    let address = serve(&io).await;
    let (polls, _) = Polls::joined(address).await;
    let query = polls.query();
    let (answer, ()) =
        tokio::join!(http_with(address, "POST", &query, "Content-Length: 1000\r\n", b"42["), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            io.of("/").close();
        });
    assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(1)));
}

#[tokio::test]
async fn what_follows_the_end_in_a_payload_is_ignored() {
    let handled = Arc::new(AtomicUsize::new(0));
    let (tell, mut told) = unbounded_channel();
    let count = handled.clone();
    let namespace = Namespace::new("/")
        .on("x", move || {
            count.fetch_add(1, Ordering::SeqCst);
            async {}
        })
        .on_disconnect(move |_, reason| {
            tell.send(reason).unwrap();
            async {}
        });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    polls.post("42[\"x\"]\u{1e}1\u{1e}42[\"x\"]").await;
    assert_eq!(within(told.recv()).await, Some(DisconnectReason::TransportClose));
    eventually("its end", || io.figures() == Default::default()).await;
    assert_eq!(handled.load(Ordering::SeqCst), 1);
}

/// The original sends what waits first, and the end with the next poll.
#[tokio::test]
async fn what_does_not_fit_ends_a_polling_session_at_once() {
    let io = SocketIo::builder().namespace(echo()).build().unwrap();
    let address = serve(&io).await;
    for (first, wrong) in [(Some("40"), "40"), (None, "42[\"some event\"]"), (Some("40"), "4abc")] {
        let polls = Polls::open(address).await;
        if let Some(first) = first {
            assert_eq!(polls.post(first).await.status, 200);
        }
        assert_eq!(polls.post(wrong).await.status, 200);
        assert_eq!(polls.get().await.status, 400, "{wrong}");
    }
    eventually("their end", || io.figures() == Default::default()).await;
}

#[tokio::test]
async fn who_does_not_poll_does_not_keep_a_session_that_the_server_closes() {
    let (tell, mut told) = unbounded_channel();
    let namespace = Namespace::new("/").on_disconnect(move |_, reason| {
        tell.send(reason).unwrap();
        async {}
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let _polls = Polls::joined(serve(&io).await).await;
    io.of("/").close();
    assert_eq!(within(told.recv()).await, Some(DisconnectReason::ServerClose));
    eventually("its end", || io.figures() == Default::default()).await;
}

#[tokio::test]
async fn a_ping_is_no_reason_to_call_a_client_slow() {
    let builder = SocketIo::builder().namespace(echo()).outbox_limit(1000);
    let io = builder.ping_interval(Duration::from_millis(100)).build().unwrap();
    let (polls, _) = Polls::joined(serve(&io).await).await;
    let text = "x".repeat(900);
    assert_eq!(io.of("/").emit("x", &text).unwrap(), 1);
    // Time has to pass until a ping is due.
    tokio::time::sleep(Duration::from_millis(110)).await;
    assert_eq!(polls.get().await.body, format!("2\u{1e}42[\"x\",\"{text}\"]"));
    polls.post("3\u{1e}42[\"echo\",1]").await;
    assert!(polls.get().await.body.starts_with("42[\"echo\",1]"));
}

/// As a proxy does that has lost its connection to one server, and with it the answer, and asks another.
#[tokio::test]
async fn a_poll_that_was_answered_and_comes_again_ends_the_session() {
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.request_header(HeaderName::from_static("x-proxy-request")).build().unwrap();
    let address = serve(&io).await;
    let (polls, _) = Polls::joined(address).await;
    let poll = async |header: &str| {
        io.of("/").emit("said", &header).unwrap();
        // Clients make that up, some of them by the second.
        http_with(address, "GET", &format!("{}&t=1", polls.query()), header, b"").await
    };
    for header in ["x-proxy-request: one\r\n", "x-proxy-request: two\r\n", "", "", "x-proxy-request: one\r\n"]
    {
        let answer = poll(header).await;
        assert_eq!((answer.status, answer.body), (200, format!("42{}", json!(["said", header]))));
    }
    let again = poll("x-proxy-request: one\r\n").await;
    assert_eq!((again.status, again.json()["code"].clone()), (400, 1.into()));
    eventually("the session is gone", || io.figures().sessions == 0).await;
}
