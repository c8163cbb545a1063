//! Faults that other servers have had.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::adapter::{Answers, Command, Question};
use chinwag_socketio::{
    Ack, Adapter, Binary, ConnectError, Handshake, Local, Namespace, Payload, RawArguments, Refusal, Reply,
    Socket, SocketIo,
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Got, Polls, Ws, eventually, http, serve, within};

fn echo(name: &str) -> Namespace {
    Namespace::new(name)
        .on("echo", |socket: Socket, arguments: RawArguments| async move {
            socket.emit_all("echo", &arguments).unwrap();
        })
        .on("ask", |arguments: RawArguments, ack: Ack| async move { ack.send_all(&arguments) })
}

/// A session's id is a credential: whoever knows it can read and write for it. Socket ids are shown to everybody.
#[tokio::test]
async fn a_public_id_opens_no_session() {
    let io = SocketIo::builder().namespace(echo("/")).namespace(echo("/b")).build().unwrap();
    let address = serve(&io).await;
    let (polls, id) = Polls::joined(address).await;
    polls.post("40/b,").await;
    let other = io.of("/b").sockets()[0].id().to_string();
    polls.get().await;
    let old = http(address, "GET", "EIO=3&transport=polling", "").await;
    let old_sid = old.body.split('"').nth(3).unwrap().to_owned();
    eventually("the old client is in", || io.of("/").count() == 2).await;
    let mut ids: Vec<String> = io.of("/").sockets().iter().map(|socket| socket.id().to_string()).collect();
    assert!(ids.contains(&id));
    ids.push(other);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each namespace has its own");
    for id in &ids {
        assert!(*id != polls.sid && *id != old_sid);
        let query = format!("EIO=4&transport=polling&sid={id}");
        for method in ["GET", "POST"] {
            let refused = http(address, method, &query, "42[\"echo\",1]").await;
            assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(1)), "{method}");
        }
        let query = format!("EIO=4&transport=websocket&sid={id}");
        assert_eq!(Ws::open_with(address, &query, "").await.err(), Some(400));
    }
    // Nor does the session's id of a WebSocket, for which there is nothing to request.
    let mut ws = Ws::open(address).await;
    let open: Value = serde_json::from_str(ws.text().await.strip_prefix('0').unwrap()).unwrap();
    let query = format!("EIO=4&transport=polling&sid={}", open["sid"].as_str().unwrap());
    assert_eq!(http(address, "GET", &query, "").await.status, 400);
    polls.post("42[\"echo\",2]").await;
    assert_eq!(polls.get().await.body, "42[\"echo\",2]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_of_one_client_keep_their_order_on_several_threads() {
    let namespace = Namespace::new("/").on("n", |socket: Socket, Payload(n): Payload<u64>| async move {
        for _ in 0..(n * 7) % 5 {
            tokio::task::yield_now().await;
        }
        socket.emit("n", &n).unwrap();
    });
    let address = serve(&SocketIo::builder().namespace(namespace).build().unwrap()).await;
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        clients.spawn(async move {
            let (mut ws, _) = Ws::joined(address).await;
            for n in 0..300 {
                ws.send(&format!("42[\"n\",{n}]")).await;
            }
            for n in 0..300 {
                assert_eq!(ws.event().await, json!(["n", n]));
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
}

/// Reads a packet with two attachments; both say what the packet says.
async fn pair(ws: &mut Ws) -> String {
    let text = ws.text().await;
    let said = text.rsplit('"').nth(1).unwrap().to_owned();
    for part in ["left", "right"] {
        assert_eq!(ws.next().await, Got::Binary(format!("{part} {said}").into()), "{text}");
    }
    text
}

fn parts(said: &str) -> (Binary, Binary, String) {
    let part = |part: &str| Binary::from(format!("{part} {said}").into_bytes());
    (part("left"), part("right"), said.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn packets_with_bytes_are_never_interleaved() {
    let builder = SocketIo::builder().namespace(echo("/")).namespace(echo("/b")).outbox_limit(32 << 20);
    let io = builder.build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    ws.send("40/b,").await;
    assert!(ws.text().await.starts_with("40/b,"));
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    let mut speakers = JoinSet::new();
    for speaker in 0..4 {
        let (io, socket) = (io.clone(), socket.clone());
        speakers.spawn(async move {
            for n in 0..100 {
                let said = parts(&format!("{speaker} {n}"));
                match speaker {
                    0 => drop(io.of("/").emit_all("bytes", &said).unwrap()),
                    1 => drop(io.of("/b").emit_all("bytes", &said).unwrap()),
                    2 => socket.emit_all("bytes", &said).unwrap(),
                    _ => drop(io.of("/").to("nobody").to(socket.id().to_string()).emit_all("bytes", &said)),
                }
                tokio::task::yield_now().await;
            }
        });
    }
    // Acknowledgements meanwhile, of both namespaces, each with bytes both ways.
    let list =
        |said: &str| format!(r#"{{"_placeholder":true,"num":0}},{{"_placeholder":true,"num":1}},"{said}"]"#);
    for n in 0..100 {
        let (name, said) = (["", "/b,"][n % 2], format!("acknowledged {n}"));
        ws.send(&format!("452-{name}{n}[\"ask\",{}", list(&said))).await;
        for part in ["left", "right"] {
            ws.binary(format!("{part} {said}").as_bytes()).await;
        }
    }
    let mut next = [0; 5];
    for _ in 0..500 {
        let text = pair(&mut ws).await;
        if let Some(ack) = text.strip_prefix("462-") {
            let n = next[4];
            let name = ["", "/b,"][n % 2];
            assert_eq!(ack, format!("{name}{n}[{}", list(&format!("acknowledged {n}"))));
            next[4] += 1;
        } else {
            let said = text.rsplit('"').nth(1).unwrap();
            let (speaker, n) = said.split_once(' ').unwrap();
            let speaker: usize = speaker.parse().unwrap();
            assert_eq!(text.starts_with("452-/b,"), speaker == 1, "{text}");
            assert_eq!(n, next[speaker].to_string());
            next[speaker] += 1;
        }
    }
    assert_eq!(next, [100; 5]);
    while let Some(speaker) = speakers.join_next().await {
        speaker.unwrap();
    }
}

#[tokio::test]
async fn json_however_deep_harms_nobody() {
    let io = SocketIo::builder().namespace(echo("/")).namespace(echo("/b")).build().unwrap();
    let address = serve(&io).await;
    let (mut other, _) = Ws::joined(address).await;
    let open = "[".repeat(100_000);
    let whole = format!("{open}{}", "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    for (packet, closes) in [
        (format!("40/b,{{\"a\":{open}"), true),
        (format!("40/b,{{\"a\":{whole}}}"), true),
        (format!("42[\"ask\",{open}"), false),
        (format!("42[\"ask\",{whole}]"), false),
        (format!("42[\"ask\",{objects}]"), false),
        (format!("42[{whole}]"), false),
        (format!("431[{whole}]"), true),
        (format!("451-[\"ask\",{whole}]"), true),
    ] {
        let (mut ws, _) = Ws::joined(address).await;
        ws.send(&packet).await;
        let packet = packet.get(..20).unwrap();
        if closes {
            assert!(matches!(ws.rest().await[..], [Got::Close(Some(1002))]), "{packet}");
        } else {
            assert_eq!(ws.ask(1, "[\"ask\",1]").await, json!([1]), "{packet}");
        }
    }
    assert_eq!(other.ask(1, "[\"ask\",1]").await, json!([1]));
}

#[tokio::test]
async fn a_client_that_never_reads_is_gone_in_time() {
    let io = SocketIo::builder().namespace(echo("/")).outbox_limit(100_000).build().unwrap();
    let (_ws, _) = Ws::joined(serve(&io).await).await;
    let text = "x".repeat(50_000);
    for n in 0.. {
        if io.figures().sockets == 0 {
            break;
        }
        assert!(n < 10_000, "never too slow");
        io.of("/").emit("x", &text).unwrap();
        tokio::task::yield_now().await;
    }
    // What was written last is waited for, but not for ever.
    eventually("the end of the connection", || io.figures() == Default::default()).await;
}

/// An adapter that reaches nobody: it fails when it is told something, and never answers.
struct CutOff;

impl Adapter for CutOff {
    fn start(&self, _: Local) {}

    fn publish(&self, _: &str, _: Command) {
        panic!("on purpose");
    }

    fn ask(&self, _: &str, _: Question, _: Duration) -> Answers {
        futures_util::stream::pending().boxed()
    }
}

#[tokio::test]
async fn an_adapter_that_is_cut_off_costs_nothing_here() {
    let io = SocketIo::builder().namespace(echo("/")).adapter(Arc::new(CutOff)).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    let all = io.of("/");
    assert!(catch_unwind(AssertUnwindSafe(|| all.emit("news", &1))).is_err());
    assert_eq!(ws.event().await, json!(["news", 1]));
    assert!(catch_unwind(AssertUnwindSafe(|| all.join("room"))).is_err());
    let soon = Duration::from_millis(200);
    let found = within(all.clone().to("room").fetch_sockets(soon)).await;
    assert_eq!(found.iter().map(|socket| &socket.id).collect::<Vec<_>>(), [&id]);
    assert_eq!(within(all.all_rooms(soon)).await, ["room"]);
    let (acks, ()) = tokio::join!(within(all.emit_with_ack::<u32, _>("n", &(), soon)), async {
        let text = ws.text().await;
        let number = text.strip_prefix("42").unwrap().split_once('[').unwrap().0;
        ws.send(&format!("43{number}[7]")).await;
    });
    assert_eq!(acks.unwrap().replies, [Ok(7)]);
    let none = within(all.server_side_emit_with_ack::<u32, _>("n", &(), soon)).await.unwrap();
    assert!(none.replies.is_empty());
}

#[tokio::test]
async fn who_fails_to_connect_leaves_nothing() {
    let namespace = Namespace::new("/")
        .guard(async |handshake: Handshake| match handshake.auth::<Value>() {
            Ok(auth) if auth["fine"] == true => Ok(()),
            _ => Err(ConnectError::new("no")),
        })
        .on("n", || async { Reply(1) });
    let builder = SocketIo::builder().namespace(namespace).max_connections(10).allow_request(|parts| {
        let refused = parts.uri.query().is_some_and(|query| query.contains("refused"));
        async move { if refused { Err(Refusal::forbidden("no")) } else { Ok(()) } }
    });
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    for packet in ["40", "40/nowhere,"].repeat(10) {
        for query in
            ["EIO=4&transport=polling&refused", "EIO=4&transport=websocket", "EIO=7&transport=polling"]
        {
            assert_ne!(http(address, "GET", query, "").await.status, 200);
        }
        let mut ws = Ws::session(address).await;
        ws.send(packet).await;
        assert!(ws.text().await.starts_with("44"));
        drop(ws);
        eventually("nothing is left", || io.figures() == Default::default()).await;
    }
    for _ in 0..10 {
        let polls = Polls::open(address).await;
        polls.post("40").await;
        assert!(polls.get().await.body.starts_with("44"));
        polls.post("1").await;
    }
    eventually("nothing is left", || io.figures() == Default::default()).await;
    let mut ws = Ws::session(address).await;
    ws.join("40{\"fine\":true}").await;
    assert_eq!(ws.ask(1, "[\"n\"]").await, json!([1]));
}
