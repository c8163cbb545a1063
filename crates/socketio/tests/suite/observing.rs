//! What is counted, and what is traced.

use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::{
    Closing, ConnectError, Handshake, Namespace, Outgoing, Payload, Refusal, Reply, Socket, SocketIo,
};
use serde_json::json;
use tokio::sync::Semaphore;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::{Got, Log, PATIENCE, Polls, Ws, eventually, http, http_with, quick, serve, within};

/// What a server has counted under a name, with these values of labels.
fn total(io: &SocketIo, name: &str, labels: &[&str]) -> u64 {
    let mut found = io.totals().filter(|total| {
        total.name == name && total.labels.iter().map(|(_, value)| *value).collect::<Vec<_>>() == labels
    });
    let total = found.next().unwrap_or_else(|| panic!("there is no {name} {labels:?}"));
    assert!(found.next().is_none(), "{name} {labels:?} is there twice");
    total.value
}

#[tokio::test]
async fn connections_are_counted_by_how_they_began_and_ended() {
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    assert!(io.totals().all(|total| total.value == 0));
    let polls = Polls::open(address).await;
    let (mut ws, _) = Ws::joined(address).await;
    let mut mute = Ws::session(address).await;
    let mut old = Ws::open_with(address, "EIO=3&transport=websocket", "").await.unwrap();
    old.text().await;
    http(address, "GET", "EIO=3&transport=polling", "").await;
    let opened = |labels: &[&str]| total(&io, "connections_opened", labels);
    assert_eq!((opened(&["polling", "4"]), opened(&["polling", "3"])), (1, 1));
    assert_eq!((opened(&["websocket", "4"]), opened(&["websocket", "3"])), (2, 1));
    ws.send("4nonsense").await;
    ws.rest().await;
    polls.post("1").await;
    old.frame(true, 8, &1000_u16.to_be_bytes()).await;
    mute.rest().await;
    eventually("all are gone", || io.figures().connections == 0).await;
    let ended = |reason| total(&io, "connections_ended", &[reason]);
    assert_eq!((ended("parse_error"), ended("transport_close")), (1, 2));
    // The one that was mute, and the old one that polled but once.
    assert_eq!((ended("ping_timeout"), ended("transport_error"), ended("slow")), (2, 0, 0));
}

#[tokio::test]
async fn slow_clients_are_counted() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).outbox_limit(1000).build().unwrap();
    let polls = Polls::open(serve(&io).await).await;
    polls.post("40").await;
    for _ in 0..2 {
        io.of("/").emit("news", &"x".repeat(900)).unwrap();
    }
    polls.get().await;
    eventually("it is ended", || total(&io, "connections_ended", &["slow"]) == 1).await;
}

#[tokio::test]
async fn refused_requests_are_counted_by_reason() {
    let builder = SocketIo::builder().namespace(Namespace::new("/")).max_connections(2);
    let io = builder
        .max_connections_per_address(1)
        .peer_addr(|parts| parts.headers.get("x-peer")?.to_str().ok()?.parse().ok())
        .allow_request(|parts| {
            let bad = parts.headers.contains_key("x-bad");
            // Its status is not what it is counted by.
            let refusal = Refusal::new(http::StatusCode::BAD_REQUEST, "bad");
            async move { if bad { Err(refusal) } else { Ok(()) } }
        })
        .build()
        .unwrap();
    let address = serve(&io).await;
    let ask = |query: &'static str, headers: &'static str| async move {
        http_with(address, "GET", query, headers, b"").await.status
    };
    let open = "EIO=4&transport=polling";
    let reasons = ["request", "application", "full", "address", "draining"];
    let refused = || reasons.map(|reason| total(&io, "requests_refused", &[reason]));
    assert_eq!(ask("EIO=4&transport=polling&sid=unknown", "").await, 400);
    assert_eq!(ask("EIO=7&transport=polling", "").await, 400);
    assert_eq!(ask(open, "X-Bad: yes\r\n").await, 400);
    assert_eq!(refused(), [2, 1, 0, 0, 0]);
    assert_eq!(ask(open, "X-Peer: 192.0.2.1:1\r\n").await, 200);
    assert_eq!(ask(open, "X-Peer: 192.0.2.1:2\r\n").await, 429);
    assert_eq!(ask(open, "").await, 200);
    assert_eq!(ask(open, "").await, 503);
    assert_eq!(refused(), [2, 1, 1, 1, 0]);
    io.shutdown(Closing::draining(1), PATIENCE).await;
    assert_eq!(ask(open, "").await, 503);
    assert_eq!(refused(), [2, 1, 1, 1, 1]);
}

#[tokio::test]
async fn upgrades_are_counted_by_outcome() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    let query = format!("EIO=4&transport=websocket&sid={}", polls.sid);
    let upgrades = || ["completed", "abandoned"].map(|outcome| total(&io, "upgrades", &[outcome]));
    drop(Ws::open_with(address, &query, "").await.unwrap());
    eventually("one is abandoned", || upgrades() == [0, 1]).await;
    let mut ws = Ws::open_with(address, &query, "").await.unwrap();
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    ws.send("5").await;
    eventually("one is completed", || upgrades() == [1, 1]).await;
    assert_eq!(total(&io, "connections_opened", &["websocket", "4"]), 0);
}

#[tokio::test]
async fn what_goes_in_and_out_is_counted() {
    let namespace = Namespace::new("/")
        .guard(async |handshake: Handshake| {
            let refused = handshake.auth_json().get().contains("refuse");
            if refused { Err(ConnectError::new("no")) } else { Ok(()) }
        })
        .on("echo", |socket: Socket, Payload(text): Payload<String>| async move {
            socket.emit("echo", &text).unwrap();
        })
        .on("panics", |Payload(text): Payload<String>| async move {
            assert!(text.is_empty(), "on purpose");
            Reply(())
        });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::session(address).await;
    ws.send(r#"40{"refuse":1}"#).await;
    ws.text().await;
    ws.join("40").await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    assert_eq!((total(&io, "joins", &["joined"]), total(&io, "joins", &["refused"])), (2, 1));
    let flow = || {
        ["bytes_in", "bytes_out", "events_in", "packets_out", "broadcasts"].map(|name| total(&io, name, &[]))
    };
    let since = |before: [u64; 5]| {
        let now = flow();
        std::array::from_fn::<_, 5, _>(|place| now[place] - before[place])
    };
    let text = "x".repeat(1000);
    let before = flow();
    let event = format!("42[\"echo\",\"{text}\"]");
    ws.send(&event).await;
    assert_eq!(ws.text().await, event);
    let length = event.len() as u64;
    // The frames' heads, and the mask.
    assert_eq!(since(before), [length + 8, length + 4, 1, 1, 0]);
    let before = flow();
    polls.post(&event).await;
    assert_eq!(polls.get().await.body, event);
    assert_eq!(since(before), [length, length, 1, 1, 0]);
    let before = flow();
    assert_eq!(io.of("/").emit("all", &text).unwrap(), 2);
    ws.text().await;
    let sent = format!("42[\"all\",\"{text}\"]").len() as u64;
    assert_eq!(since(before), [0, sent + 4, 0, 2, 1]);
    assert_eq!(polls.get().await.body.len() as u64, sent);
    assert_eq!(since(before), [0, 2 * sent + 4, 0, 2, 1]);
    assert_eq!(total(&io, "handler_panics", &[]), 0);
    assert_eq!(ws.ask(1, r#"["panics","now"]"#).await[0]["error"]["code"], "internal");
    assert_eq!(total(&io, "handler_panics", &[]), 1);
}

#[tokio::test]
async fn handlers_that_wait_are_counted_while_they_do() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let namespace = Namespace::new("/").on("wait", move || {
        let gate = held.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Reply(())
        }
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let (mut one, _) = Ws::joined(address).await;
    let (mut other, _) = Ws::joined(address).await;
    for ws in [&mut one, &mut other] {
        ws.send("421[\"wait\"]").await;
        ws.send("422[\"wait\"]").await;
    }
    eventually("both wait", || io.figures().waiting == 2).await;
    gate.add_permits(4);
    for ws in [&mut one, &mut other] {
        ws.ack(1).await;
        ws.ack(2).await;
    }
    eventually("nobody waits", || io.figures().waiting == 0).await;
}

#[tokio::test]
async fn handlers_have_spans_that_tell_no_payloads() {
    let namespace = Namespace::new("/chat")
        .guard(async |_: Handshake| {
            tracing::debug!("asked inside");
            Ok(())
        })
        .connect(async |_: Handshake| {
            tracing::debug!("asked inside");
            Ok(std::sync::Arc::new(()))
        })
        .before_event(|_| async {
            tracing::debug!("asked inside");
            Ok(())
        })
        .on_connect(|_: Socket| async { tracing::debug!("said inside") })
        .on_unknown(|| async {
            tokio::task::yield_now().await;
            tracing::debug!("said inside");
            tokio::time::sleep(Duration::from_millis(1)).await;
            Reply(())
        });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(FmtSpan::NEW)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // This thread runs everything.
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut ws = Ws::session(address).await;
    ws.send("40/chat,").await;
    let joined: serde_json::Value = serde_json::from_str(&ws.text().await["40/chat,".len()..]).unwrap();
    let id = joined["sid"].as_str().unwrap().to_owned();
    let long = "é".repeat(100);
    for event in ["post", &long] {
        ws.send(&format!("42/chat,1[\"{event}\",{}]", json!({ "secret": "payload" }))).await;
        assert_eq!(within(ws.text()).await, "43/chat,1[null]");
    }
    let log = log.text();
    let spans: Vec<&str> =
        log.lines().filter(|line| line.ends_with(": new") && line.contains("handler{")).collect();
    let cut = "é".repeat(64);
    assert_eq!(spans.len(), 3, "{log}");
    for (span, event) in spans.iter().zip(["connect", "post", &cut]) {
        assert!(
            span.contains(&format!("handler{{namespace=\"/chat\" event={event} socket={id}}}")),
            "{span}"
        );
    }
    assert_eq!(
        log.lines().filter(|line| line.contains("handler{") && line.contains("said inside")).count(),
        3
    );
    let asked: Vec<&str> = log.lines().filter(|line| line.contains("asked inside")).collect();
    let joining = format!("middleware{{namespace=\"/chat\" socket={id}}}");
    let checking = |event: &str| format!("middleware{{namespace=\"/chat\" event={event} socket={id}}}");
    let expected = [joining.clone(), joining, checking("post"), checking(&cut)];
    assert_eq!(asked.len(), 4, "{log}");
    assert!(asked.iter().zip(&expected).all(|(line, span)| line.contains(span)), "{asked:?}");
    assert!(!log.contains("payload"), "{log}");
}

/// Neither at once, nor later: a ping that is not written ends a connection.
#[tokio::test]
async fn a_listener_that_panics_leaves_nobody_without_what_was_sent() {
    let namespace = Namespace::new("/")
        .on("shout", |socket: Socket| async move { drop(socket.broadcast().emit("loud", &1)) })
        .on_any_outgoing(|_: &Socket, event: &Outgoing| assert!(event.name() != "loud", "on purpose"));
    let io = quick().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let (mut one, _) = Ws::joined(address).await;
    let (mut other, _) = Ws::joined(address).await;
    one.send("42[\"shout\"]").await;
    assert_eq!(other.event().await, json!(["loud", 1]));
    for _ in 0..3 {
        assert_eq!(other.next().await, Got::Text("2".into()));
        other.send("3").await;
    }
    assert_eq!(total(&io, "handler_panics", &[]), 1);
}
