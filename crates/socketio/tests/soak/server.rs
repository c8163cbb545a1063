//! The server, in a process of its own, so that its memory and descriptors are nobody else's.

use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use chinwag_socketio::{
    Ack, Closing, ConnectError, Event, Handshake, Namespace, Payload, RawArguments, Recovery, Refusal,
    Rejection, Reply, Socket, SocketIo,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::moving::join_and_leave;
use crate::settings::{self, Settings};

/// What begins a line that is for the test, among what the test harness prints.
pub(crate) const MARK: &str = "soak:";

/// The label of the pattern.
const CHILDREN: &str = "children";

/// How long the server waits for a client's answer.
const ANSWER: Duration = Duration::from_millis(300);

/// What the server tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) connections: u64,
    pub(crate) sessions: u64,
    pub(crate) sockets: u64,
    pub(crate) rooms: u64,
    pub(crate) children: u64,
    pub(crate) outbox_bytes: u64,
    pub(crate) tasks: u64,
    /// Bytes that are allocated.
    pub(crate) heap: u64,
    /// Sockets that have ever joined, as `on_connect` counts.
    pub(crate) joined: u64,
    /// Sockets that have ended, as `on_disconnect` counts.
    pub(crate) left: u64,
}

#[derive(Default)]
struct Counts {
    joined: AtomicU64,
    left: AtomicU64,
}

/// Something that somebody says to a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// Whose; new with every joining of a namespace.
    pub(crate) life: u64,
    /// Which of that life.
    pub(crate) number: u64,
    pub(crate) room: String,
    /// Which of that life in that room.
    pub(crate) in_room: u64,
    /// So that some are worth compressing.
    pub(crate) padding: String,
}

#[derive(Deserialize)]
struct Auth {
    key: String,
}

/// Serves until nobody listens any more: the test that has started this holds the other ends of its standard input
/// and output.
pub(crate) fn run(settings: Settings) {
    silence_planned_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let counts = Arc::new(Counts::default());
    let io = server(settings, &counts);
    let address = runtime.block_on(listen(&io));
    say(&address);
    for line in std::io::stdin().lock().lines() {
        if line.is_err() {
            break;
        }
        say(&told(&io, &counts, runtime.metrics().num_alive_tasks()));
    }
    runtime.shutdown_background();
}

fn say<T: Serialize>(what: &T) {
    println!("{MARK}{}", serde_json::to_string(what).unwrap());
    std::io::stdout().flush().unwrap();
}

fn told(io: &SocketIo, counts: &Counts, tasks: usize) -> Told {
    // What may be asked for again is dropped when it is looked at next, which nobody else may do any more.
    let _ = io.of("/").to("nobody").volatile().emit("look", &());
    let _ = io.of("/guarded").to("nobody").volatile().emit("look", &());
    let figures = io.figures();
    Told {
        connections: figures.connections as u64,
        sessions: figures.sessions as u64,
        sockets: figures.sockets as u64,
        rooms: figures.rooms as u64,
        children: figures.children as u64,
        outbox_bytes: figures.outbox_bytes as u64,
        tasks: tasks as u64,
        heap: crate::ALLOCATOR.allocated() as u64,
        joined: counts.joined.load(Ordering::SeqCst),
        left: counts.left.load(Ordering::SeqCst),
    }
}

fn silence_planned_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&"on purpose") {
            report(panic);
        }
    }));
}

async fn listen(io: &SocketIo) -> SocketAddr {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    // Small, so that who does not read is found out.
    socket.set_send_buffer_size(32 * 1024).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let listener = socket.listen(4096).unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route_service("/socket.io/", io.service());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    address
}

fn server(settings: Settings, counts: &Arc<Counts>) -> SocketIo {
    // A place that is not given back is missed soon: there are never more at the same time.
    let most = usize::try_from(settings.clients * 3).unwrap();
    SocketIo::builder()
        .ping_interval(settings::PING_INTERVAL)
        .ping_timeout(settings.ping_timeout())
        .upgrade_timeout(settings::UPGRADE_TIMEOUT)
        .connect_timeout(settings::CONNECT_TIMEOUT)
        .max_payload(settings::MAX_PAYLOAD)
        .outbox_limit(256 * 1024)
        .max_connections(most)
        .max_connections_per_address(most)
        .peer_addr(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0))
        .max_children(usize::try_from(settings::CHILDREN).unwrap())
        .compression(512)
        .jsonp(true)
        .recovery(Recovery::new().window(settings::RECOVERY_WINDOW))
        .allow_request(|parts| {
            let refused = parts.uri.query().is_some_and(|query| query.contains("stranger=1"));
            async move { if refused { Err(Refusal::forbidden("no strangers")) } else { Ok(()) } }
        })
        .namespace(talk(Namespace::new("/"), counts))
        .namespace(talk(guarded(Namespace::new("/guarded")), counts))
        .namespace(talk(guarded(Namespace::matching(CHILDREN, |name| name.starts_with("/child-"))), counts))
        .build()
        .unwrap()
}

/// Some are let in at once, some after a while, some not at all.
fn guarded(namespace: Namespace) -> Namespace {
    namespace
        .guard(async |handshake: Handshake| match handshake.auth::<Auth>() {
            Ok(auth) if auth.key == "wrong" => Err(ConnectError::new("no entry")),
            Ok(_) => Ok(()),
            Err(_) => Err(ConnectError::new("no key")),
        })
        .connect(async |handshake: Handshake| {
            let key = handshake.auth::<Auth>().map(|auth| auth.key).unwrap_or_default();
            if key.starts_with("slow") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            if key.ends_with("refused") { Err(ConnectError::new("no entry")) } else { Ok(Arc::new(key)) }
        })
}

fn talk(namespace: Namespace, counts: &Arc<Counts>) -> Namespace {
    let (joined, left) = (counts.clone(), counts.clone());
    let namespace = namespace
        .on_connect(move |_| {
            joined.joined.fetch_add(1, Ordering::SeqCst);
            async {}
        })
        .on_disconnect(move |_, _| {
            left.left.fetch_add(1, Ordering::SeqCst);
            async {}
        })
        .before_event(|event: &Event| {
            let forbidden = event.name() == "forbidden";
            async move { if forbidden { Err(Rejection::new("forbidden", "You may not.")) } else { Ok(()) } }
        });
    ends(questions(rooms(namespace)))
}

fn rooms(namespace: Namespace) -> Namespace {
    join_and_leave(namespace)
        .on("say", |socket: Socket, Payload(said): Payload<Said>| async move {
            let sent = socket.io().of(socket.namespace()).to(said.room.clone()).emit("said", &said);
            Reply(sent.is_ok())
        })
        .on("whisper", |socket: Socket, Payload(room): Payload<String>| async move {
            let sent = socket.to(room.clone()).volatile().emit("whisper", &room);
            Reply(sent.is_ok())
        })
}

fn questions(namespace: Namespace) -> Namespace {
    namespace
        .on("echo", |socket: Socket, arguments: RawArguments| async move {
            let _ = socket.emit_all("echoed", &arguments);
        })
        .on("ask", |arguments: RawArguments, ack: Ack| async move { ack.send_all(&arguments) })
        // The handler waits for the same client that waits for it.
        .on("ask me", |socket: Socket, Payload(what): Payload<Value>| async move {
            let answer = socket.emit_with_ack::<Value, _>("question", &what, ANSWER).await;
            Reply(answer.map_or_else(|_| json!({ "failed": true }), |answer| json!({ "answer": answer })))
        })
        .on("ask all", |socket: Socket, Payload(room): Payload<String>| async move {
            let everybody = socket.io().of(socket.namespace()).to(room);
            let answers = everybody.emit_with_ack::<Value, _>("question", &"all", ANSWER).await;
            Reply(answers.map_or(0, |answers| answers.replies.len()))
        })
        .on("wait", |Payload(milliseconds): Payload<u64>| async move {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            Reply(milliseconds)
        })
        .on("flood", |socket: Socket, Payload(lines): Payload<u64>| async move {
            let line = "x".repeat(1000);
            for _ in 0..lines {
                let _ = socket.emit("flood", &line);
            }
        })
        // Until more waits than may, beside what the kernel takes.
        .on("deluge", |socket: Socket| async move {
            let line = "x".repeat(50_000);
            while socket.is_connected() && socket.emit("flood", &line).is_ok() {
                tokio::task::yield_now().await;
            }
        })
        .on("panic", async || -> () { panic!("on purpose") })
}

fn ends(namespace: Namespace) -> Namespace {
    namespace
        .on("kick me", |socket: Socket| async move { socket.kick() })
        .on("close me", |socket: Socket| async move { socket.close() })
        .on("send me away", |socket: Socket| async move { socket.disconnect(Closing::new("moved", 20)) })
}
