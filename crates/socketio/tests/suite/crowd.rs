//! Many at once, on several threads.

use std::time::{Duration, Instant};

use chinwag_socketio::{Ack, Closing, Namespace, Payload, Socket, SocketIo};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Got, Polls, Ws, eventually, serve};

const MEMBERS: usize = 24;
const SENDERS: usize = 6;
const EACH: usize = 150;

fn server() -> SocketIo {
    let namespace = Namespace::new("/").on_connect(|socket: Socket| async move { socket.join("room") }).on(
        "say",
        |socket: Socket, Payload(said): Payload<Value>, ack: Ack| async move {
            socket.io().of("/").to("room").emit("said", &said).unwrap();
            ack.send(&said);
        },
    );
    SocketIo::builder().namespace(namespace).ping_interval(Duration::from_millis(50)).build().unwrap()
}

/// Checks that each sender's messages come once and in order, and returns when all are there.
struct Tally([usize; SENDERS]);

impl Tally {
    fn done(&self) -> bool {
        self.0 == [EACH; SENDERS]
    }

    fn take(&mut self, event: &Value) {
        assert_eq!(event[0], "said");
        let sender = event[1]["from"].as_u64().unwrap() as usize;
        assert_eq!(event[1]["n"], self.0[sender], "from {sender}");
        self.0[sender] += 1;
    }
}

fn said(from: usize, n: usize) -> Value {
    // Some are so large that sockets fill up.
    json!({ "from": from, "n": n, "padding": "x".repeat(if n.is_multiple_of(10) { 20_000 } else { 10 }) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_hears_everything_once_and_in_order() {
    let io = server();
    let address = serve(&io).await;
    let mut tasks = JoinSet::new();
    for member in 0..MEMBERS {
        let (mut ws, _) = Ws::joined(address).await;
        tasks.spawn(async move {
            let mut tally = Tally([0; SENDERS]);
            while !tally.done() {
                tally.take(&ws.event().await);
                if member % 8 == 0 {
                    tokio::time::sleep(Duration::from_micros(200)).await;
                }
            }
        });
    }
    for _ in 0..4 {
        let polls = Polls::open(address).await;
        polls.post("40").await;
        polls.get().await;
        tasks.spawn(async move {
            let mut tally = Tally([0; SENDERS]);
            while !tally.done() {
                for packet in polls.get().await.body.split('\u{1e}') {
                    match packet.strip_prefix("42") {
                        Some(event) => tally.take(&serde_json::from_str(event).unwrap()),
                        None if packet == "2" => assert_eq!(polls.post("3").await.status, 200),
                        None => panic!("{packet}"),
                    }
                }
            }
        });
    }
    eventually("all members", || io.of("/").to("room").count() == MEMBERS + 4).await;
    // Half of the senders are clients, who are not in the room, the others are inside of the server.
    let mut clients = Vec::new();
    for _ in 0..SENDERS / 2 {
        let (ws, id) = Ws::joined(address).await;
        let socket = io.socket("/", id.parse().unwrap()).unwrap();
        eventually("its room", || !socket.rooms().is_empty()).await;
        socket.leave("room");
        clients.push(ws);
    }
    for (from, mut ws) in clients.into_iter().enumerate() {
        tasks.spawn(async move {
            for n in 0..EACH {
                let answer = ws.ask(n as u64, &json!(["say", said(from, n)]).to_string()).await;
                assert_eq!(answer[0]["n"], n);
            }
        });
    }
    for from in SENDERS / 2..SENDERS {
        let io = io.clone();
        tasks.spawn(async move {
            for n in 0..EACH {
                io.of("/").to("room").emit("said", &said(from, n)).unwrap();
                tokio::time::sleep(Duration::from_micros(500)).await;
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_of_a_room_arrives_after_one_was_taken_out_of_it() {
    let io = server();
    let address = serve(&io).await;
    let sender = tokio::spawn({
        let io = io.clone();
        async move {
            for n in 0.. {
                io.of("/").to("room").emit("said", &n).unwrap();
                tokio::task::yield_now().await;
            }
        }
    });
    for _ in 0..20 {
        let (mut ws, id) = Ws::joined(address).await;
        ws.event().await;
        let socket = io.socket("/", id.parse().unwrap()).unwrap();
        socket.leave("room");
        socket.emit("left", &()).unwrap();
        while ws.event().await[0] != "left" {}
        socket.emit("later", &()).unwrap();
        assert_eq!(ws.event().await[0], "later");
    }
    sender.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_ends_in_the_middle_of_it_all() {
    let io = server();
    let address = serve(&io).await;
    let mut tasks = JoinSet::new();
    for from in 0..40 {
        tasks.spawn(async move {
            if from % 4 == 0 {
                let polls = Polls::open(address).await;
                polls.post("40").await;
                loop {
                    let body = polls.get().await.body;
                    if body == "1" {
                        break;
                    }
                    if !body.contains("server:closing") {
                        polls.post("3").await;
                    }
                }
            } else {
                let (mut ws, _) = Ws::joined(address).await;
                let mut last = String::new();
                for n in 0.. {
                    ws.send(&json!(["say", { "n": n }]).to_string().replacen('[', "42[", 1)).await;
                    match ws.next().await {
                        Got::Text(text) => last = text,
                        Got::Close(code) => {
                            assert_eq!(code, Some(1001));
                            break;
                        }
                        other => panic!("{other:?}"),
                    }
                }
                assert_eq!(last, r#"42["server:closing",{"code":"draining","retry_ms":5}]"#);
            }
        });
    }
    eventually("all", || io.of("/").to("room").count() == 40).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(io.shutdown(Closing::draining(5), Duration::from_secs(4)).await);
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_eq!(io.figures(), Default::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_several_send_to_a_room_reaches_everybody_in_the_same_order() {
    const THREADS: usize = 4;
    const EACH: usize = 300;
    let namespace = Namespace::new("/").on_connect(|socket: Socket| async move {
        socket.join("one");
        socket.join("other");
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(Ws::joined(address).await.0);
    }
    eventually("all are in", || io.of("/").in_("other").count() == 6).await;
    type To = fn(&SocketIo) -> chinwag_socketio::Broadcast;
    let several: To = |io| io.of("/").to("one").to("other");
    for to in [(|io: &SocketIo| io.of("/").to("one")) as To, |io| io.of("/"), several] {
        let start = std::sync::Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (io, start) = (&io, &start);
                scope.spawn(move || {
                    start.wait();
                    for number in 0..EACH {
                        to(io).emit("n", &(thread, number)).unwrap();
                    }
                });
            }
        });
        let mut first: Option<Vec<Value>> = None;
        for ws in &mut clients {
            let mut heard = Vec::new();
            for _ in 0..THREADS * EACH {
                heard.push(ws.event().await);
            }
            let first = first.get_or_insert_with(|| heard.clone());
            assert!(heard == *first, "not the same order");
        }
    }
}

#[tokio::test]
async fn those_who_came_together_are_not_asked_together() {
    let interval = Duration::from_millis(300);
    let builder = SocketIo::builder().namespace(Namespace::new("/"));
    let io = builder.ping_interval(interval).ping_timeout(Duration::from_secs(4)).build().unwrap();
    let address = serve(&io).await;
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        tasks.spawn(async move {
            let (mut ws, _) = Ws::joined(address).await;
            let joined = Instant::now();
            assert_eq!(ws.next().await, Got::Text("2".into()));
            joined.elapsed()
        });
    }
    let mut times: Vec<Duration> = Vec::new();
    while let Some(time) = tasks.join_next().await {
        times.push(time.unwrap());
    }
    times.sort_unstable();
    // A quarter of the time-out, and never too early; the handshake was a little before.
    assert!(times[0] > interval / 2, "{times:?}");
    assert!(times[31] - times[0] > Duration::from_millis(500), "{times:?}");
}
