//! Socket.IO: what events can carry, how large they may be, and what becomes of them at the end.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinwag_socketio::{
    Ack, Binary, BuildError, Closing, DisconnectReason, EmitError, EncodeError, Encoded, Handshake,
    Namespace, Payload, RawArguments, Socket, SocketIo,
};
use serde_json::json;

use crate::support::{Gate, Got, Polls, Ws, serve, within};

const SOON: Duration = Duration::from_secs(5);

fn echo(name: &str) -> Namespace {
    Namespace::new(name)
        .on("echo", |socket: Socket, arguments: RawArguments| async move {
            socket.emit_all("echo", &arguments).unwrap();
        })
        .on("ask", |arguments: RawArguments, ack: Ack| async move { ack.send_all(&arguments) })
}

fn socket(io: &SocketIo, id: &str) -> Socket {
    io.socket("/", id.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn values_of_every_kind_go_both_ways() {
    let io = SocketIo::builder().namespace(echo("/")).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    for list in ["", ",null", ",1,\"2\",[3]", ",\"utf8 — 石室詩士施氏\"", ",{\"a\":[{}],\"b\":-1.5e-7},true"]
    {
        ws.send(&format!("42[\"echo\"{list}]")).await;
        assert_eq!(ws.text().await, format!("42[\"echo\"{list}]"));
        ws.send(&format!("421[\"ask\"{list}]")).await;
        assert_eq!(ws.text().await, format!("431[{}]", list.strip_prefix(',').unwrap_or_default()));
    }
    let mixed = r#"1,{"_placeholder":true,"num":0},"3",[4],[{"_placeholder":true,"num":1},"swag"]"#;
    for (sent, answered) in [
        (format!("452-[\"echo\",{mixed}]"), format!("452-[\"echo\",{mixed}]")),
        (format!("452-3[\"ask\",{mixed}]"), format!("462-3[{mixed}]")),
    ] {
        ws.send(&sent).await;
        ws.binary(b"one").await;
        ws.binary(b"").await;
        assert_eq!(ws.text().await, answered);
        assert_eq!((ws.next().await, ws.next().await), (Got::Binary(b"one".into()), Got::Binary(vec![])));
    }
    // What the server asks is answered with nothing, a value, and bytes.
    let socket = socket(&io, &id);
    let asked = |what: &'static str| {
        let socket = socket.clone();
        tokio::spawn(async move { socket.emit_with_ack::<Option<u32>, _>("hi", &what, SOON).await.unwrap() })
    };
    for (answer, heard) in [("[]", None), ("", None), ("[3,4]", Some(3))] {
        let asked = asked("you");
        let text = ws.text().await;
        let id = text.strip_prefix("42").unwrap().strip_suffix("[\"hi\",\"you\"]").unwrap();
        ws.send(&format!("43{id}{answer}")).await;
        assert_eq!(within(asked).await.unwrap(), heard);
    }
    let asked = tokio::spawn(async move {
        socket.emit_with_ack::<Binary, _>("hi", &Binary::from(vec![0; 4]), SOON).await.unwrap()
    });
    assert_eq!(ws.text().await, "451-3[\"hi\",{\"_placeholder\":true,\"num\":0}]");
    assert_eq!(ws.next().await, Got::Binary(vec![0; 4]));
    ws.send("461-3[{\"_placeholder\":true,\"num\":0}]").await;
    ws.binary(&[255]).await;
    assert_eq!(within(asked).await.unwrap().as_ref(), [255]);
}

#[tokio::test]
async fn large_texts_and_bytes_go_both_ways() {
    let io = SocketIo::builder().namespace(echo("/")).max_payload(4_000_000).build().unwrap();
    let address = serve(&io).await;
    let text = "aü€😀".repeat(100_000);
    let bytes: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
    let event = format!("42[\"echo\",\"{text}\"]");
    let binary = "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]";
    let (mut ws, _) = Ws::joined(address).await;
    ws.send(&event).await;
    assert!(ws.text().await == event);
    ws.send(binary).await;
    ws.binary(&bytes).await;
    assert_eq!(ws.text().await, binary);
    assert!(ws.next().await == Got::Binary(bytes.clone()));

    let (polls, _) = Polls::joined(address).await;
    assert_eq!(polls.post(&event).await.status, 200);
    assert!(polls.get().await.body == event);
    let body = format!("{binary}\u{1e}b{}", STANDARD.encode(&bytes));
    assert_eq!(polls.post(&body).await.status, 200);
    assert!(polls.get().await.body == body);
}

#[tokio::test]
async fn what_was_said_before_a_close_arrives() {
    let io = SocketIo::builder().namespace(echo("/")).build().unwrap();
    let address = serve(&io).await;
    let say = |id: &str| {
        let socket = socket(&io, id);
        for letter in ["a", "b", "c"] {
            socket.emit("said", &letter).unwrap();
        }
        socket.close();
        // And nothing after it.
        socket.emit("said", &"d").unwrap();
    };
    let (mut ws, id) = Ws::joined(address).await;
    say(&id);
    for letter in ["a", "b", "c"] {
        assert_eq!(ws.event().await, json!(["said", letter]));
    }
    assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
    let (polls, id) = Polls::joined(address).await;
    say(&id);
    assert_eq!(polls.get().await.body, "42[\"said\",\"a\"]\u{1e}42[\"said\",\"b\"]\u{1e}42[\"said\",\"c\"]");
    assert_eq!(polls.get().await.body, "1");
}

#[tokio::test]
async fn the_server_may_close_after_a_ping() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let namespace = echo("/").on_disconnect(move |_, reason| {
        tell.send(reason).unwrap();
        async {}
    });
    // Silence is noticed later than a test waits.
    let builder = SocketIo::builder().namespace(namespace).ping_timeout(Duration::from_secs(60));
    let io = builder.ping_interval(Duration::from_millis(50)).build().unwrap();
    let address = serve(&io).await;
    for answered in [true, false] {
        let (mut ws, id) = Ws::joined(address).await;
        assert_eq!(ws.next().await, Got::Text("2".into()));
        if answered {
            ws.send("3").await;
        }
        socket(&io, &id).close();
        assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
        assert_eq!(within(told.recv()).await, Some(DisconnectReason::ServerClose));
    }
}

/// The original drops it.
#[tokio::test]
async fn a_server_that_ends_still_sends_what_waits() {
    let io = SocketIo::builder().namespace(echo("/")).build().unwrap();
    let address = serve(&io).await;
    let (mut ws, _) = Ws::joined(address).await;
    let (polls, _) = Polls::joined(address).await;
    io.of("/").emit("last", &"words").unwrap();
    let closing = "42[\"server:closing\",{\"code\":\"draining\",\"retry_ms\":1}]";
    let (drained, ..) = tokio::join!(
        io.shutdown(Closing::draining(1), SOON),
        async {
            assert_eq!(ws.event().await, json!(["last", "words"]));
            assert_eq!(ws.text().await, closing);
        },
        async {
            let mut said = polls.get().await.body;
            if !said.contains("closing") {
                said = [said, polls.get().await.body].join("\u{1e}");
            }
            assert_eq!(said, format!("42[\"last\",\"words\"]\u{1e}{closing}"));
            assert_eq!(polls.get().await.body, "1");
        }
    );
    assert!(drained);
}

#[tokio::test]
async fn heartbeats_go_between_many_large_messages() {
    const MESSAGES: u64 = 40;
    let builder = SocketIo::builder().namespace(echo("/")).outbox_limit(64 << 20);
    let io = builder.ping_interval(Duration::from_millis(100)).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    // More than the kernel takes for the client.
    let padding = "a".repeat(1 << 20);
    for n in 0..MESSAGES {
        io.of("/").emit_all("large", &(n, &padding)).unwrap();
    }
    // Nothing is read until the heartbeat is long due.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut heard = Vec::new();
    let mut before = None;
    while heard.len() < MESSAGES as usize {
        match ws.next().await {
            Got::Text(ping) if ping == "2" => before = before.or(Some(heard.len())),
            Got::Text(text) => {
                let event: serde_json::Value =
                    serde_json::from_str(text.strip_prefix("42").unwrap()).unwrap();
                heard.push(event[1].as_u64().unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(before.is_some_and(|before| before < 30), "after {before:?} messages");
    assert_eq!(heard, (0..MESSAGES).collect::<Vec<_>>());
    ws.send("3").await;
    assert_eq!(ws.ask(1, "[\"ask\",1]").await, json!([1]));
}

/// Clients take such an event for a fault of the protocol, and disconnect.
#[tokio::test]
async fn names_of_the_protocol_are_no_events() {
    let io = SocketIo::builder().namespace(echo("/")).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    let socket = socket(&io, &id);
    for name in ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"] {
        let all = io.of("/").emit(name, &1);
        assert!(matches!(all, Err(EmitError::Encode(EncodeError::Reserved))), "{name}");
        assert!(matches!(socket.emit(name, &1), Err(EncodeError::Reserved)), "{name}");
        assert!(matches!(socket.emit_all(name, &(1, 2)), Err(EncodeError::Reserved)), "{name}");
        assert!(matches!(Encoded::event("/", name, &1), Err(EncodeError::Reserved)), "{name}");
        assert!(socket.emit_with_ack::<u8, _>(name, &1, SOON).await.is_err(), "{name}");
    }
    socket.emit("connected", &1).unwrap();
    assert_eq!(ws.event().await, json!(["connected", 1]));
    // Nor are there handlers for what never comes.
    let handled = Namespace::new("/").on("disconnect", || async {});
    let built = [
        SocketIo::builder().namespace(handled).build(),
        SocketIo::builder().closing_event("disconnect").build(),
    ];
    for built in built {
        assert_eq!(built.err(), Some(BuildError::EventReserved("disconnect".to_owned())));
    }
}

#[tokio::test]
async fn volatile_events_with_bytes_go_whole_or_not_at_all() {
    let io = SocketIo::builder().namespace(echo("/")).outbox_limit(2000).build().unwrap();
    let address = serve(&io).await;
    let (polls, id) = Polls::joined(address).await;
    let bytes = |byte: u8| Binary::from(vec![byte; 3]);
    socket(&io, &id).volatile().emit("v", &bytes(1)).unwrap();
    socket(&io, &id).volatile().emit("v", &bytes(2)).unwrap();
    assert_eq!(io.of("/").volatile().emit("v", &bytes(3)).unwrap(), 0);
    socket(&io, &id).emit("n", &bytes(4)).unwrap();
    let event = |name: &str| format!("451-[\"{name}\",{{\"_placeholder\":true,\"num\":0}}]");
    let expected = [event("v"), "bAQEB".into(), event("n"), "bBAQE".into()].join("\u{1e}");
    assert_eq!(polls.get().await.body, expected);

    let (mut ws, id) = Ws::joined(address).await;
    let mut queued = Vec::new();
    for byte in (0..=255).cycle().take(1000) {
        // All together more than the kernel takes for the client.
        let bytes = Binary::from(vec![byte; 20_000]);
        if io.of("/").to(id.clone()).volatile().emit("v", &bytes).unwrap() == 1 {
            queued.push(byte);
        }
    }
    assert!(queued.len() < 1000, "one after the other, without a pause, there was no room for all");
    for byte in queued {
        assert_eq!(ws.text().await, event("v"));
        assert_eq!(ws.next().await, Got::Binary(vec![byte; 20_000]));
    }
}

#[tokio::test]
async fn what_comes_right_behind_a_connect_waits_for_its_end() {
    let gate = Gate::new();
    let chat = Namespace::new("/chat")
        .guard({
            let gate = gate.clone();
            move |_: Handshake| {
                let gate = gate.clone();
                async move {
                    gate.pass().await;
                    Ok(())
                }
            }
        })
        .on_connect(|socket: Socket| async move { socket.emit("welcome", &()).unwrap() })
        .on("hi", |socket: Socket, Payload(n): Payload<u32>| async move { socket.emit("hi", &n).unwrap() });
    let io = SocketIo::builder().namespace(chat).build().unwrap();
    let mut ws = Ws::session(serve(&io).await).await;
    ws.send("40/chat,").await;
    gate.reached().await;
    for n in 0..20 {
        ws.send(&format!("42/chat,[\"hi\",{n}]")).await;
    }
    ws.silence().await;
    gate.open();
    assert!(ws.text().await.starts_with("40/chat,{"));
    assert_eq!(ws.text().await, "42/chat,[\"welcome\",null]");
    for n in 0..20 {
        assert_eq!(ws.text().await, format!("42/chat,[\"hi\",{n}]"));
    }
}

/// JavaScript writes such a text as it is.
#[tokio::test]
async fn half_a_surrogate_pair_may_stand_beside_an_attachment() {
    let namespace = Namespace::new("/").on("up", |arguments: RawArguments, ack: Ack| async move {
        ack.send(&arguments.get().attachments().len());
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    ws.send(r#"451-2["up","\ud83d",{"_placeholder":true,"num":0}]"#).await;
    ws.binary(b"file").await;
    assert_eq!(ws.ack(2).await, json!([1]));
}
