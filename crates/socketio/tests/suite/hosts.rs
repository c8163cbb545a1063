//! Under hyper alone, and over connections that are no TCP sockets.

use chinwag_socketio::{Namespace, Payload, PeerAddr, Reply, SocketIo};
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use crate::support::{Ws, eventually, within};

fn server() -> SocketIo {
    let namespace = Namespace::new("/")
        .connect(async |handshake: chinwag_socketio::Handshake| {
            Ok(std::sync::Arc::new(handshake.peer_addr()))
        })
        .on("double", |Payload(text): Payload<String>| async move { Reply(text.repeat(2)) });
    SocketIo::builder().namespace(namespace).build().unwrap()
}

fn host(io: &SocketIo, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = io.service();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(PeerAddr(([1, 2, 3, 4], 5).into()));
        service.clone().call(request)
    });
    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
}

#[tokio::test]
async fn it_runs_under_hyper_alone() {
    let io = server();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn({
        let io = io.clone();
        async move {
            loop {
                let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
                host(&io, stream);
            }
        }
    });
    let (mut ws, id) = Ws::joined(address).await;
    assert_eq!(ws.ask(1, r#"["double","ab"]"#).await, json!(["abab"]));
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    let peer = socket.data::<Option<std::net::SocketAddr>>().unwrap();
    assert_eq!(*peer, Some(([1, 2, 3, 4], 5).into()));
}

/// Reads one short frame of the server.
async fn frame(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut head = [0; 2];
    within(stream.read_exact(&mut head)).await.unwrap();
    let length = match head[1] {
        126 => usize::from(within(stream.read_u16()).await.unwrap()),
        127 => within(stream.read_u64()).await.unwrap() as usize,
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    within(stream.read_exact(&mut payload)).await.unwrap();
    payload
}

#[tokio::test]
async fn connections_need_not_be_tcp() {
    let io = server();
    // So small that nothing fits at once.
    let (mut client, stream) = tokio::io::duplex(64);
    host(&io, stream);
    let request = "GET /?EIO=4&transport=websocket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let (mut reader, mut writer) = tokio::io::split(&mut client);
    let write = async |writer: &mut tokio::io::WriteHalf<_>, text: &str| {
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend((text.len() as u16).to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        writer.write_all(&frame).await.unwrap();
    };
    let mut head = Vec::new();
    within(async {
        writer.write_all(request.as_bytes()).await.unwrap();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(reader.read_u8().await.unwrap());
        }
    })
    .await;
    assert!(head.starts_with(b"HTTP/1.1 101"));
    assert!(frame(&mut reader).await.starts_with(b"0{"));
    write(&mut writer, "40").await;
    assert!(frame(&mut reader).await.starts_with(b"40{"));
    let text = "x".repeat(10_000);
    let event = format!("421[\"double\",\"{text}\"]");
    let (answer, ()) = tokio::join!(frame(&mut reader), write(&mut writer, &event));
    assert_eq!(answer, format!("431[\"{text}{text}\"]").as_bytes());
    io.of("/").emit("all", &1).unwrap();
    assert_eq!(frame(&mut reader).await, b"42[\"all\",1]");
    io.of("/").close();
    assert_eq!(&frame(&mut reader).await[..2], 1000_u16.to_be_bytes());
    assert!(within(reader.read_u8()).await.is_err());
    drop(client);
    eventually("the end of everything", || io.figures() == Default::default()).await;
}
