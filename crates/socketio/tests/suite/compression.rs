//! Compressed WebSocket messages.

use std::net::SocketAddr;

use chinwag_socketio::{Ack, Binary, Namespace, Payload, RawArguments, Socket, SocketIo};
use miniz_oxide::deflate::compress_to_vec;
use serde_json::json;

use crate::support::{Got, Polls, Ws, eventually, quick, serve};

const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
const WEBSOCKET: &str = "EIO=4&transport=websocket";

fn server() -> SocketIo {
    let namespace = Namespace::new("/")
        .on("echo", |socket: Socket, arguments: RawArguments| async move {
            let _ = socket.emit_all("echoed", &arguments);
        })
        .on("plain", |socket: Socket, Payload(text): Payload<String>| async move {
            let _ = socket.compress(false).emit("plain", &text);
        })
        .on("ask", |arguments: RawArguments, ack: Ack| async move { ack.send_all(&arguments) });
    quick().namespace(namespace).compression(1024).max_payload(100_000).build().unwrap()
}

async fn joined(address: SocketAddr, headers: &str) -> Ws {
    let mut ws = Ws::open_with(address, WEBSOCKET, headers).await.unwrap();
    assert!(ws.text().await.starts_with("0{"));
    ws.join("40").await;
    ws
}

fn agreed(ws: &Ws) -> bool {
    let head = ws.head.to_lowercase();
    let answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    assert_eq!(head.contains("extensions"), head.contains(answer), "{head}");
    head.contains(answer)
}

/// A text that a client compresses.
async fn send(ws: &mut Ws, text: &str) {
    // The deflated stream, whose last block makes the empty one after it unnecessary (RFC 7692, section 7.2.3.4).
    ws.frame_with(0xc1, &[&compress_to_vec(text.as_bytes(), 6)[..], &[0]].concat()).await;
}

#[tokio::test]
async fn large_messages_are_compressed_both_ways_where_that_was_agreed() {
    let io = server();
    let address = serve(&io).await;
    let mut ws = joined(address, OFFER).await;
    assert!(agreed(&ws));
    let long = "compressible ".repeat(1000);
    send(&mut ws, &format!("42[\"echo\",\"{long}\"]")).await;
    assert_eq!(ws.event().await, json!(["echoed", long]));
    assert!(ws.compressed.is_some_and(|length| length < 500), "{:?}", ws.compressed);
    // Small ones are not worth it.
    send(&mut ws, "42[\"echo\",1]").await;
    assert_eq!(ws.event().await, json!(["echoed", 1]));
    assert_eq!(ws.compressed, None);
    ws.send(&format!("427[\"ask\",\"{long}\"]")).await;
    assert_eq!(ws.ack(7).await, json!([long]));
    assert!(ws.compressed.is_some());
    // Nor what the application says is not.
    ws.send(&format!("42[\"plain\",\"{long}\"]")).await;
    ws.event().await;
    assert_eq!(ws.compressed, None);
    io.of("/").emit("bytes", &Binary::from(vec![7; 5000])).unwrap();
    ws.text().await;
    assert_eq!(ws.next().await, Got::Binary(vec![7; 5000]));
    assert!(ws.compressed.is_some_and(|length| length < 100));
}

#[tokio::test]
async fn a_broadcast_reaches_those_who_agreed_and_those_who_did_not() {
    let io = server();
    let address = serve(&io).await;
    let mut compressed = joined(address, OFFER).await;
    let mut plain = joined(address, "").await;
    let mut old = Ws::open_with(address, "EIO=3&transport=websocket", OFFER).await.unwrap();
    old.text().await;
    old.text().await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let long = "compressible ".repeat(200);
    assert_eq!(io.of("/").emit("news", &long).unwrap(), 4);
    for ws in [&mut compressed, &mut plain, &mut old] {
        assert_eq!(ws.event().await, json!(["news", long]));
    }
    let how = [&compressed, &plain, &old].map(|ws| ws.compressed.is_some());
    assert_eq!(how, [true, false, true]);
    assert_eq!(polls.get().await.body, format!("42[\"news\",\"{long}\"]"));
    io.of("/").compress(false).emit("news", &long).unwrap();
    compressed.event().await;
    assert_eq!(compressed.compressed, None);
}

#[tokio::test]
async fn is_agreed_on_in_an_upgrade() {
    let io = server();
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let mut ws = Ws::open_with(address, &format!("{WEBSOCKET}&sid={}", polls.sid), OFFER).await.unwrap();
    assert!(agreed(&ws));
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    let long = "compressible ".repeat(200);
    // Still polling, whatever the WebSocket agreed on.
    io.of("/").emit("before", &long).unwrap();
    assert_eq!(polls.get().await.body, format!("42[\"before\",\"{long}\"]"));
    ws.send("5").await;
    send(&mut ws, "42[\"echo\",2]").await;
    assert_eq!(ws.event().await, json!(["echoed", 2]));
    io.of("/").emit("after", &long).unwrap();
    assert_eq!(ws.event().await, json!(["after", long]));
    assert!(ws.compressed.is_some());
}

#[tokio::test]
async fn offers_that_cannot_be_met_are_declined() {
    let io = server();
    let address = serve(&io).await;
    for (offer, met) in [
        ("permessage-deflate; server_max_window_bits=10", false),
        ("permessage-deflate; unknown", false),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", false),
        ("x-webkit-deflate-frame", false),
        ("permessage-deflate; server_max_window_bits=10, permessage-deflate", true),
    ] {
        let mut ws = joined(address, &format!("Sec-WebSocket-Extensions: {offer}\r\n")).await;
        assert_eq!(agreed(&ws), met, "{offer}");
        if !met {
            ws.frame_with(0xc1, b"x").await;
            assert!(matches!(ws.rest().await[..], [Got::Close(Some(1002))]));
        }
    }
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    assert!(!agreed(&joined(serve(&io).await, OFFER).await), "off by default");
}

#[tokio::test]
async fn what_would_be_too_large_inflated_is_refused() {
    let io = server();
    let address = serve(&io).await;
    let mut ws = joined(address, OFFER).await;
    // Fifty million bytes in fifty thousand.
    let bomb = compress_to_vec(&vec![b'x'; 50_000_000], 9);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    ws.frame_with(0xc1, &bomb).await;
    let got = ws.rest().await;
    assert!(matches!(got[..], [Got::Close(Some(1009))]), "{got:?}");
    // As large as is allowed is allowed.
    let mut ws = joined(address, OFFER).await;
    let most = "x".repeat(100_000 - "42[\"echo\",\"\"]".len() - 1);
    send(&mut ws, &format!("42[\"echo\",\"{most}\"]")).await;
    assert_eq!(ws.event().await, json!(["echoed", most]));
    ws.frame_with(0xc1, b"\xff\xff\xff").await;
    let got = ws.rest().await;
    assert!(matches!(got[..], [Got::Close(_)]), "what cannot be inflated: {got:?}");
    eventually("all are gone", || io.figures().connections == 0).await;
}
