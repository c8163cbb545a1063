//! Serving without a web framework.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::{Closing, Handshake, Namespace, Recovery, Reply, Server, Socket, SocketIo};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::support::{Log, PATIENCE, Polls, Ws, eventually, http, within};

const OPEN: &str = "EIO=4&transport=polling";

async fn start(set: impl Fn(Server) -> Server) -> (SocketIo, SocketAddr, JoinHandle<()>) {
    let namespace = Namespace::new("/")
        .connect(async |handshake: Handshake| Ok(Arc::new(handshake.peer_addr())))
        .on("who", |socket: Socket| async move {
            Reply(socket.data::<Option<SocketAddr>>().unwrap().unwrap().to_string())
        });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(set(io.serve(listener)).into_future());
    (io, address, served)
}

/// Sends a whole request and leaves the connection open.
async fn request(stream: &mut TcpStream, target: &str) {
    let head = format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
}

/// The status of the next answer, which has no body.
async fn status(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap().split(' ').nth(1).unwrap().to_owned()
}

/// Waits until the server closes the connection.
async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let _ = within(stream.read_to_end(&mut rest)).await;
}

/// Whether the server still listens to a connection on which nothing was sent.
async fn is_open(mut stream: TcpStream) -> bool {
    request(&mut stream, "/").await;
    within(stream.read_u8()).await.is_ok()
}

#[tokio::test]
async fn it_serves_both_transports_on_its_path_and_nothing_else() {
    let (_, address, _served) = start(|server| server).await;
    let (mut ws, _) = Ws::joined(address).await;
    let own = ws.stream.local_addr().unwrap().to_string();
    assert_eq!(ws.ask(1, r#"["who"]"#).await, json!([own]));
    let polls = Polls::open(address).await;
    assert_eq!(polls.post("40").await.body, "ok");
    assert!(polls.get().await.body.starts_with("40{"));
    let mut stream = TcpStream::connect(address).await.unwrap();
    for target in ["/", "/socket.io", "/socket.io/x", &format!("/other/?{OPEN}")] {
        request(&mut stream, target).await;
        assert_eq!(status(&mut stream).await, "404", "{target}");
    }
    let (_, address, _served) = start(|server| server.path("/chat")).await;
    assert_eq!(http(address, "GET", OPEN, "").await.status, 404);
    let mut stream = TcpStream::connect(address).await.unwrap();
    request(&mut stream, &format!("/chat?{OPEN}")).await;
    assert_eq!(status(&mut stream).await, "200");
}

#[tokio::test]
async fn it_ends_with_the_shutdown_and_everybody_hears_of_it() {
    let (io, address, served) = start(|server| server).await;
    let (mut ws, _) = Ws::joined(address).await;
    let (waits, comes) = (Polls::open(address).await, Polls::open(address).await);
    for polls in [&waits, &comes] {
        polls.post("40").await;
        polls.get().await;
    }
    let waiting = tokio::spawn(async move {
        let told = waits.get().await.body;
        assert_eq!(waits.get().await.body, "1");
        told
    });
    let mut idle = TcpStream::connect(address).await.unwrap();
    request(&mut idle, "/").await;
    assert_eq!(status(&mut idle).await, "404");
    let shutdown = tokio::spawn({
        let io = io.clone();
        async move { io.shutdown(Closing::draining(5), PATIENCE).await }
    });
    let told = r#"42["server:closing",{"code":"draining","retry_ms":5}]"#;
    assert_eq!(ws.text().await, told);
    assert_eq!(within(waiting).await.unwrap(), told);
    assert_eq!(http(address, "GET", OPEN, "").await.status, 503, "who comes now is told so");
    assert_eq!(comes.get().await.body, told, "who polls only now is told as well");
    assert_eq!(comes.get().await.body, "1");
    drop(ws);
    assert!(within(shutdown).await.unwrap());
    within(served).await.unwrap();
    closed(&mut idle).await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn it_ends_although_somebody_does_not_finish_a_request() {
    let (io, address, served) = start(|server| server).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET / HT").await.unwrap();
    let (ws, _) = Ws::joined(address).await;
    // The shutdown is given up with the future.
    tokio::select! {
        biased;
        _ = io.shutdown(Closing::draining(5), PATIENCE) => panic!("the client is still there"),
        () = std::future::ready(()) => {}
    }
    drop(ws);
    tokio::time::timeout(2 * PATIENCE, served).await.unwrap().unwrap();
    closed(&mut slow).await;
}

#[tokio::test]
async fn who_does_not_send_a_request_in_time_is_closed() {
    let (_, address, _served) = start(|server| server.head_timeout(Duration::from_millis(100))).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: te").await.unwrap();
    let mut between = TcpStream::connect(address).await.unwrap();
    request(&mut between, "/").await;
    assert_eq!(status(&mut between).await, "404");
    for stream in [&mut silent, &mut slow, &mut between] {
        closed(stream).await;
    }
}

#[tokio::test]
async fn who_has_been_idle_longest_makes_room() {
    let (io, address, _served) = start(|server| server.max_idle(2)).await;
    let connect = || async { TcpStream::connect(address).await.unwrap() };
    // Neither of these is idle.
    let (mut ws, _) = Ws::joined(address).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let mut waiting = connect().await;
    request(&mut waiting, &format!("/socket.io/?{}", polls.query())).await;
    let mut first = connect().await;
    // A request, and it is the youngest.
    let mut served = connect().await;
    request(&mut first, "/").await;
    assert_eq!(status(&mut first).await, "404");
    let mut second = connect().await;
    closed(&mut served).await;
    let third = connect().await;
    closed(&mut first).await;
    assert!(is_open(third).await);
    request(&mut second, "/").await;
    assert_eq!(status(&mut second).await, "404");
    io.of("/").emit("all", &1).unwrap();
    assert_eq!(ws.event().await, json!(["all", 1]));
    assert_eq!(status(&mut waiting).await, "200");
}

#[tokio::test]
async fn connections_end_with_their_server() {
    let (_io, address, served) = start(|server| server).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    polls.get().await;
    let mut waiting = TcpStream::connect(address).await.unwrap();
    request(&mut waiting, &format!("/socket.io/?{}", polls.query())).await;
    served.abort();
    assert!(served.await.unwrap_err().is_cancelled());
    closed(&mut waiting).await;
    assert!(TcpStream::connect(address).await.is_err());
}

/// Tells the test that it runs in a process of its own, with few descriptors: the others shall have enough.
const FEW: &str = "CHINWAG_FEW_DESCRIPTORS";

#[test]
fn it_rests_when_descriptors_run_out_and_goes_on_when_there_are_some() {
    if std::env::var_os(FEW).is_some() {
        return tokio::runtime::Runtime::new().unwrap().block_on(with_few_descriptors());
    }
    let name = "stand_alone::it_rests_when_descriptors_run_out_and_goes_on_when_there_are_some";
    let run = format!("ulimit -n 48 && exec \"$0\" --exact {name} --nocapture");
    let mut child = std::process::Command::new("sh");
    let output =
        child.args(["-c", &run]).arg(std::env::current_exe().unwrap()).env(FEW, "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{told}{why}");
}

async fn with_few_descriptors() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).init();
    let failures = || log.text().matches("could not be accepted").count();
    let (_, address, _served) = start(|server| server).await;
    let first = TcpSocket::new_v4().unwrap();
    let mut taken = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        taken.push(file);
    }
    let mut first = first.connect(address).await.unwrap();
    eventually("it is noticed", || failures() > 0).await;
    let before = failures();
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert!(failures() - before <= 4, "{}", failures() - before);
    taken.pop();
    request(&mut first, "/").await;
    assert_eq!(status(&mut first).await, "404");
}

#[tokio::test]
async fn no_task_is_left_when_it_is_gone() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let namespace = Namespace::new("/");
    // One of them looks after its own end four times in this time.
    let recovery = Recovery::new().window(Duration::from_secs(1));
    let io = SocketIo::builder().namespace(namespace).recovery(recovery).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(io.serve(listener).into_future());
    let (ws, _) = Ws::joined(address).await;
    let (polls, _) = Polls::joined(address).await;
    assert!(tasks() > before + 4, "timers, flushers and connections: {}", tasks());
    drop(ws);
    eventually("one may come back", || io.of("/").count() == 1).await;
    let shutdown = tokio::spawn(async move {
        io.shutdown(Closing::draining(5), PATIENCE).await;
    });
    assert!(polls.get().await.body.starts_with("42[\"server:closing\""));
    assert_eq!(polls.get().await.body, "1");
    within(shutdown).await.unwrap();
    within(served).await.unwrap();
    eventually("all of them have ended", || tasks() == before).await;
}
