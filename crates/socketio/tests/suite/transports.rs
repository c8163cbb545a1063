//! Engine.IO: handshakes, polling, WebSocket, upgrade, heartbeats, limits.

use std::time::Duration;

use crate::support::{Got, Polls, Ws, eventually, http, http_with, quick, serve, within};
use chinwag_socketio::{Namespace, RawArguments, Refusal, Socket, SocketIo};
use http::StatusCode;
use serde_json::json;
use tokio::io::AsyncWriteExt;

fn echo() -> Namespace {
    Namespace::new("/").on("echo", |socket: Socket, arguments: RawArguments| async move {
        socket.emit_all("echo", &arguments).unwrap();
    })
}

fn server() -> SocketIo {
    SocketIo::builder().namespace(echo()).build().unwrap()
}

#[tokio::test]
async fn handshakes_that_cannot_be_taken_are_refused_as_node_does() {
    let address = serve(&server()).await;
    for (method, query, code) in [
        ("GET", "EIO=4", 0),
        ("GET", "EIO=4&transport=abc", 0),
        // What every object of JavaScript has.
        ("GET", "transport=constructor", 0),
        ("GET", "EIO=4&transport=__proto__", 0),
        ("GET", "EIO=4&transport=polling&sid=constructor", 1),
        ("GET", "EIO=4&transport=polling&sid=__proto__", 1),
        ("GET", "EIO=4&transport=polling&sid=unknown", 1),
        ("GET", "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAA", 1),
        ("POST", "EIO=4&transport=polling", 2),
        ("PUT", "EIO=4&transport=polling", 2),
        ("GET", "EIO=4&transport=websocket", 3),
        ("GET", "transport=polling", 5),
        ("GET", "EIO=2&transport=polling", 5),
        ("GET", "EIO=5&transport=polling", 5),
        ("GET", "EIO=abc&transport=polling", 5),
    ] {
        let answer = http(address, method, query, "").await;
        let said = match code {
            0 => "Transport unknown",
            1 => "Session ID unknown",
            2 => "Bad handshake method",
            3 => "Bad request",
            _ => "Unsupported protocol version",
        };
        assert_eq!(answer.status, 400, "{method} {query}");
        assert_eq!(answer.json(), json!({ "code": code, "message": said }), "{method} {query}");
    }
    for query in [
        "EIO=34&transport=websocket",
        "EIO=4",
        "EIO=4&transport=abc",
        "EIO=4&transport=__proto__",
        "EIO=4&transport=websocket&sid=__proto__",
    ] {
        assert_eq!(Ws::open_with(address, query, "").await.err(), Some(400), "{query}");
    }
}

#[tokio::test]
async fn the_first_poll_is_not_a_ping() {
    let address = serve(&server()).await;
    let polls = Polls::open(address).await;
    assert_eq!(polls.post("40").await.body, "ok");
    let answer = polls.get().await;
    assert!(answer.body.starts_with("40{\"sid\":"), "{}", answer.body);
    assert!(answer.head.contains("content-type: text/plain; charset=utf-8"));
    assert!(answer.head.contains("cache-control: no-store"));
}

#[tokio::test]
async fn payloads_carry_text_of_any_script_and_binary() {
    let address = serve(&server()).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let packets =
        "42[\"echo\",\"ü€😀\u{2028}\"]\u{1e}451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQIDBA==";
    assert_eq!(polls.post(packets).await.status, 200);
    assert_eq!(polls.get().await.body, packets);
}

#[tokio::test]
async fn a_poll_waits_until_there_is_something() {
    let address = serve(&server()).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let (answer, _) = tokio::join!(polls.get(), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        polls.post("42[\"echo\",1]").await;
    });
    assert_eq!(answer.body, "42[\"echo\",1]");
}

#[tokio::test]
async fn what_is_no_packet_ends_the_session() {
    let address = serve(&server()).await;
    for (headers, body) in [
        ("", &b"abc"[..]),
        ("", b""),
        ("", b"4\xff\xfe"),
        ("", b"b!!!"),
        ("Content-Type: application/octet-stream\r\n", b"4x"),
    ] {
        let polls = Polls::open(address).await;
        let answer = http_with(address, "POST", &polls.query(), headers, body).await;
        assert_eq!(answer.status, 400, "{body:?}");
        assert_eq!(polls.get().await.status, 400, "{body:?}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let io = SocketIo::builder().namespace(echo()).max_payload(1000).build().unwrap();
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    // Announced, and never sent.
    let answer = http_with(address, "POST", &polls.query(), "Content-Length: 1001\r\n", b"").await;
    assert_eq!(answer.status, 413);
    // Nor is it invited.
    let polls = Polls::open(address).await;
    let asking = "Content-Length: 1001\r\nExpect: 100-continue\r\n";
    assert_eq!(http_with(address, "POST", &polls.query(), asking, b"").await.status, 413);
    let polls = Polls::open(address).await;
    let chunked = format!("3e9\r\n4{}\r\n0\r\n\r\n", "x".repeat(1000));
    let answer = http_with(
        address,
        "POST",
        &polls.query(),
        "Transfer-Encoding: chunked\r\nX-Length: 1\r\n",
        chunked.as_bytes(),
    )
    .await;
    assert_eq!(answer.status, 413);
    let polls = Polls::open(address).await;
    assert_eq!(polls.post(&format!("40\u{1e}42[\"echo\",\"{}\"]", "x".repeat(983))).await.status, 200);
}

#[tokio::test]
async fn a_client_that_polls_is_told_that_its_message_is_too_large() {
    let io = SocketIo::builder().namespace(echo()).max_payload(1000).build().unwrap();
    let address = serve(&io).await;
    let told = r#"{"code":3,"message":"A message may have at most 1000 bytes"}"#;
    // In one request, and with attachments in more.
    let whole = [format!("4{}", "x".repeat(1000))];
    let attachment = format!("b{}", "YWFh".repeat(200));
    let parts = [String::from(r#"452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)];
    let parts = [&parts[..], &[attachment.clone(), attachment]].concat();
    for posts in [&whole[..], &parts[..]] {
        let (polls, _) = Polls::joined(address).await;
        let polling = polls.get();
        tokio::pin!(polling);
        let mut answer = None;
        for post in posts {
            // The poll that waits does not end before the answer: it would be taken for an end without a reason.
            answer = tokio::select! {
                biased;
                ended = &mut polling => panic!("{}", ended.body),
                answer = polls.post(post) => Some(answer),
            };
        }
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (413, told));
        // Who stays all the same is thrown out.
        assert_eq!(polling.await.body, "1");
        assert_eq!(polls.get().await.status, 400);
    }
    eventually("both are gone", || io.figures().connections == 0).await;
}

/// Who has not sent all of it does not look for an answer, and never sees it if the connection breaks before.
#[tokio::test]
async fn who_sends_far_too_much_is_told_so_too() {
    let io = SocketIo::builder().namespace(echo()).max_payload(1000).build().unwrap();
    let address = serve(&io).await;
    let much = "x".repeat(20_000_000);
    let (polls, _) = Polls::joined(address).await;
    assert_eq!(within(polls.post(&much)).await.status, 413);
    let (polls, _) = Polls::joined(address).await;
    let headers = "Transfer-Encoding: chunked\r\nX-Length: 1\r\n";
    let chunked = format!("{:x}\r\n{much}\r\n0\r\n\r\n", much.len());
    let query = polls.query();
    let answer = http_with(address, "POST", &query, headers, chunked.as_bytes());
    assert_eq!(within(answer).await.status, 413);
    let (mut ws, _) = Ws::joined(address).await;
    ws.send(&much).await;
    assert_eq!(ws.next().await, Got::Close(Some(1009)));
    eventually("all are gone", || io.figures().connections == 0).await;
}

#[tokio::test]
async fn a_websocket_message_over_the_limit_closes_with_its_reason() {
    let io = SocketIo::builder().namespace(echo()).max_payload(1000).build().unwrap();
    let address = serve(&io).await;
    let (mut ws, _) = Ws::joined(address).await;
    ws.send(&format!("42[\"echo\",\"{}\"]", "x".repeat(987))).await;
    assert_eq!(ws.event().await[1].as_str().unwrap().len(), 987);
    ws.send(&format!("42[\"echo\",\"{}\"]", "x".repeat(988))).await;
    assert_eq!((ws.next().await, ws.why.as_str()), (Got::Close(Some(1009)), "packet too large"));

    // Also in parts, and for a length that nobody can have.
    let (mut ws, _) = Ws::joined(address).await;
    for part in 0..11 {
        ws.frame(false, if part == 0 { 1 } else { 0 }, &[b'4'; 100]).await;
    }
    assert_eq!(ws.next().await, Got::Close(Some(1009)));
    let (mut ws, _) = Ws::joined(address).await;
    ws.stream.write_all(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0").await.unwrap();
    assert_eq!(ws.next().await, Got::Close(Some(1009)));
}

#[tokio::test]
async fn websocket_frames_in_parts_pings_and_close_are_understood() {
    let address = serve(&server()).await;
    let (mut ws, _) = Ws::joined(address).await;
    ws.frame(false, 1, b"42[\"ec").await;
    ws.frame(true, 9, b"hello").await;
    ws.frame(false, 0, b"ho\",\"\xe2\x82").await;
    ws.frame(true, 0, b"\xac\"]").await;
    assert_eq!(ws.next().await, Got::Pong(b"hello".to_vec()));
    assert_eq!(ws.event().await, json!(["echo", "€"]));
    ws.frame(true, 8, &1000_u16.to_be_bytes()).await;
    assert_eq!(ws.next().await, Got::Close(Some(1000)));
    assert_eq!(ws.next().await, Got::End);
}

#[tokio::test]
async fn what_is_against_the_websocket_protocol_closes() {
    let address = serve(&server()).await;
    for (bytes, code) in [
        (&b"\x81\x0242"[..], 1002),          // not masked
        (b"\xc1\x80\0\0\0\0", 1002),         // a reserved bit
        (b"\x83\x80\0\0\0\0", 1002),         // a reserved opcode
        (b"\x80\x80\0\0\0\0", 1002),         // a continuation of nothing
        (b"\x09\x80\0\0\0\0", 1002),         // a control frame in parts
        (b"\x81\x82\0\0\0\0\x34\xff", 1007), // not UTF-8
        (b"\x88\x81\0\0\0\0\x03", 1002),     // half a status code
    ] {
        let mut ws = Ws::session(address).await;
        ws.stream.write_all(bytes).await.unwrap();
        assert_eq!(ws.next().await, Got::Close(Some(code)), "{bytes:?}");
        assert_eq!(ws.next().await, Got::End);
    }
}

#[tokio::test]
async fn a_session_moves_to_websocket_and_keeps_its_order() {
    let io = server();
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let query = format!("EIO=4&transport=websocket&sid={}", polls.sid);
    let mut ws = Ws::open_with(address, &query, "").await.unwrap();
    // A poll that waits ends when the WebSocket is probed.
    let (answer, _) = tokio::join!(polls.get(), async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        ws.send("2probe").await;
        assert_eq!(ws.text().await, "3probe");
    });
    assert_eq!(answer.body, "6");
    // What is said between probe and upgrade is not lost.
    io.of("/").emit("echo", &0).unwrap();
    ws.send("5").await;
    ws.send("42[\"echo\",1]").await;
    assert_eq!(ws.event().await, json!(["echo", 0]));
    assert_eq!(ws.event().await, json!(["echo", 1]));
    assert_eq!(polls.get().await.status, 400);
    assert_eq!(polls.post("42[\"echo\",2]").await.status, 400);
    // Another WebSocket for the session is closed, and does it no harm.
    let mut other = Ws::open_with(address, &query, "").await.unwrap();
    assert_eq!(other.next().await, Got::Close(Some(1000)));
    ws.send("42[\"echo\",3]").await;
    assert_eq!(ws.event().await, json!(["echo", 3]));
}

#[tokio::test]
async fn an_upgrade_that_is_given_up_leaves_the_session_polling() {
    let io =
        SocketIo::builder().namespace(echo()).upgrade_timeout(Duration::from_millis(100)).build().unwrap();
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let query = format!("EIO=4&transport=websocket&sid={}", polls.sid);
    // It closes, says something else, or nothing at all.
    drop(Ws::open_with(address, &query, "").await.unwrap());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut ws = Ws::open_with(address, &query, "").await.unwrap();
    ws.send("4hello").await;
    assert_eq!(ws.next().await, Got::Close(Some(1000)));
    drop(ws);
    let mut ws = Ws::open_with(address, &query, "").await.unwrap();
    assert_eq!(within(ws.next()).await, Got::End);
    polls.post("42[\"echo\",1]").await;
    assert_eq!(polls.get().await.body, "42[\"echo\",1]");
    // And it may try again.
    let mut ws = Ws::open_with(address, &query, "").await.unwrap();
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    ws.send("5").await;
    ws.send("42[\"echo\",2]").await;
    assert_eq!(ws.event().await, json!(["echo", 2]));
    drop(ws);
    eventually("the end of everything", || io.figures() == Default::default()).await;
}

#[tokio::test]
async fn heartbeats_come_after_the_interval_and_their_absence_is_noticed() {
    let io = quick().namespace(echo()).build().unwrap();
    let address = serve(&io).await;
    let start = tokio::time::Instant::now();
    let mut ws = Ws::session(address).await;
    ws.send("40").await;
    ws.next().await;
    assert_eq!(ws.next().await, Got::Text("2".into()));
    assert!(start.elapsed() >= Duration::from_millis(299), "{:?}", start.elapsed());
    ws.send("3").await;
    assert_eq!(ws.next().await, Got::Text("2".into()));
    let end = ws.rest().await;
    assert_eq!(end, [Got::Close(Some(1000))]);
    drop(ws);
    assert!(start.elapsed() >= Duration::from_millis(790), "{:?}", start.elapsed());
    eventually("the end of everything", || io.figures() == Default::default()).await;

    let polls = Polls::open(address).await;
    eventually("the end of who does not poll", || io.figures().sessions == 0).await;
    assert_eq!(polls.get().await.status, 400);
}

#[tokio::test]
async fn a_ping_from_the_client_is_against_the_protocol() {
    let address = serve(&server()).await;
    let (mut ws, _) = Ws::joined(address).await;
    ws.send("2").await;
    assert!(matches!(ws.next().await, Got::Close(_)));
}

#[tokio::test]
async fn who_joins_nothing_is_closed() {
    let io =
        SocketIo::builder().namespace(echo()).connect_timeout(Duration::from_millis(100)).build().unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::session(address).await;
    let polls = Polls::open(address).await;
    assert_eq!(ws.next().await, Got::Close(Some(1000)));
    eventually("the end of everything", || io.figures() == Default::default()).await;
    assert_eq!(polls.get().await.status, 400);
    let (mut ws, _) = Ws::joined(address).await;
    ws.silence().await;
}

#[tokio::test]
async fn the_application_and_the_limit_refuse_connections() {
    let io = SocketIo::builder()
        .namespace(echo())
        .max_connections(2)
        .allow_request(|parts| {
            let origin = parts.headers.get("origin").cloned();
            async move {
                match origin {
                    Some(origin) if origin == "http://down" => Err(Refusal::unavailable("later", 7)),
                    Some(_) => Err(Refusal::new(StatusCode::FORBIDDEN, "cross_origin")),
                    None => Ok(()),
                }
            }
        })
        .build()
        .unwrap();
    let address = serve(&io).await;
    let query = "EIO=4&transport=polling";
    let answer = http_with(address, "GET", query, "Origin: http://evil\r\n", b"").await;
    assert_eq!((answer.status, answer.json()), (403, json!({ "code": 4, "message": "cross_origin" })));
    let answer = http_with(address, "GET", query, "Origin: http://down\r\n", b"").await;
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("retry-after: 7"));
    let evil = Ws::open_with(address, "EIO=4&transport=websocket", "Origin: http://evil\r\n").await;
    assert_eq!(evil.err(), Some(403));

    let one = Ws::session(address).await;
    let _two = Polls::open(address).await;
    assert_eq!(http(address, "GET", query, "").await.status, 503);
    assert_eq!(Ws::open_with(address, "EIO=4&transport=websocket", "").await.err(), Some(503));
    drop(one);
    eventually("a place", || io.figures().connections == 1).await;
    Ws::session(address).await;
}

#[tokio::test]
async fn transports_can_be_turned_off() {
    let io = SocketIo::builder().namespace(echo()).polling(false).build().unwrap();
    let address = serve(&io).await;
    assert_eq!(http(address, "GET", "EIO=4&transport=polling", "").await.json()["code"], 0);
    Ws::session(address).await;

    let io = SocketIo::builder().namespace(echo()).websocket(false).build().unwrap();
    let address = serve(&io).await;
    assert_eq!(Ws::open_with(address, "EIO=4&transport=websocket", "").await.err(), Some(400));
    let answer = http(address, "GET", "EIO=4&transport=polling", "").await;
    assert!(answer.body.contains("\"upgrades\":[]"), "{}", answer.body);
}
