//! Socket.IO: joining, events, acknowledgements, binary, and what is wrong with them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::masked::masked;
use crate::support::{Gate, Got, PATIENCE, Polls, Ws, serve, within};
use chinwag_socketio::{
    Ack, AckError, AllPayloads, Binary, BuildError, Closing, ConnectError, Data, EventName, Handshake,
    Namespace, Payload, RawArguments, Rejection, Reply, Socket, SocketIo, State,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn with(namespace: Namespace) -> std::net::SocketAddr {
    serve(&SocketIo::builder().namespace(namespace).build().unwrap()).await
}

#[tokio::test]
async fn middleware_sees_the_handshake_and_decides() {
    #[derive(Deserialize)]
    struct Auth {
        name: String,
    }
    let namespace = Namespace::new("/chat")
        .connect(async |handshake: Handshake| {
            assert_eq!(handshake.namespace(), "/chat");
            assert_eq!(handshake.headers()["x-test"], "yes");
            assert!(handshake.query().contains("flavour=vanilla"));
            let auth: Auth = handshake.auth().map_err(|error| {
                ConnectError::new("who are you?")
                    .with_data(json!({ "code": "unauthenticated", "why": error.message() }))
            })?;
            Ok(Arc::new(auth.name))
        })
        .on("who", |Data(name): Data<String>, ack: Ack| async move { ack.send(&*name) });
    let address = with(namespace).await;
    let query = "EIO=4&transport=websocket&flavour=vanilla";
    let mut ws = Ws::open_with(address, query, "X-Test: yes\r\n").await.unwrap();
    ws.text().await;
    ws.send("40/chat,").await;
    assert_eq!(
        ws.text().await,
        r#"44/chat,{"message":"who are you?","data":{"code":"unauthenticated","why":"missing field `name`"}}"#
    );
    ws.join(r#"40/chat,{"name":"ada"}"#).await;
    ws.send(r#"42/chat,7["who"]"#).await;
    assert_eq!(ws.text().await, r#"43/chat,7["ada"]"#);
    ws.send("40/nowhere").await;
    assert_eq!(ws.text().await, r#"44/nowhere,{"message":"Invalid namespace"}"#);
}

#[tokio::test]
async fn a_refusal_for_now_closes_the_transport_without_an_order_to_stay_away() {
    let later = Namespace::new("/later").connect(async |_: Handshake| {
        Err::<Arc<()>, _>(ConnectError::try_later(Closing::new("unavailable", 500)))
    });
    let io = SocketIo::builder().namespace(Namespace::new("/")).namespace(later).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    ws.send("40/later,").await;
    assert_eq!(ws.event().await, json!(["server:closing", { "code": "unavailable", "retry_ms": 500 }]));
    assert!(matches!(ws.next().await, Got::Close(_)));
}

#[tokio::test]
async fn joining_twice_and_speaking_where_one_never_was_close() {
    let io =
        SocketIo::builder().namespace(Namespace::new("/")).namespace(Namespace::new("/b")).build().unwrap();
    let address = serve(&io).await;
    for packet in [
        "40",
        "42/b,[\"x\"]",
        "41/b",
        "44",
        "40[]",
        "41{}",
        "42",
        "42{}",
        "42[]",
        "42[{}]",
        "42[\"disconnect\"]",
        "42[\"x\"",
        "42[\"x\"]]",
        "43[]",
        "45[]",
        "45-[\"x\"]",
        "45x-[\"x\"]",
        "45",
        "45woooot",
        "4511-[\"x\"]",
        "42abc[\"x\"]",
        "4abc",
        "47",
        "4",
        "7",
        "",
    ] {
        let (mut ws, _) = Ws::joined(address).await;
        ws.send(packet).await;
        assert!(matches!(ws.next().await, Got::Close(_)), "{packet}");
    }
}

#[tokio::test]
async fn one_may_leave_a_namespace_and_join_it_again() {
    let address = with(Namespace::new("/").on("ping", |ack: Ack| async move { ack.send("pong") })).await;
    let (mut ws, first) = Ws::joined(address).await;
    ws.send("41").await;
    ws.send("42[\"ping\"]").await;
    let second = ws.join("40").await;
    assert_ne!(first, second);
    assert_eq!(ws.ask(1, "[\"ping\"]").await, json!(["pong"]));
}

#[tokio::test]
async fn events_of_one_client_are_handled_in_order() {
    let namespace = Namespace::new("/").on("n", |socket: Socket, Payload(n): Payload<u64>| async move {
        // The later it comes, the shorter it takes.
        tokio::time::sleep(Duration::from_micros(2000 / (n + 1))).await;
        socket.emit("n", &n).unwrap();
    });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    for n in 0..300 {
        ws.send(&format!("42[\"n\",{n}]")).await;
    }
    for n in 0..300 {
        assert_eq!(ws.event().await, json!(["n", n]));
    }
}

#[tokio::test]
async fn a_handler_may_wait_for_its_own_client() {
    let namespace = Namespace::new("/").on("ask", |socket: Socket, ack: Ack| async move {
        let answer: Result<u64, _> = socket.emit_with_ack("question", &"?", Duration::from_secs(5)).await;
        ack.send(&answer.unwrap());
    });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    ws.send("421[\"ask\"]").await;
    // Events that come meanwhile wait.
    ws.send("422[\"ask\"]").await;
    assert_eq!(ws.text().await, r#"420["question","?"]"#);
    ws.silence().await;
    ws.send("430[41]").await;
    assert_eq!(ws.ack(1).await, json!([41]));
    assert_eq!(ws.text().await, r#"421["question","?"]"#);
    ws.send("431[42]").await;
    assert_eq!(ws.ack(2).await, json!([42]));
}

#[tokio::test]
async fn acknowledgements_that_do_not_come_are_told_apart() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let namespace = Namespace::new("/").on("go", move |socket: Socket, Payload(ms): Payload<u64>| {
        let tell = tell.clone();
        async move {
            let answer: Result<u64, _> = socket.emit_with_ack("q", &(), Duration::from_millis(ms)).await;
            tell.send(answer).unwrap();
        }
    });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    ws.send("42[\"go\",10]").await;
    assert!(matches!(within(told.recv()).await, Some(Err(AckError::Timeout))));
    ws.text().await;
    ws.send("42[\"go\",5000]").await;
    ws.text().await;
    ws.send("431[\"no number\"]").await;
    assert!(matches!(within(told.recv()).await, Some(Err(AckError::Payload(_)))));
    ws.send("42[\"go\",5000]").await;
    ws.text().await;
    drop(ws);
    assert!(matches!(within(told.recv()).await, Some(Err(AckError::Disconnected))));
}

#[tokio::test]
async fn what_cannot_be_handled_is_answered() {
    #[derive(Deserialize)]
    struct Post {
        room: String,
        at: At,
    }
    #[derive(Deserialize)]
    struct At {
        x: u32,
    }
    let namespace = Namespace::new("/")
        .on(
            "post",
            |Payload(post): Payload<Post>| async move { Reply(format!("{}{}", post.room, post.at.x)) },
        )
        .on("pair", |AllPayloads((a, b)): AllPayloads<(u32, String)>| async move { Reply(json!([a, b])) })
        .on("maybe", |Payload(value): Payload<Option<u32>>| async move { Reply(value) })
        .on("panics", |ack: Ack| async move {
            assert!(!ack.is_wanted(), "on purpose");
        })
        .on("refuses", || async { Err::<(), _>(Reply("no")) });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    let error =
        |code: &str, message: &str| json!([{ "ok": false, "error": { "code": code, "message": message } }]);
    assert_eq!(ws.ask(0, r#"["post",{"room":"a","at":{"x":1}},"ignored"]"#).await, json!(["a1"]));
    assert_eq!(
        ws.ask(1, r#"["post",{"room":"a","at":{"x":"1"}}]"#).await,
        error("payload_invalid", "at.x: invalid type: string \"1\", expected u32")
    );
    assert_eq!(ws.ask(2, r#"["post",{"room":"a"}]"#).await, error("payload_invalid", "missing field `at`"));
    assert_eq!(ws.ask(3, r#"["post"]"#).await, error("payload_invalid", "a payload is expected"));
    assert_eq!(ws.ask(4, r#"["pair",7,"b",null]"#).await, json!([[7, "b"]]));
    assert_eq!(ws.ask(5, r#"["pair",7]"#).await[0]["error"]["code"], "payload_invalid");
    assert_eq!(ws.ask(6, r#"["maybe"]"#).await, json!([null]));
    assert_eq!(ws.ask(7, r#"["maybe",3]"#).await, json!([3]));
    assert_eq!(ws.ask(8, r#"["panics"]"#).await, error("internal", "The event could not be handled."));
    assert_eq!(ws.ask(9, r#"["refuses"]"#).await, json!(["no"]));
    assert_eq!(ws.ask(10, r#"["what\u003f"]"#).await, error("event_unknown", "There is no event \"what?\"."));
    let deep = format!("[\"post\",{}{}]", "[".repeat(64), "]".repeat(64));
    assert_eq!(
        ws.ask(11, &deep).await,
        error("payload_invalid", "The payload is nested more than 64 levels deep.")
    );
    // Without an acknowledgement there is nobody to tell, and the connection goes on.
    ws.send(&format!("42{deep}")).await;
    ws.send("42[\"what\"]").await;
    ws.send("42[\"post\"]").await;
    assert_eq!(ws.ask(12, r#"["maybe",1]"#).await, json!([1]));
}

#[tokio::test]
async fn the_application_words_rejections_and_takes_unknown_events() {
    let namespace = Namespace::new("/")
        .on("n", |Payload(n): Payload<u32>| async move { Reply(n) })
        .on_unknown(|EventName(name): EventName| async move { Reply(name) });
    let io = SocketIo::builder()
        .namespace(namespace)
        .rejections(|rejection| json!([rejection.code()]))
        .build()
        .unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    assert_eq!(ws.ask(1, r#"["n","x"]"#).await, json!([["payload_invalid"]]));
    assert_eq!(ws.ask(2, r#"["else"]"#).await, json!(["else"]));
    assert_eq!(ws.ask(3, r#"[17]"#).await, json!(["17"]));
}

/// Also where it is asked because a handler panicked.
#[tokio::test]
async fn words_for_rejections_that_panic_are_replaced() {
    let namespace = Namespace::new("/").on("panics", |ack: Ack| async move {
        assert!(!ack.is_wanted(), "on purpose");
    });
    let rejections = |_: &Rejection| panic!("on purpose, too");
    let io = SocketIo::builder().namespace(namespace).rejections(rejections).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    assert_eq!(ws.ask(1, r#"["else"]"#).await[0]["error"]["code"], "event_unknown");
    assert_eq!(ws.ask(2, r#"["panics"]"#).await[0]["error"]["code"], "internal");
    assert_eq!(ws.ask(3, r#"["else"]"#).await[0]["error"]["code"], "event_unknown");
}

#[tokio::test]
async fn binary_goes_both_ways_at_any_depth() {
    #[derive(Deserialize, Serialize)]
    struct Picture {
        name: String,
        layers: Vec<Binary>,
    }
    let namespace = Namespace::new("/")
        .on("picture", |Payload(mut picture): Payload<Picture>| async move {
            picture.layers.reverse();
            Reply(picture)
        })
        .on("raw", |socket: Socket, arguments: RawArguments, ack: Ack| async move {
            socket.emit_all("raw", &arguments).unwrap();
            let empty: HashMap<&str, Value> = HashMap::new();
            ack.send(&empty);
        });
    let (mut ws, _) = Ws::joined(with(namespace).await).await;
    ws.send(r#"452-1["picture",{"name":"x","layers":[{"_placeholder":true,"num":1},{"num":0,"_placeholder":true}]}]"#)
        .await;
    ws.binary(b"zero").await;
    ws.binary(b"").await;
    assert_eq!(
        ws.text().await,
        r#"462-1[{"name":"x","layers":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}]"#
    );
    assert_eq!(ws.next().await, Got::Binary(b"zero".to_vec()));
    assert_eq!(ws.next().await, Got::Binary(b"".to_vec()));
    ws.send(r#"451-2["raw",{"_placeholder":true,"num":0},5]"#).await;
    ws.binary(b"abc").await;
    assert_eq!(ws.text().await, r#"451-["raw",{"_placeholder":true,"num":0},5]"#);
    assert_eq!(ws.next().await, Got::Binary(b"abc".to_vec()));
    assert_eq!(ws.ack(2).await, json!([{}]));
    // A placeholder without its attachment is a wrong payload.
    let answer = ws.ask(3, r#"["picture",{"name":"x","layers":[{"_placeholder":true,"num":0}]}]"#).await;
    assert_eq!(answer[0]["error"]["message"], "layers[0]: there is no such attachment");
    ws.send(r#"450-4["picture",{"name":"none","layers":[]}]"#).await;
    assert_eq!(ws.ack(4).await, json!([{ "name": "none", "layers": [] }]));
    for wrong in [r#"451-["raw"]"#, r#"4511-["raw"]"#] {
        ws = Ws::joined(with(Namespace::new("/")).await).await.0;
        ws.send(wrong).await;
        ws.send("42[\"text in place of binary\"]").await;
        assert!(matches!(ws.next().await, Got::Close(_)));
    }
    let (mut ws, _) = Ws::joined(with(Namespace::new("/")).await).await;
    ws.binary(b"binary that nobody announced").await;
    assert!(matches!(ws.next().await, Got::Close(_)));
}

#[tokio::test]
async fn attachments_count_towards_the_limit_together() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).max_payload(1000).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    ws.send(r#"452-["x"]"#).await;
    ws.binary(&[0; 600]).await;
    ws.binary(&[0; 600]).await;
    assert_eq!(ws.next().await, Got::Close(Some(1009)));
}

#[tokio::test]
async fn events_wait_in_a_bounded_queue_and_none_is_lost() {
    const EVENTS: usize = 2500;
    let heard: Arc<Mutex<Vec<usize>>> = Arc::default();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let namespace = Namespace::new("/").on("x", {
        let (heard, gate) = (heard.clone(), gate.clone());
        move |AllPayloads((n, _)): AllPayloads<(usize, String)>| {
            let (heard, gate) = (heard.clone(), gate.clone());
            async move {
                gate.acquire().await.unwrap().forget();
                // Slower than they come, so that the queue is full again and again.
                if n % 4 == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                heard.lock().unwrap().push(n);
            }
        }
    });
    let builder = crate::support::quick().ping_timeout(Duration::from_millis(500)).event_queue(8);
    let io = builder.namespace(namespace).build().unwrap();
    let (ws, _) = Ws::joined(serve(&io).await).await;
    let (mut pings, writer) = ws.stream.into_split();
    let writer = Arc::new(tokio::sync::Mutex::new(writer));
    let write = |text: &str| (writer.clone(), masked(0x81, text.as_bytes(), [1, 2, 3, 250]));
    let padding = "x".repeat(10_000);
    let sending = async {
        for n in 0..EVENTS {
            let (writer, frame) = write(&format!("42[\"x\",{n},\"{padding}\"]"));
            writer.lock().await.write_all(&frame).await.unwrap();
        }
    };
    // Nothing else is sent to it.
    let answering = async {
        loop {
            let mut ping = [0; 3];
            pings.read_exact(&mut ping).await.unwrap();
            assert_eq!(ping, *b"\x81\x012");
            let (writer, frame) = write("3");
            writer.lock().await.write_all(&frame).await.unwrap();
        }
    };
    let (sent, mut told) = tokio::sync::oneshot::channel();
    let watching = async {
        // 25 MB do not fit anywhere: the server stops reading, and the client has to wait.
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut told).await.is_err());
        assert_eq!(*heard.lock().unwrap(), [0; 0]);
        // It was not read from, so it was not thrown out for the pongs that nobody looked for.
        assert_eq!(io.figures().sockets, 1);
        gate.add_permits(EVENTS);
        tokio::time::timeout(Duration::from_secs(60), told).await.unwrap().unwrap();
        crate::support::eventually("the last", || heard.lock().unwrap().last() == Some(&(EVENTS - 1))).await;
    };
    let sending = async {
        sending.await;
        sent.send(()).unwrap();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = watching => {}
        () = sending => {}
        () = answering => {}
    }
    assert!(
        *heard.lock().unwrap() == (0..EVENTS).collect::<Vec<_>>(),
        "all of them, each once, in their order"
    );
}

#[tokio::test]
async fn what_comes_before_a_disconnect_is_handled_and_nothing_after_it() {
    let gate = Gate::new();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let namespace = Namespace::new("/")
        .on("x", {
            let (heard, gate) = (heard.clone(), gate.clone());
            move |AllPayloads((n, bytes)): AllPayloads<(u32, Option<Binary>)>| {
                let (heard, gate) = (heard.clone(), gate.clone());
                async move {
                    gate.pass().await;
                    heard
                        .lock()
                        .unwrap()
                        .push(format!("{n} with {}", bytes.map_or(0, |bytes| bytes.as_ref().len())));
                }
            }
        })
        .on_disconnect({
            let heard = heard.clone();
            move |_, reason| {
                heard.lock().unwrap().push(reason.to_string());
                async {}
            }
        });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    let asked = tokio::spawn(async move { socket.emit_with_ack::<u32, _>("all?", &(), PATIENCE).await });
    assert_eq!(ws.text().await, "420[\"all?\",null]");
    ws.send("42[\"x\",1,null]").await;
    ws.send("451-[\"x\",2,{\"_placeholder\":true,\"num\":0}]").await;
    ws.binary(&[0; 10]).await;
    ws.send("41").await;
    ws.send("42[\"x\",3,null]").await;
    // Acknowledgements pass what waits: when this one is there, so is all that was sent before it.
    ws.send("430[5]").await;
    assert_eq!(within(asked).await.unwrap().unwrap(), 5);
    gate.reached().await;
    assert_eq!(*heard.lock().unwrap(), [""; 0], "the first is being handled, and the rest waits");
    (0..3).for_each(|_| gate.open());
    // The connection stays, and what comes next is behind all of that.
    ws.join("40").await;
    assert_eq!(*heard.lock().unwrap(), ["1 with 0", "2 with 10", "client namespace disconnect"]);
}

#[tokio::test]
async fn states_are_checked_when_the_server_is_built() {
    struct App(u32);
    let namespace = || Namespace::new("/").on("n", |State(app): State<App>| async move { Reply(app.0) });
    let error = SocketIo::builder().namespace(namespace()).build().unwrap_err();
    assert!(matches!(error, BuildError::StateMissing(name) if name.ends_with("App")));
    let io = SocketIo::builder().namespace(namespace()).state(Arc::new(App(5))).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    assert_eq!(ws.ask(1, r#"["n"]"#).await, json!([5]));

    let twice = SocketIo::builder().namespace(Namespace::new("/a")).namespace(Namespace::new("/a")).build();
    assert_eq!(twice.unwrap_err(), BuildError::NamespaceTwice("/a".into()));
    for name in ["", "a", "/a,b", "/a?b"] {
        let error = SocketIo::builder().namespace(Namespace::new(name)).build().unwrap_err();
        assert_eq!(error, BuildError::NamespaceName(name.into()));
    }
}

#[tokio::test]
async fn questions_may_have_several_arguments() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    let soon = Duration::from_secs(5);
    let one = tokio::spawn(async move { socket.emit_all_with_ack::<u8, _>("add", &(2, 3), soon).await });
    assert_eq!(ws.text().await, r#"420["add",2,3]"#);
    ws.send("430[5,\"more\"]").await;
    assert_eq!(one.await.unwrap().unwrap(), 5);
    let all = tokio::spawn(async move { io.of("/").emit_all_with_ack::<u8, _>("add", &[1, 1], soon).await });
    assert_eq!(ws.text().await, r#"421["add",1,1]"#);
    ws.send("431[2]").await;
    assert_eq!(all.await.unwrap().unwrap().replies, [Ok(2)]);
}

#[tokio::test]
async fn a_handler_may_wait_for_a_client_that_has_sent_more_than_may_wait() {
    let namespace = Namespace::new("/").on("ask", |socket: Socket, ack: Ack| async move {
        let answer: Result<u64, _> = socket.emit_with_ack("question", &"?", Duration::from_secs(5)).await;
        ack.send(&answer.unwrap());
    });
    let io = SocketIo::builder().namespace(namespace).event_queue(16).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    for id in 0..50 {
        ws.send(&format!("42{id}[\"ask\"]")).await;
    }
    for id in 0..50 {
        assert_eq!(ws.text().await, format!("42{id}[\"question\",\"?\"]"));
        ws.send(&format!("43{id}[{id}]")).await;
        assert_eq!(ws.ack(id).await, json!([id]));
    }
}

/// As a client does that disconnects before it is in, and connects again.
#[tokio::test]
async fn who_asks_to_join_twice_before_it_is_in_is_let_in_once() {
    let address = with(Namespace::new("/").on("ping", |ack: Ack| async move { ack.send("pong") })).await;
    let polls = Polls::open(address).await;
    assert_eq!(polls.post("40\u{1e}40\u{1e}421[\"ping\"]").await.status, 200);
    let said = polls.get().await.body;
    let mut said = said.split('\u{1e}');
    assert!(said.next().unwrap().starts_with("40{"));
    assert_eq!(said.collect::<Vec<_>>(), [r#"431["pong"]"#]);
    // With the end of the first between them there are two.
    assert_eq!(polls.post("41\u{1e}40\u{1e}41\u{1e}40").await.status, 200);
    let said = polls.get().await.body;
    assert_eq!(said.split('\u{1e}').filter(|packet| packet.starts_with("40{")).count(), 2, "{said}");
}
