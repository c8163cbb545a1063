//! Connections: what one takes that is idle, and what one can make the server keep.

use std::time::Duration;

use bytes::Bytes;
use chinwag_socketio::{Handshake, Namespace, Socket, SocketIo, SocketIoService};
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use crate::{ALLOCATOR, alone_with_runtime};

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// A WebSocket that has joined `/` and says nothing more. Its request has a cookie of so many bytes.
async fn idle(address: std::net::SocketAddr, cookie: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let cookie = "x".repeat(cookie);
    let request = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Cookie: {cookie}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // The packet 40, masked with zeros.
    stream.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'4', b'0']).await.unwrap();
    let mut heard = Vec::new();
    while !heard.windows(4).any(|part| part == b"40{\"") {
        tokio::time::timeout(PATIENCE, stream.read_buf(&mut heard)).await.expect("it is let in").unwrap();
    }
    stream
}

/// Others take three tasks and about 29 KB.
#[test]
fn an_idle_connection_takes_one_task_and_little_memory() {
    // Nobody asks for the headers, so that they are not to be kept.
    let each = alone_with_runtime(measure_idle_connections(Namespace::new("/"), 20_000));
    assert!(each < 3 * 1024, "{each} bytes for each connection");
}

/// Middleware may want to see the request again, but not the buffer that it was read into.
#[test]
fn what_is_kept_of_a_request_is_not_much_larger_than_it() {
    let guarded = Namespace::new("/").guard(async |_: Handshake| Ok(()));
    let each = alone_with_runtime(measure_idle_connections(guarded, 100));
    assert!(each < 4 * 1024, "{each} bytes for each connection");
}

/// Returns how many bytes each takes, the client's side included.
async fn measure_idle_connections(namespace: Namespace, cookie: usize) -> usize {
    const CLIENTS: usize = 200;
    let namespace = namespace.on_connect(|socket: Socket| async move { socket.join("lobby") });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route_service("/socket.io/", io.service());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    // The engine's own tasks begin with the first, and tables grow in steps.
    let mut clients = Vec::with_capacity(2 * CLIENTS);
    for _ in 0..CLIENTS {
        clients.push(idle(address, cookie).await);
    }
    // hyper's task of each connection ends when it has become a WebSocket.
    settle(|| tasks() < CLIENTS + 32).await;
    let (tasks_before, bytes_before) = (tasks(), ALLOCATOR.allocated());
    for _ in 0..CLIENTS {
        clients.push(idle(address, cookie).await);
    }
    settle(|| tasks() <= tasks_before + CLIENTS).await;
    let each = ALLOCATOR.allocated().saturating_sub(bytes_before) / CLIENTS;
    println!("{each} bytes for each connection");
    assert_eq!(tasks() - tasks_before, CLIENTS);
    each
}

async fn settle(mut holds: impl FnMut() -> bool) {
    let settled = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("it settles");
}

/// A client that polls, without a network.
#[derive(Clone)]
struct Polling {
    service: SocketIoService,
    sid: String,
}

impl Polling {
    async fn joined(io: &SocketIo) -> Self {
        let mut new = Self { service: io.service(), sid: String::new() };
        let open = new.request(http::Method::GET, Bytes::new()).await;
        let (_, rest) = open.split_once("\"sid\":\"").unwrap();
        new.sid = rest.split('"').next().unwrap().to_owned();
        new.post("40").await;
        new
    }

    async fn post(&mut self, body: impl Into<Bytes>) -> String {
        self.request(http::Method::POST, body.into()).await
    }

    async fn request(&mut self, method: http::Method, body: Bytes) -> String {
        let sid = if self.sid.is_empty() { String::new() } else { format!("&sid={}", self.sid) };
        let request = http::Request::builder().method(method);
        let request = request.uri(format!("/socket.io/?EIO=4&transport=polling{sid}")).body(Full::new(body));
        let answer = self.service.call(request.unwrap()).await.unwrap();
        String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }
}

/// A server whose handlers wait for ever.
fn busy() -> SocketIo {
    let namespace = Namespace::new("/").on("wait", std::future::pending::<()>);
    SocketIo::builder().namespace(namespace).build().unwrap()
}

#[test]
fn a_post_that_waits_takes_its_size() {
    alone_with_runtime(measure_a_post_that_waits());
}

async fn measure_a_post_that_waits() {
    let io = SocketIo::builder()
        .namespace(Namespace::new("/").on("wait", std::future::pending::<()>))
        .event_queue(1)
        .build()
        .unwrap();
    let mut polling = Polling::joined(&io).await;
    polling.post("42[\"wait\"]").await;
    let before = ALLOCATOR.allocated();
    let body = format!("42[\"wait\"]{}", "\u{1e}6".repeat(490_000));
    let mut waits = polling.clone();
    let post = tokio::spawn(async move { waits.post(body).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!post.is_finished());
    let takes = ALLOCATOR.allocated().saturating_sub(before);
    println!("{takes} bytes for a body of 980,000");
    assert!(takes < 2_500_000, "{takes}");
}

#[test]
fn events_that_wait_take_no_more_than_they_may() {
    alone_with_runtime(measure_events_that_wait());
}

async fn measure_events_that_wait() {
    let padding = "x".repeat(300_000);
    let nothing = "\u{1e}6".repeat(100_000);
    for (what, packet) in [
        ("arguments", format!("42[\"n\",\"{padding}\"]")),
        ("a name", format!("42[\"{padding}\"]")),
        ("a namespace", format!("42/{padding},[\"n\"]")),
        ("a namespace to leave", format!("41/{padding}")),
        ("a namespace to join", format!("40/{padding},")),
        ("too deep", format!("42/a,1{}", "[".repeat(300_000))),
        ("acknowledgements that nobody waits for", format!("42[\"n\"]\u{1e}439[\"{padding}\"]")),
        ("nothing", format!("42[\"n\"]{nothing}")),
    ] {
        let io = busy();
        let mut polling = Polling::joined(&io).await;
        polling.post("42[\"wait\"]").await;
        let before = ALLOCATOR.allocated();
        let mut posts = polling.clone();
        let packet = Bytes::from(packet);
        // What is refused does not wait.
        assert_eq!(posts.post(packet.clone()).await, "ok", "{what}");
        let posting = tokio::spawn(async move {
            for _ in 0..100 {
                posts.post(packet.clone()).await;
            }
        });
        // Until it is done, or no more is taken.
        let mut takes = 0;
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            takes = takes.max(ALLOCATOR.allocated().saturating_sub(before));
            if posting.is_finished() {
                break;
            }
        }
        posting.abort();
        println!("{what}: {takes} bytes");
        assert!(takes < 8_000_000, "{what}: {takes}");
    }
}
