//! Clients that write packets in MessagePack, beside those that do not. What the original parser writes and reads is
//! tested with the original (`tests/node/clients`).

use chinwag_socketio::{Binary, Closing, Namespace, Parser, RawArguments, Socket, SocketIo};
use serde_json::json;

use crate::support::{Got, Polls, Ws, bytes, http, quick, serve};

/// `{type: 0, nsp: "/"}`
const CONNECT: &[u8] = b"\x82\xa4type\x00\xa3nsp\xa1/";
/// `{type: 2, data: ["echo", 7, <01 02>], nsp: "/"}`
const ECHO: &[u8] = b"\x83\xa4type\x02\xa4data\x93\xa4echo\x07\xc4\x02\x01\x02\xa3nsp\xa1/";

fn server(parser: Parser) -> SocketIo {
    let namespace = Namespace::new("/").on("echo", |socket: Socket, arguments: RawArguments| async move {
        socket.emit_all("echoed", &arguments).unwrap();
    });
    quick().parser(parser).namespace(namespace).build().unwrap()
}

/// An event in MessagePack: its name and arguments.
fn event(arguments: &[u8]) -> Vec<u8> {
    [b"\x83\xa4type\x02\xa4data", arguments, b"\xa3nsp\xa1/"].concat()
}

async fn binary(ws: &mut Ws) -> Vec<u8> {
    loop {
        match ws.next().await {
            Got::Binary(bytes) => return bytes,
            Got::Text(ping) if ping == "2" => ws.send("3").await,
            other => panic!("{other:?} in place of bytes"),
        }
    }
}

async fn joined(io: &SocketIo) -> Ws {
    let mut ws = Ws::session(serve(io).await).await;
    ws.binary(CONNECT).await;
    let told = binary(&mut ws).await;
    let start = b"\x83\xa4type\x00\xa4data\x81\xa3sid\xb6";
    assert!(told.starts_with(start), "{told:?}");
    ws
}

#[tokio::test]
async fn each_client_has_its_own_encoding() {
    let io = server(Parser::Either);
    let mut packed = joined(&io).await;
    packed.binary(ECHO).await;
    assert_eq!(binary(&mut packed).await, event(b"\x93\xa6echoed\x07\xc4\x02\x01\x02"));
    let address = serve(&io).await;
    let (mut plain, _) = Ws::joined(address).await;
    plain.send("42[\"echo\",1]").await;
    assert_eq!(plain.event().await, json!(["echoed", 1]));
    io.of("/").emit("news", &Binary::from(vec![3])).unwrap();
    assert_eq!(binary(&mut packed).await, event(b"\x92\xa4news\xc4\x01\x03"));
    assert_eq!(plain.text().await, "451-[\"news\",{\"_placeholder\":true,\"num\":0}]");
    assert_eq!(plain.next().await, Got::Binary(vec![3]));
    // The transport speaks as ever.
    packed.frame(true, 9, b"ping").await;
    assert_eq!(packed.next().await, Got::Pong(b"ping".to_vec()));
    // So does the end, in words that the client understands.
    io.of("/").disconnect(&Closing::new("gone", 5));
    let closing = b"\x92\xaeserver:closing\x82\xa4code\xa4gone\xa8retry_ms\x05";
    assert_eq!(binary(&mut packed).await, event(closing));
}

#[tokio::test]
async fn packets_may_be_polled_for() {
    let io = server(Parser::Either);
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    // Both packets in base64.
    let body = "bgqR0eXBlAKNuc3ChLw==\x1ebg6R0eXBlAqRkYXRhk6RlY2hvB8QCAQKjbnNwoS8=";
    assert_eq!(polls.post(body).await.status, 200);
    let told = polls.get().await.body;
    let (joined, echoed) = told.split_once('\x1e').unwrap();
    assert!(joined.starts_with("bg6R0eXBlAKRkYXRhgaNzaWS2"), "{joined}");
    assert_eq!(echoed, "bg6R0eXBlAqRkYXRhk6ZlY2hvZWQHxAIBAqNuc3ChLw==");
}

#[tokio::test]
async fn who_has_decided_stays_with_it() {
    let io = server(Parser::Either);
    let mut packed = joined(&io).await;
    packed.send("42[\"echo\",1]").await;
    assert!(matches!(packed.rest().await[..], [Got::Close(_)]));
    let (mut plain, _) = Ws::joined(serve(&io).await).await;
    plain.binary(ECHO).await;
    assert!(matches!(plain.rest().await[..], [Got::Close(_)]));
}

#[tokio::test]
async fn there_may_be_only_one() {
    let io = server(Parser::Json);
    let mut ws = Ws::session(serve(&io).await).await;
    ws.binary(CONNECT).await;
    assert!(matches!(ws.rest().await[..], [Got::Close(_)]), "not unless it is allowed");
    let io = server(Parser::MessagePack);
    let mut ws = Ws::session(serve(&io).await).await;
    ws.send("40").await;
    assert!(matches!(ws.rest().await[..], [Got::Close(_)]));
    // Old clients are spoken to first.
    let address = serve(&io).await;
    let mut old = Ws::open_with(address, "EIO=3&transport=websocket", "").await.unwrap();
    old.text().await;
    assert_eq!(binary(&mut old).await, [b"\x04", CONNECT].concat());
    old.binary(&[b"\x04", ECHO].concat()).await;
    assert_eq!(binary(&mut old).await, [b"\x04", &event(b"\x93\xa6echoed\x07\xc4\x02\x01\x02")[..]].concat());
    let opened = http(address, "GET", "EIO=3&transport=polling", "").await.body;
    let sid = opened.split('"').nth(3).unwrap();
    let polled = bytes(address, &format!("EIO=3&transport=polling&sid={sid}")).await.body;
    assert_eq!(polled, [b"\x01\x01\x04\xff\x04", CONNECT].concat());
}
