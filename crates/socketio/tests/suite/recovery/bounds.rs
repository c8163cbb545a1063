//! What is kept for those who are away has bounds, in bytes, time and number; beyond them they begin anew.

use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::{Handshake, Namespace, Recovery, SocketIo};
use serde_json::{Value, json};

use super::{away, back, event, fresh, gone, server};
use crate::support::{Ws, eventually, quick, serve};

#[tokio::test]
async fn memory_is_bounded_in_bytes_and_time() {
    let io = server(Recovery::new().max_bytes(10_000));
    let (address, mut memory) = away(&io).await;
    for _ in 0..5 {
        io.of("/").emit("large", &"x".repeat(4_000)).unwrap();
    }
    let (_ws, missed, same) = back(address, &mut memory).await;
    assert!(!same && missed.is_empty(), "what it missed is no longer there");

    // More than half of what may wait for a client would have it thrown out as slow, again and again.
    let io = server(Recovery::new());
    let (address, mut memory) = away(&io).await;
    for _ in 0..3 {
        io.of("/").emit("large", &"x".repeat(200_000)).unwrap();
    }
    let (_ws, missed, same) = back(address, &mut memory).await;
    assert!(!same && missed.is_empty(), "too much to be sent at once");

    let io = server(Recovery::new().window(Duration::from_millis(100)));
    let (address, mut memory) = away(&io).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let (_ws, _, same) = back(address, &mut memory).await;
    assert!(!same, "too late");

    let io = server(Recovery::new().max_sessions(1));
    let address = serve(&io).await;
    let (one, mut first) = fresh(address).await;
    let (other, mut second) = fresh(address).await;
    drop(one);
    gone(&io, &first).await;
    drop(other);
    gone(&io, &second).await;
    let (_ws, _, same) = back(address, &mut first).await;
    assert!(!same, "the first was forgotten for the second");
    let (_ws, _, same) = back(address, &mut second).await;
    assert!(same);
}

/// It would be sent the same each time, and be too slow for it each time.
#[tokio::test]
async fn who_missed_more_than_may_wait_begins_anew() {
    let builder = quick().recovery(Recovery::new()).outbox_limit(64 << 10);
    let io = builder.namespace(Namespace::new("/")).build().unwrap();
    let (address, mut memory) = away(&io).await;
    // Small ones, of which each takes more than its bytes.
    for number in 0..1_000 {
        io.of("/").emit("n", &number).unwrap();
    }
    let (_ws, missed, same) = back(address, &mut memory).await;
    assert_eq!((missed.len(), same), (0, false));
}

#[tokio::test]
async fn a_namespace_of_a_pattern_waits_for_those_who_may_come_back() {
    let games = Namespace::matching("games", |name| name.starts_with("/game-"));
    let builder = quick().namespace(games).max_children(2);
    let io = builder.recovery(Recovery::new().window(Duration::from_millis(400))).build().unwrap();
    let address = serve(&io).await;
    let enter = async |name: &str, auth: &Value| {
        let mut ws = Ws::session(address).await;
        ws.send(&format!("40{name},{auth}")).await;
        let text = ws.text().await;
        let joined = text.strip_prefix(&format!("40{name},")).unwrap_or_else(|| panic!("{text}"));
        (ws, serde_json::from_str::<Value>(joined).unwrap())
    };
    let (ws, before) = enter("/game-1", &json!({})).await;
    drop(ws);
    eventually("it is away", || io.figures().sockets == 0).await;
    io.of("/game-1").emit("missed", &1).unwrap();
    let (mut ws, now) = enter("/game-1", &json!({ "pid": before["pid"] })).await;
    assert_eq!(now, before);
    assert_eq!(ws.text().await, r#"42/game-1,["missed",1,"1"]"#);
    drop(ws);
    eventually("it is away", || io.figures().sockets == 0).await;
    // Nobody is kept out for those who are not there.
    let (_two, _) = enter("/game-2", &json!({})).await;
    let (_three, _) = enter("/game-3", &json!({})).await;
    assert_eq!((io.of("/game-1").count(), io.figures().children), (0, 2));
    drop((_two, _three));
    eventually("nobody comes back in time", || io.figures().children == 0).await;
}

#[tokio::test]
async fn rooms_of_those_who_are_away_are_bounded_too() {
    let io = server(Recovery::new().max_bytes(10_000));
    let address = serve(&io).await;
    let mut first = None;
    for room in ["small", &"x".repeat(6_000), &"y".repeat(6_000)] {
        let (mut ws, mut memory) = fresh(address).await;
        ws.ask(1, &json!(["join", room]).to_string()).await;
        drop(ws);
        gone(&io, &memory).await;
        let (ws, _, same) = back(address, &mut memory).await;
        assert!(same, "{}", room.len());
        drop(ws);
        gone(&io, &memory).await;
        first.get_or_insert(memory);
    }
    let (_ws, _, same) = back(address, &mut first.unwrap()).await;
    assert!(!same, "it was away longest");
}

struct Presence(SocketIo);

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.of("/").emit("left", &()).unwrap();
    }
}

/// What was attached to it may do anything when it is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_come_back_in_time_may_be_told_of() {
    let io: Arc<std::sync::OnceLock<SocketIo>> = Arc::default();
    let there = io.clone();
    let namespace = Namespace::new("/").connect(move |_: Handshake| {
        let io = there.get().unwrap().clone();
        async move { Ok(Arc::new(Presence(io))) }
    });
    let recovery = Recovery::new().window(Duration::from_millis(300));
    io.set(quick().recovery(recovery).namespace(namespace).build().unwrap()).unwrap();
    let io = io.get().unwrap();
    let address = serve(io).await;
    let (mut ws, mut memory) = fresh(address).await;
    drop(fresh(address).await);
    assert_eq!(event(&mut ws, &mut memory).await, json!(["left", null]));
}

#[tokio::test]
async fn who_is_moved_too_often_while_away_begins_anew() {
    let io = server(Recovery::new());
    let (address, mut memory) = away(&io).await;
    for number in 0..600 {
        io.of("/").to(memory.sid.clone()).join("hall");
        io.of("/").to("hall").emit("n", &number).unwrap();
        io.of("/").to(memory.sid.clone()).leave("hall");
        io.of("/").to("elsewhere").emit("n", &number).unwrap();
    }
    let (_ws, missed, same) = back(address, &mut memory).await;
    assert_eq!((missed.len(), same), (0, false), "not all of what was meant for it is known any more");
}
