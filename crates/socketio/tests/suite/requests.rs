//! Engine.IO: the requests that open a session, and what stands around them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use chinwag_socketio::{Ack, Handshake, Namespace, RawArguments, Socket, SocketIo};
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Got, Polls, Ws, http, http_with, serve, within};

const POLLING: &str = "EIO=4&transport=polling";
const WEBSOCKET: &str = "EIO=4&transport=websocket";

fn echo() -> Namespace {
    Namespace::new("/").on("echo", |socket: Socket, arguments: RawArguments| async move {
        socket.emit_all("echo", &arguments).unwrap();
    })
}

fn server() -> SocketIo {
    SocketIo::builder().namespace(echo()).build().unwrap()
}

fn opened(packet: &str) -> Value {
    serde_json::from_str(packet.strip_prefix('0').unwrap()).unwrap()
}

#[tokio::test]
async fn the_handshake_says_what_holds() {
    let io = server();
    let address = serve(&io).await;
    assert_eq!(io.figures().connections, 0);
    let open = opened(&http(address, "GET", POLLING, "").await.body);
    let expected = |upgrades: &[&str], open: &Value| {
        json!({
            "sid": open["sid"].as_str().unwrap(),
            "upgrades": upgrades,
            "pingInterval": 25_000,
            "pingTimeout": 20_000,
            "maxPayload": 1_000_000,
        })
    };
    assert_eq!(open, expected(&["websocket"], &open));
    let mut ws = Ws::open(address).await;
    let open = opened(&ws.text().await);
    assert_eq!(open, expected(&[], &open));
    assert_eq!(io.figures().connections, 2);

    let builder = SocketIo::builder().namespace(echo()).ping_timeout(Duration::from_millis(123));
    let address = serve(&builder.max_payload(77).build().unwrap()).await;
    let open = opened(&Ws::open(address).await.text().await);
    assert_eq!((&open["pingTimeout"], &open["maxPayload"]), (&json!(123), &json!(77)));
}

#[tokio::test]
async fn a_proxy_that_takes_the_upgrade_away_leaves_the_session_polling() {
    let address = serve(&server()).await;
    let (polls, _) = Polls::joined(address).await;
    let refused = http(address, "GET", &format!("{WEBSOCKET}&sid={}", polls.sid), "").await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(3)));
    polls.post("42[\"echo\",1]").await;
    assert_eq!(polls.get().await.body, "42[\"echo\",1]");
}

/// The status of the answer to a request that is given in full.
async fn status(address: SocketAddr, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /socket.io/?{WEBSOCKET} HTTP/1.1\r\nHost: test\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = vec![0; "HTTP/1.1 400".len()];
    within(stream.read_exact(&mut status)).await.unwrap();
    String::from_utf8(status).unwrap().split_off("HTTP/1.1 ".len())
}

#[tokio::test]
async fn what_is_no_websocket_handshake_is_refused() {
    let address = serve(&server()).await;
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    for (headers, expected) in [
        (format!("{upgrade}{version}{key}"), "101"),
        (format!("{upgrade}{version}"), "400"),
        (format!("{upgrade}{version}Sec-WebSocket-Key: short\r\n"), "400"),
        (format!("{upgrade}{key}Sec-WebSocket-Version: 8\r\n"), "426"),
        (format!("Connection: Upgrade\r\nUpgrade: h2c\r\n{version}{key}"), "400"),
    ] {
        assert_eq!(status(address, &headers).await, expected, "{headers}");
    }
}

#[tokio::test]
async fn bytes_that_come_with_the_handshake_are_frames() {
    let address = serve(&server()).await;
    // A good one.
    let mut ws = Ws::open_saying(address, WEBSOCKET, "", b"\x81\x82\0\0\0\x0040").await.unwrap();
    assert!(ws.text().await.starts_with("0{"));
    assert!(ws.text().await.starts_with("40{"));
    // None at all.
    let mut ws = Ws::open_saying(address, WEBSOCKET, "", b"test").await.unwrap();
    assert!(ws.text().await.starts_with("0{"));
    assert_eq!(ws.rest().await, [Got::Close(Some(1002))]);
    let (polls, _) = Polls::joined(address).await;
    let query = format!("{WEBSOCKET}&sid={}", polls.sid);
    let mut ws = Ws::open_saying(address, &query, "", b"test").await.unwrap();
    assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
    polls.post("42[\"echo\",1]").await;
    assert_eq!(polls.get().await.body, "42[\"echo\",1]", "it was only an upgrade that failed");
}

#[tokio::test]
async fn headers_query_and_address_reach_middleware_by_both_transports() {
    let namespace = Namespace::new("/")
        .connect(async |handshake: Handshake| {
            let header = handshake.headers().get("x-test").map(|value| value.to_str().unwrap().to_owned());
            let query = handshake.query().split('&').any(|pair| pair == "flavour=kiwi%20%26%20lime");
            let peer = handshake.peer_addr().map(|peer| peer.to_string());
            Ok(Arc::new(json!([header, query, peer])))
        })
        .on("who", |socket: Socket, ack: Ack| async move { ack.send(&*socket.data::<Value>().unwrap()) });
    let builder = SocketIo::builder().namespace(namespace).peer_addr(|_| Some(([192, 0, 2, 1], 5).into()));
    let address = serve(&builder.build().unwrap()).await;
    let said = json!(["yes", true, "192.0.2.1:5"]);
    let flavour = "flavour=kiwi%20%26%20lime";
    let query = format!("{WEBSOCKET}&{flavour}");
    let mut ws = Ws::open_with(address, &query, "X-Test: yes\r\n").await.unwrap();
    ws.text().await;
    ws.join("40").await;
    assert_eq!(ws.ask(1, "[\"who\"]").await, json!([said]));

    let query = format!("{POLLING}&{flavour}");
    let open = opened(&http_with(address, "GET", &query, "X-Test: yes\r\n", b"").await.body);
    let polls = Polls { address, sid: open["sid"].as_str().unwrap().to_owned(), dialect: POLLING.to_owned() };
    polls.post("40\u{1e}421[\"who\"]").await;
    let mut answer = polls.get().await.body;
    if !answer.contains("431") {
        answer = polls.get().await.body;
    }
    assert!(answer.ends_with(&format!("431[{said}]")), "{answer}");
}

async fn cross_origin(request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response =
        if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("http://there"));
    response
}

/// Cross-origin requests, and any header that an application wants in answers, are the business of layers.
#[tokio::test]
async fn layers_around_the_service_answer_preflights_and_add_headers() {
    let io = server();
    let refused = http(serve(&io).await, "OPTIONS", POLLING, "").await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(2)));
    assert!(!refused.head.contains("access-control"), "{}", refused.head);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_service("/socket.io/", io.service()).layer(from_fn(cross_origin));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let header = "access-control-allow-origin: http://there";
    let (polls, _) = Polls::joined(address).await;
    for (method, query, status) in [
        ("OPTIONS", POLLING, 204),
        ("GET", POLLING, 200),
        ("GET", "EIO=4&transport=polling&sid=unknown", 400),
        ("POST", &polls.query(), 200),
    ] {
        let answer = http(address, method, query, "42[\"echo\",\"holà\"]").await;
        assert_eq!(answer.status, status, "{method} {query}");
        assert!(answer.head.contains(header), "{method} {query}: {}", answer.head);
    }
    assert_eq!(polls.get().await.body, "42[\"echo\",\"holà\"]");
    let (ws, polls) = (Ws::open(address).await, Polls::open(address).await);
    assert!(ws.head.to_lowercase().contains(header), "{}", ws.head);
    assert!(Ws::upgrading(&polls).await.head.to_lowercase().contains(header));
}

/// So is the compression of answers to polls.
#[tokio::test]
async fn answers_to_polls_are_not_compressed_by_the_engine() {
    let io = SocketIo::builder().namespace(echo()).compression(0).build().unwrap();
    let address = serve(&io).await;
    let (polls, _) = Polls::joined(address).await;
    let text = "x".repeat(5000);
    io.of("/").emit("news", &text).unwrap();
    let answer =
        http_with(address, "GET", &polls.query(), "Accept-Encoding: gzip, deflate, br\r\n", b"").await;
    assert!(!answer.head.contains("content-encoding"), "{}", answer.head);
    assert_eq!(answer.body, format!("42[\"news\",\"{text}\"]"));
}

#[tokio::test]
async fn the_first_subprotocol_is_taken() {
    let address = serve(&server()).await;
    for (offered, taken) in [("one, two", Some("one")), ("chat", Some("chat")), (" ,two", None)] {
        let header = format!("Sec-WebSocket-Protocol: {offered}\r\n");
        let head = Ws::open_with(address, WEBSOCKET, &header).await.unwrap().head.to_lowercase();
        let expected = taken.map(|taken| format!("\r\nsec-websocket-protocol: {taken}\r\n"));
        assert_eq!(head.contains("sec-websocket-protocol"), taken.is_some(), "{head}");
        assert!(expected.is_none_or(|expected| head.contains(&expected)), "{head}");
    }
}

/// JSONP has no meaning where nothing is polled.
#[tokio::test]
async fn a_websocket_may_have_a_parameter_j() {
    let address = serve(&server()).await;
    assert!(Ws::open_with(address, &format!("{WEBSOCKET}&j=berlin"), "").await.is_ok());
}
