//! Clients that speak Engine.IO 3 (Socket.IO 1 and 2), and those that poll with scripts.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chinwag_socketio::engine_io::Message;
use chinwag_socketio::{Ack, ConnectError, Handshake, Namespace, RawArguments, Socket, SocketIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Got, Polls, Ws, http, http_with, packets, payload, quick, serve};

const WEBSOCKET: &str = "EIO=3&transport=websocket";
const POLLING: &str = "EIO=3&transport=polling";

/// Sends back what it is sent, binary values included.
fn echo() -> Namespace {
    Namespace::new("/")
        .on("echo", |socket: Socket, arguments: RawArguments| async move {
            let _ = socket.emit_all("echoed", &arguments);
        })
        .on("ask", |arguments: RawArguments, ack: Ack| async move { ack.send_all(&arguments) })
}

async fn open(address: std::net::SocketAddr, query: &str) -> (Polls, Value) {
    let answer = http(address, "GET", query, "").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let open: Value = serde_json::from_str(packets(&answer.body)[0].strip_prefix('0').unwrap()).unwrap();
    let sid = open["sid"].as_str().unwrap().to_owned();
    (Polls { address, sid, dialect: query.to_owned() }, open)
}

#[tokio::test]
async fn are_let_into_the_main_namespace_by_themselves() {
    let io = quick().namespace(echo()).build().unwrap();
    let address = serve(&io).await;

    let mut ws = Ws::open_with(address, WEBSOCKET, "").await.unwrap();
    let open: Value = serde_json::from_str(ws.text().await.strip_prefix('0').unwrap()).unwrap();
    assert_eq!((&open["upgrades"], &open["pingInterval"]), (&json!([]), &json!(300)));
    assert_eq!(ws.text().await, "40");
    ws.send("42[\"echo\",\"ü\",1]").await;
    assert_eq!(ws.event().await, json!(["echoed", "ü", 1]));
    assert_eq!(ws.ask(7, "[\"ask\",null]").await, json!([null]));
    ws.send("41").await;
    ws.send("2").await;
    assert_eq!(ws.text().await, "3", "the connection stays");

    let (polls, open) = open_polling(address).await;
    assert_eq!(open["upgrades"], json!(["websocket"]));
    assert_eq!(packets(&polls.get().await.body), ["40"]);
    // Several packets in one request, and characters of two units beside the borders.
    let body = payload(&["42[\"echo\",\"😀\"]", "42[\"echo\",\"é😀\"]", "2"]);
    assert_eq!(polls.post(&body).await.body, "ok");
    let answer = packets(&polls.get().await.body);
    // Heartbeats pass the events that wait for their handlers.
    let echoed = [r#"42["echoed","\ud83d\ude00"]"#, r#"42["echoed","\u00e9\ud83d\ude00"]"#];
    assert_eq!(answer, [&["3"], &echoed[..]].concat());
}

async fn open_polling(address: std::net::SocketAddr) -> (Polls, Value) {
    open(address, POLLING).await
}

#[tokio::test]
async fn send_and_receive_bytes() {
    let io = quick().namespace(echo()).build().unwrap();
    let address = serve(&io).await;

    let mut ws = Ws::open_with(address, WEBSOCKET, "").await.unwrap();
    ws.text().await;
    ws.text().await;
    let event = "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]";
    ws.send(event).await;
    ws.binary(&[4, 0, 1, 255]).await;
    let echoed = "451-[\"echoed\",{\"_placeholder\":true,\"num\":0}]";
    assert_eq!(ws.text().await, echoed);
    assert_eq!(ws.next().await, Got::Binary(vec![4, 0, 1, 255]));

    // Over polling, as bytes.
    let (polls, _) = open_polling(address).await;
    polls.get().await;
    let mut body = vec![0, (event.len() / 10) as u8, (event.len() % 10) as u8, 255];
    body.extend_from_slice(event.as_bytes());
    body.extend([1, 4, 255, 4, 0, 1, 255]);
    let kind = "Content-Type: application/octet-stream\r\n";
    assert_eq!(http_with(address, "POST", &polls.query(), kind, &body).await.status, 200);
    let answer = crate::support::bytes(address, &polls.query()).await;
    assert!(answer.head.contains("content-type: application/octet-stream"), "{}", answer.head);
    let mut expected = vec![0, (echoed.len() / 10) as u8, (echoed.len() % 10) as u8, 255];
    expected.extend_from_slice(echoed.as_bytes());
    expected.extend([1, 4, 255, 4, 0, 1, 255]);
    assert_eq!(answer.body, expected);

    // Over polling, in text, by a client that cannot read bytes.
    let (polls, _) = open(address, &format!("{POLLING}&b64=1")).await;
    polls.get().await;
    polls.post(&payload(&[event, "b4AAH/"])).await;
    assert_eq!(packets(&polls.get().await.body), [echoed, "b4AAH/"]);
}

#[tokio::test]
async fn a_broadcast_reaches_every_kind_of_client() {
    let io = quick().namespace(echo()).namespace(Namespace::new("/elsewhere")).build().unwrap();
    let address = serve(&io).await;
    let (mut new, _) = Ws::joined(address).await;
    let mut elsewhere = Ws::session(address).await;
    elsewhere.send("40/elsewhere,").await;
    assert!(elsewhere.text().await.starts_with("40/elsewhere,"));
    let mut old = Ws::open_with(address, WEBSOCKET, "").await.unwrap();
    old.text().await;
    old.text().await;
    let (text, _) = open(address, &format!("{POLLING}&b64=1")).await;
    text.get().await;
    let bytes = chinwag_socketio::Binary::from(vec![0, 1, 255]);
    assert_eq!(io.of("/").emit("news", &bytes).unwrap(), 3);
    let event = "451-[\"news\",{\"_placeholder\":true,\"num\":0}]";
    assert_eq!((new.text().await.as_str(), new.next().await), (event, Got::Binary(vec![0, 1, 255])));
    assert_eq!((old.text().await.as_str(), old.next().await), (event, Got::Binary(vec![4, 0, 1, 255])));
    assert_eq!(packets(&text.get().await.body), [event, "b4AAH/"]);
    elsewhere.silence().await;
}

#[tokio::test]
async fn join_namespaces_with_what_stands_behind_their_names() {
    let guarded = Namespace::new("/chat")
        .connect(async |handshake: Handshake| {
            let auth: Value = handshake.auth().unwrap();
            match auth["token"].as_str() {
                Some("good") => Ok(Arc::new(auth.clone())),
                Some(_) => Err(ConnectError::new("no").with_data(json!({ "code": 7 }))),
                None => Err(ConnectError::new("sign in first")),
            }
        })
        .on("who", |socket: Socket, ack: Ack| async move { ack.send(&*socket.data::<Value>().unwrap()) });
    let io = quick().namespace(echo()).namespace(guarded).build().unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::open_with(address, WEBSOCKET, "").await.unwrap();
    ws.text().await;
    ws.text().await;
    ws.send("40/chat").await;
    assert_eq!(ws.text().await, "44/chat,\"sign in first\"");
    ws.send("40/chat?token=bad").await;
    assert_eq!(ws.text().await, "44/chat,{\"code\":7}");
    ws.send("40/chat?token=good&a=b%20c,").await;
    assert_eq!(ws.text().await, "40/chat,");
    ws.send("42/chat,1[\"who\"]").await;
    assert_eq!(ws.text().await, "43/chat,1[{\"a\":\"b c\",\"token\":\"good\"}]");
    ws.send("40/nowhere").await;
    assert_eq!(ws.text().await, "44/nowhere,\"Invalid namespace\"");
    ws.send("40/chat").await;
    assert_eq!(ws.rest().await.last(), Some(&Got::Close(Some(1000))), "twice is an error");
}

#[tokio::test]
async fn ping_by_themselves() {
    let io = quick().namespace(echo()).build().unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::open_with(address, WEBSOCKET, "").await.unwrap();
    ws.text().await;
    ws.text().await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        ws.send("2").await;
        // Not the server's own ping, which `text` would answer.
        assert_eq!(ws.next().await, Got::Text("3".into()));
    }
    let silent = tokio::time::Instant::now();
    ws.rest().await;
    let waited = silent.elapsed();
    assert!(waited >= Duration::from_millis(400), "only after interval and time-out together: {waited:?}");
    // A pong that nobody asked for.
    let mut ws = Ws::open_with(address, WEBSOCKET, "").await.unwrap();
    ws.text().await;
    ws.text().await;
    ws.send("3").await;
    assert!(matches!(ws.rest().await[..], [Got::Close(_)]));
}

#[tokio::test]
async fn move_to_a_websocket() {
    let io = quick().namespace(echo()).build().unwrap();
    let address = serve(&io).await;
    let (polls, _) = open_polling(address).await;
    assert_eq!(packets(&polls.get().await.body), ["40"]);
    let query = format!("{WEBSOCKET}&sid={}", polls.sid);
    let mut ws = Ws::open_with(address, &query, "").await.unwrap();
    ws.send("2probe").await;
    assert_eq!(ws.next().await, Got::Text("3probe".into()));
    assert_eq!(packets(&polls.get().await.body), ["6"]);
    ws.send("5").await;
    ws.send("42[\"echo\",1]").await;
    assert_eq!(ws.event().await, json!(["echoed", 1]));
    assert_eq!(polls.get().await.status, 400);
}

#[tokio::test]
async fn payloads_that_are_none_end_the_session() {
    let io = quick().namespace(echo()).build().unwrap();
    let address = serve(&io).await;
    for body in ["abc", "2:4", "99999999999999999999:4a", "3:4abcd", "-1:4", "4hello"] {
        let (polls, _) = open_polling(address).await;
        assert_eq!(polls.post(body).await.status, 400, "{body}");
        assert_eq!(polls.get().await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn can_be_kept_out() {
    let io = SocketIo::builder().namespace(echo()).protocol_3(false).build().unwrap();
    let address = serve(&io).await;
    let refused = http(address, "GET", POLLING, "").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json(), json!({ "code": 5, "message": "Unsupported protocol version" }));
    assert_eq!(Ws::open_with(address, WEBSOCKET, "").await.err(), Some(400));
}

#[tokio::test]
async fn poll_with_scripts_where_that_is_allowed() {
    let io = quick().namespace(echo()).jsonp(true).build().unwrap();
    let address = serve(&io).await;
    for (protocol, joins) in [("EIO=4", true), ("EIO=3", false)] {
        let query = format!("{protocol}&transport=polling&j=4");
        let opened = http(address, "GET", &query, "").await;
        assert!(opened.head.contains("content-type: text/javascript; charset=utf-8"), "{}", opened.head);
        let said = |script: &str| -> String {
            let json = script.strip_prefix("___eio[4](").and_then(|rest| rest.strip_suffix(");"));
            let text: String = serde_json::from_str(json.unwrap_or_else(|| panic!("{script}"))).unwrap();
            if joins { text } else { packets(&text).join("\x1e") }
        };
        let open: Value = serde_json::from_str(said(&opened.body).strip_prefix('0').unwrap()).unwrap();
        let query = format!("{query}&sid={}", open["sid"].as_str().unwrap());
        let post = |packet: &str| {
            let packet = if joins { packet.to_owned() } else { payload(&[packet]) };
            let encode = |byte: u8| format!("%{byte:02X}");
            let form = format!("d={}", packet.bytes().map(encode).collect::<String>());
            let query = query.clone();
            async move {
                let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
                http_with(address, "POST", &query, kind, form.as_bytes()).await
            }
        };
        if joins {
            post("40").await;
        }
        assert!(said(&http(address, "GET", &query, "").await.body).starts_with("40"));
        let answer = post("42[\"echo\",\"</script>\"]").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
        let script = http(address, "GET", &query, "").await.body;
        assert!(!script.contains('<'), "{script}");
        assert_eq!(said(&script), "42[\"echoed\",\"</script>\"]");
        // Bytes are text here, too.
        post("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]").await;
        post(if joins { "bAAH/" } else { "b4AAH/" }).await;
        let script = http(address, "GET", &query, "").await.body;
        assert!(said(&script).ends_with(if joins { "\x1ebAAH/" } else { "\x1eb4AAH/" }), "{script}");
        let refused = http_with(address, "POST", &query, "", b"no=form").await;
        assert_eq!(refused.status, 400);
    }
    let io = quick().namespace(echo()).build().unwrap();
    let refused = http(serve(&io).await, "GET", "EIO=4&transport=polling&j=0", "").await;
    assert_eq!(refused.status, 400, "not unless it is allowed");
}

#[tokio::test]
async fn talk_to_a_bare_engine() {
    let service = quick()
        .build_engine_io(|socket, message: Message| {
            socket.send(&message);
        })
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_service("/socket.io/", service);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let mut ws = Ws::open_with(address, WEBSOCKET, "").await.unwrap();
    assert!(ws.text().await.starts_with("0{"));
    ws.send("4hello").await;
    assert_eq!(ws.text().await, "4hello");
    ws.binary(&[4, 1, 2]).await;
    assert_eq!(ws.next().await, Got::Binary(vec![4, 1, 2]));
    ws.send("b4AAH/").await;
    assert_eq!(ws.next().await, Got::Binary(vec![4, 0, 1, 255]));
    ws.binary(&[]).await;
    assert!(matches!(ws.rest().await[..], [Got::Close(_)]));
}

/// The packets of a payload in bytes: whether each is bytes, and what it carries.
fn packets_of_bytes(mut payload: &[u8]) -> Vec<(bool, Vec<u8>)> {
    let mut packets = Vec::new();
    while let Some((kind, rest)) = payload.split_first() {
        let end = rest.iter().position(|byte| *byte == 255).unwrap();
        let length = rest[..end].iter().fold(0, |length, digit| length * 10 + usize::from(*digit));
        let (packet, after) = rest[end + 1..].split_at(length);
        packets.push((*kind == 1, packet.to_vec()));
        payload = after;
    }
    packets
}

#[tokio::test]
async fn packets_in_one_answer_stay_apart() {
    let io = quick().namespace(echo()).build().unwrap();
    let address = serve(&io).await;
    let (text, _) = open(address, &format!("{POLLING}&b64=1")).await;
    text.get().await;
    let (bytes, _) = open_polling(address).await;
    bytes.get().await;
    for said in ["a", "é", "€😀", "12:34", "\u{1e}"] {
        io.of("/").emit("n", &said).unwrap();
    }
    io.of("/").emit("b", &chinwag_socketio::Binary::from(vec![0, 255, 1])).unwrap();
    io.of("/").emit("n", &"last").unwrap();
    let mut expected: Vec<String> =
        // In ASCII: some of them read UTF-8 twice while they poll.
        ["a", r"\u00e9", r"\u20ac\ud83d\ude00", "12:34", r"\u001e"].iter().map(|said| format!("42[\"n\",\"{said}\"]")).collect();
    expected.push("451-[\"b\",{\"_placeholder\":true,\"num\":0}]".into());
    let last = "42[\"n\",\"last\"]".to_owned();
    let in_text = [&expected[..], &["b4AP8B".into(), last.clone()]].concat();
    assert_eq!(packets(&text.get().await.body), in_text);
    let mut in_bytes: Vec<_> = expected.into_iter().map(|packet| (false, packet.into_bytes())).collect();
    in_bytes.extend([(true, vec![4, 0, 255, 1]), (false, last.into_bytes())]);
    assert_eq!(packets_of_bytes(&crate::support::bytes(address, &bytes.query()).await.body), in_bytes);
}
