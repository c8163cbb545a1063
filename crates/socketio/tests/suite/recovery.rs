//! Clients that come back and go on where they were.

mod bounds;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chinwag_socketio::{Ack, ConnectError, Data, Handshake, Namespace, Recovery, Socket, SocketId, SocketIo};
use serde_json::{Value, json};

use crate::moving::join_and_leave;
use crate::support::{Got, Polls, Ws, eventually, quick, serve, within};

/// What a client of Socket.IO 4.6 remembers.
struct Memory {
    sid: String,
    pid: String,
    offset: Option<String>,
}

impl Memory {
    fn auth(&self) -> Value {
        match &self.offset {
            Some(offset) => json!({ "pid": self.pid, "offset": offset }),
            None => json!({ "pid": self.pid }),
        }
    }
}

/// Joins `/`, and reads everything that was sent until then.
async fn join(ws: &mut Ws, auth: &Value) -> (Vec<Value>, Memory) {
    ws.send(&format!("40{auth}")).await;
    let joined = ws.text().await;
    let joined: Value = serde_json::from_str(joined.strip_prefix("40").unwrap()).unwrap();
    let text = |key: &str| joined[key].as_str().unwrap().to_owned();
    ws.send("42999[\"rooms\"]").await;
    let mut missed = Vec::new();
    loop {
        let text = ws.text().await;
        match text.strip_prefix("42") {
            Some(event) => missed.push(serde_json::from_str(event).unwrap()),
            None => break assert!(text.starts_with("43999["), "{text}"),
        }
    }
    (missed, Memory { sid: text("sid"), pid: text("pid"), offset: None })
}

async fn fresh(address: SocketAddr) -> (Ws, Memory) {
    let mut ws = Ws::session(address).await;
    let (missed, memory) = join(&mut ws, &json!({})).await;
    assert!(missed.is_empty());
    (ws, memory)
}

/// Serves a client that has joined and is gone again.
async fn away(io: &SocketIo) -> (SocketAddr, Memory) {
    let address = serve(io).await;
    let (ws, memory) = fresh(address).await;
    drop(ws);
    gone(io, &memory).await;
    (address, memory)
}

/// Comes back on a new connection.
async fn back(address: SocketAddr, memory: &mut Memory) -> (Ws, Vec<Value>, bool) {
    let mut ws = Ws::session(address).await;
    let (mut missed, now) = join(&mut ws, &memory.auth()).await;
    let same = (&now.sid, &now.pid) == (&memory.sid, &memory.pid);
    for event in &mut missed {
        memory.offset = Some(number(event));
    }
    (ws, missed, same)
}

/// Takes the number away that is an event's last argument.
fn number(event: &mut Value) -> String {
    event.as_array_mut().unwrap().pop().unwrap().as_str().unwrap().to_owned()
}

async fn event(ws: &mut Ws, memory: &mut Memory) -> Value {
    let mut event = ws.event().await;
    memory.offset = Some(number(&mut event));
    event
}

fn server(recovery: Recovery) -> SocketIo {
    let namespace = join_and_leave(Namespace::new("/"))
        .on_connect(|socket: Socket| async move {
            if !socket.recovered() {
                socket.join("lobby");
            }
        })
        .on("rooms", |socket: Socket, ack: Ack| async move {
            let mut rooms = socket.rooms();
            rooms.sort_unstable();
            ack.send(&(socket.recovered(), rooms.iter().map(|room| room.to_string()).collect::<Vec<_>>()));
        });
    quick().recovery(recovery).namespace(namespace).build().unwrap()
}

fn id(memory: &Memory) -> SocketId {
    memory.sid.parse().unwrap()
}

async fn gone(io: &SocketIo, memory: &Memory) {
    eventually("the socket is gone", || io.socket("/", id(memory)).is_none()).await;
}

#[tokio::test]
async fn gets_what_it_missed_in_its_rooms_and_by_itself() {
    let io = server(Recovery::new());
    let address = serve(&io).await;
    let (mut ws, mut memory) = fresh(address).await;
    let socket = io.socket("/", id(&memory)).unwrap();
    ws.ask(1, "[\"join\",\"kitchen\"]").await;
    io.of("/").emit("seen", &1).unwrap();
    assert_eq!(event(&mut ws, &mut memory).await, json!(["seen", 1]));
    drop(ws);
    gone(&io, &memory).await;

    io.of("/").emit("all", &2).unwrap();
    io.of("/").to("kitchen").emit_all("room", &(3, 4)).unwrap();
    io.of("/").to("elsewhere").emit("other", &5).unwrap();
    io.of("/").except("kitchen").emit("others", &6).unwrap();
    io.of("/").volatile().emit("fleeting", &7).unwrap();
    io.of("/").to(memory.sid.clone()).emit("you", &8).unwrap();
    socket.emit("direct", &chinwag_socketio::Binary::from(vec![9])).unwrap();

    let mut ws = Ws::session(address).await;
    ws.send(&format!("40{}", memory.auth())).await;
    let expected = [
        &format!(r#"40{{"sid":"{}","pid":"{}"}}"#, memory.sid, memory.pid),
        r#"42["all",2,"2"]"#,
        r#"42["room",3,4,"3"]"#,
        r#"42["you",8,"6"]"#,
        r#"451-["direct",{"_placeholder":true,"num":0},"7"]"#,
        "[9]",
    ];
    for expected in expected {
        match ws.next().await {
            Got::Text(text) => assert_eq!(text, expected),
            Got::Binary(bytes) => assert_eq!(format!("{bytes:?}"), expected),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(ws.ask(2, "[\"rooms\"]").await, json!([[true, ["kitchen", "lobby"]]]));
    io.of("/").to("kitchen").emit("live", &10).unwrap();
    assert_eq!(event(&mut ws, &mut memory).await, json!(["live", 10]));
}

/// On Node what is volatile has no number.
#[tokio::test]
async fn what_is_volatile_repeats_a_number_and_what_asks_has_none() {
    let io = server(Recovery::new());
    let address = serve(&io).await;
    let (mut ws, mut memory) = fresh(address).await;
    let socket = io.socket("/", id(&memory)).unwrap();
    io.of("/").emit("kept", &1).unwrap();
    io.of("/").volatile().emit("fleeting", &2).unwrap();
    socket.volatile().emit("fleeting", &3).unwrap();
    assert_eq!(event(&mut ws, &mut memory).await, json!(["kept", 1]));
    let kept = memory.offset.clone().unwrap();
    assert!(kept.bytes().all(|byte| byte.is_ascii_digit()), "{kept}");
    for n in [2, 3] {
        assert_eq!(event(&mut ws, &mut memory).await, json!(["fleeting", n]));
        assert_eq!(memory.offset.as_ref(), Some(&kept));
    }
    let asked = tokio::spawn(async move {
        socket.emit_with_ack::<u32, _>("how many?", &(), Duration::from_secs(5)).await.unwrap()
    });
    assert_eq!(ws.text().await, "420[\"how many?\",null]");
    ws.send("430[4]").await;
    assert_eq!(within(asked).await.unwrap(), 4);
    drop(ws);
    gone(&io, &memory).await;
    io.of("/").volatile().emit("fleeting", &5).unwrap();
    io.of("/").emit("kept", &6).unwrap();
    let (_ws, missed, same) = back(address, &mut memory).await;
    assert_eq!((missed, same), (vec![json!(["kept", 6])], true));
}

/// Also to who is away, and comes back.
#[tokio::test]
async fn what_one_is_sent_is_not_for_others_in_the_room_of_its_id() {
    let io = server(Recovery::new());
    let address = serve(&io).await;
    let (ws, mut memory) = fresh(address).await;
    let (mut other, mut others) = fresh(address).await;
    other.ask(1, &json!(["join", memory.sid]).to_string()).await;
    let socket = io.socket("/", id(&memory)).unwrap();
    drop(ws);
    gone(&io, &memory).await;
    socket.emit("private", &1).unwrap();
    let (mut ws, missed, same) = back(address, &mut memory).await;
    assert_eq!((missed, same), (vec![json!(["private", 1])], true));
    let socket = io.socket("/", id(&memory)).unwrap();
    socket.emit("private", &2).unwrap();
    assert_eq!(event(&mut ws, &mut memory).await, json!(["private", 2]));
    drop(other);
    gone(&io, &others).await;
    let (mut other, missed, same) = back(address, &mut others).await;
    assert_eq!((missed, same), (vec![], true), "neither then nor now");
    other.silence().await;
}

#[tokio::test]
async fn works_before_anything_was_received_and_more_than_once() {
    let io = server(Recovery::new());
    let (address, mut memory) = away(&io).await;
    io.of("/").emit("one", &()).unwrap();
    for round in 2..5 {
        let (ws, missed, same) = back(address, &mut memory).await;
        assert!(same, "{round}");
        assert_eq!(missed.len(), 1, "{round}: {missed:?}");
        drop(ws);
        gone(&io, &memory).await;
        io.of("/").emit("next", &round).unwrap();
    }
    // What was sent again and is lost again comes once more, as long as nothing was received.
    let (ws, mut memory) = fresh(address).await;
    drop(ws);
    gone(&io, &memory).await;
    io.of("/").emit("lost", &()).unwrap();
    for _ in 0..2 {
        let (ws, missed, same) = back(address, &mut memory).await;
        memory.offset = None;
        assert!(same);
        assert_eq!(missed, [json!(["lost", null])]);
        drop(ws);
        gone(&io, &memory).await;
    }
}

#[tokio::test]
async fn takes_over_from_a_connection_that_is_not_yet_known_to_be_dead() {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = ended.clone();
    let namespace = Namespace::new("/").on_disconnect(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        async {}
    });
    let io = SocketIo::builder().recovery(Recovery::new()).namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let (mut old, mut memory) = fresh(address).await;
    io.of("/").emit("seen", &1).unwrap();
    event(&mut old, &mut memory).await;
    // The client's network is gone, and the server knows nothing of it.
    io.of("/").emit("unseen", &2).unwrap();
    let (mut new, missed, same) = back(address, &mut memory).await;
    assert!(same);
    assert_eq!(missed, [json!(["unseen", 2])]);
    io.of("/").emit("live", &3).unwrap();
    assert_eq!(event(&mut new, &mut memory).await, json!(["live", 3]));
    // The old connection is closed, and hears nothing more.
    let rest = old.rest().await;
    assert!(!rest.iter().any(|got| matches!(got, Got::Text(text) if text.contains("live"))), "{rest:?}");
    assert_eq!(ended.load(Ordering::SeqCst), 1);
    assert_eq!(io.of("/").count(), 1);
}

#[tokio::test]
async fn is_sent_nothing_from_before_it_joined_a_room_or_after_it_left() {
    let io = server(Recovery::new());
    let address = serve(&io).await;
    let (mut ws, mut memory) = fresh(address).await;
    let room = || io.of("/").to("kitchen");
    room().emit("before", &()).unwrap();
    ws.ask(1, "[\"join\",\"kitchen\"]").await;
    room().emit("during", &()).unwrap();
    ws.event().await;
    ws.ask(2, "[\"leave\",\"kitchen\"]").await;
    room().emit("after", &()).unwrap();
    io.of("/").except("kitchen").emit("outside", &()).unwrap();
    ws.event().await;
    drop(ws);
    gone(&io, &memory).await;
    // As if it had received none of it.
    let (_ws, missed, same) = back(address, &mut memory).await;
    assert!(same);
    assert_eq!(missed, [json!(["during", null]), json!(["outside", null])]);
}

#[tokio::test]
async fn who_is_away_can_be_moved_and_thrown_out() {
    let io = server(Recovery::new());
    let (address, mut memory) = away(&io).await;
    io.of("/").in_("lobby").join("cellar");
    io.of("/").in_("cellar").leave("lobby");
    io.of("/").to("lobby").emit("not for you", &()).unwrap();
    io.of("/").to("cellar").emit("for you", &()).unwrap();
    let (mut ws, missed, same) = back(address, &mut memory).await;
    assert!(same);
    assert_eq!(missed, [json!(["for you", null])]);
    assert_eq!(ws.ask(1, "[\"rooms\"]").await, json!([[true, ["cellar"]]]));
    drop(ws);
    gone(&io, &memory).await;
    io.of("/").in_("cellar").kick();
    let (_ws, missed, same) = back(address, &mut memory).await;
    assert!(!same && missed.is_empty());
}

#[tokio::test]
async fn who_left_or_was_thrown_out_begins_anew() {
    let io = server(Recovery::new());
    let address = serve(&io).await;
    let (mut ws, mut memory) = fresh(address).await;
    ws.send("41").await;
    gone(&io, &memory).await;
    let (mut ws, _, same) = back(address, &mut memory).await;
    assert!(!same, "a client that left has left");
    let (_, mut memory) = {
        let (mut other, memory) = fresh(address).await;
        io.socket("/", id(&memory)).unwrap().kick();
        assert_eq!(other.text().await, "41");
        (other, memory)
    };
    let (_ws, _, same) = back(address, &mut memory).await;
    assert!(!same, "nor comes back who was thrown out");
    for auth in [
        json!({ "pid": "foo", "offset": "bar" }),
        json!({ "pid": "AAAAAAAAAAAAAAAAAAAAAA", "offset": "1" }),
        json!({ "pid": 7 }),
    ] {
        let mut ws = Ws::session(address).await;
        let (missed, memory) = join(&mut ws, &auth).await;
        assert!(missed.is_empty() && Some(memory.pid.as_str()) != auth["pid"].as_str());
    }
    ws.silence().await;
}

#[tokio::test]
async fn numbers_that_were_never_given_begin_anew() {
    for (offset, known) in [
        ("1", true),
        ("0", true),
        ("2", true),
        ("3", false),
        ("99999999999999999999999", false),
        ("-1", false),
        ("hello", false),
        ("18446744073709551615", false),
    ] {
        let io = server(Recovery::new());
        let address = serve(&io).await;
        io.of("/").emit("before", &()).unwrap();
        let (ws, mut memory) = fresh(address).await;
        io.of("/").emit("n", &()).unwrap();
        drop(ws);
        gone(&io, &memory).await;
        memory.offset = Some(offset.to_owned());
        let (_ws, _, same) = back(address, &mut memory).await;
        assert_eq!(same, known, "{offset}");
    }
}

#[tokio::test]
async fn middleware_always_runs_and_knows_what_was_there() {
    struct User {
        name: String,
        visits: usize,
    }
    #[derive(serde::Deserialize)]
    struct Auth {
        name: String,
    }
    let namespace = Namespace::new("/")
        .connect(async |handshake: Handshake| {
            let Auth { name } = handshake.auth().map_err(|_| ConnectError::new("who are you?"))?;
            let visits = match handshake.recovered_data::<User>() {
                Some(before) if before.name != name => return Err(ConnectError::new("somebody else's")),
                Some(before) => before.visits + 1,
                None => 1,
            };
            Ok(Arc::new(User { name, visits }))
        })
        .on("visits", |Data(user): Data<User>, ack: Ack| async move { ack.send(&user.visits) });
    let io = SocketIo::builder().recovery(Recovery::new()).namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::session(address).await;
    let (_, memory) = join(&mut ws, &json!({ "name": "ann" })).await;
    drop(ws);
    gone(&io, &memory).await;
    let mut ws = Ws::session(address).await;
    ws.send(&format!(r#"40{{"name":"bob","pid":"{}"}}"#, memory.pid)).await;
    assert_eq!(ws.text().await, r#"44{"message":"somebody else's"}"#);
    let mut ws = Ws::session(address).await;
    let (_, again) = join(&mut ws, &json!({ "name": "ann", "pid": memory.pid })).await;
    assert_eq!(again.sid, memory.sid, "who was refused has taken nothing");
    assert_eq!(ws.ask(1, "[\"visits\"]").await, json!([2]));
}

#[tokio::test]
async fn is_off_unless_asked_for() {
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let polls = Polls::open(address).await;
    polls.post("40").await;
    let joined: Value = serde_json::from_str(polls.get().await.body.strip_prefix("40").unwrap()).unwrap();
    assert_eq!(joined.as_object().unwrap().keys().collect::<Vec<_>>(), ["sid"]);
    io.of("/").emit("plain", &1).unwrap();
    assert_eq!(polls.get().await.body, "42[\"plain\",1]");
}

/// Nothing that is sent to the room afterwards reaches them, even if their connections break in the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_taken_out_of_a_room_while_it_loses_its_connection_stays_out() {
    const CLIENTS: usize = 200;
    let io = server(Recovery::new());
    let address = serve(&io).await;
    for _ in 0..5 {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(fresh(address).await);
        }
        io.of("/").join("secret");
        let (sockets, memories): (Vec<Ws>, Vec<Memory>) = clients.into_iter().unzip();
        let all = io.clone();
        let leaving = tokio::task::spawn_blocking(move || all.of("/").leave("secret"));
        drop(sockets);
        leaving.await.unwrap();
        for mut memory in memories {
            gone(&io, &memory).await;
            let (mut ws, _, same) = back(address, &mut memory).await;
            assert!(same);
            assert_eq!(ws.ask(1, "[\"rooms\"]").await, json!([[true, ["lobby"]]]));
        }
        eventually("all are gone", || io.figures().connections == 0).await;
    }
}
