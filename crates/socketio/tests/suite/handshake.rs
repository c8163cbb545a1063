//! What middleware is told of a client.

use chinwag_socketio::engine_io::{Protocol, Transport};
use chinwag_socketio::{Handshake, Namespace, OverTls, SocketIo};

use crate::support::{Polls, Ws, serve, serve_with, within};

#[tokio::test]
async fn middleware_is_told_when_and_how_the_client_came() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let namespace = Namespace::matching("any", |_| true).guard(move |handshake: Handshake| {
        let told = (handshake.transport(), handshake.protocol(), handshake.over_tls());
        tell.send((told, handshake.time())).unwrap();
        async { Ok(()) }
    });
    let builder = SocketIo::builder().namespace(namespace);
    let io = builder.over_tls(|parts| Some(parts.headers.get("x-protocol")? == "https")).build().unwrap();
    let address = serve(&io).await;
    let before = std::time::SystemTime::now();
    let polls = Polls::open(address).await;
    let opened = std::time::SystemTime::now();
    polls.post("40/polls,").await;
    let (how, when) = within(told.recv()).await.unwrap();
    assert_eq!(how, (Transport::Polling, Protocol::V4, None));
    assert!((before..=opened).contains(&when));
    // The same connection on its new transport.
    polls.get().await;
    let upgrade = format!("EIO=4&transport=websocket&sid={}", polls.sid);
    let mut ws = Ws::open_with(address, &upgrade, "").await.unwrap();
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    ws.send("5").await;
    ws.send("40/upgraded,").await;
    assert_eq!(within(told.recv()).await.unwrap(), ((Transport::WebSocket, Protocol::V4, None), when));
    for (proxy, over_tls) in [("https", true), ("http", false)] {
        let header = format!("X-Protocol: {proxy}\r\n");
        let _ws = Ws::open_with(address, "EIO=3&transport=websocket", &header).await.unwrap();
        let (how, _) = within(told.recv()).await.unwrap();
        assert_eq!(how, (Transport::WebSocket, Protocol::V3, Some(over_tls)));
    }
}

#[tokio::test]
async fn whoever_accepts_connections_may_tell_that_they_are_encrypted() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let namespace = Namespace::new("/").guard(move |handshake: Handshake| {
        tell.send(handshake.over_tls()).unwrap();
        async { Ok(()) }
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    for over_tls in [true, false] {
        let app = axum::Router::new().route_service("/socket.io/", io.service());
        let address = serve_with(app.layer(axum::Extension(OverTls(over_tls)))).await;
        let _ws = Ws::joined(address).await;
        assert_eq!(within(told.recv()).await.unwrap(), Some(over_tls));
    }
}
