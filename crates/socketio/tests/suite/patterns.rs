//! Namespaces that come into being by a pattern.

use std::net::SocketAddr;
use std::sync::Arc;

use chinwag_socketio::{
    BuildError, ConnectError, EmitError, Handshake, Namespace, Payload, Reply, Socket, SocketIo,
};
use serde_json::{Value, json};

use crate::support::{Gate, Got, Ws, eventually, serve};

fn numbered(prefix: &'static str) -> impl Fn(&str) -> bool + Send + Sync + 'static {
    move |name| name.strip_prefix(prefix).is_some_and(|number| number.parse::<u32>().is_ok())
}

fn games() -> Namespace {
    Namespace::matching("games", numbered("/game-"))
        .on("where", |socket: Socket| async move { Reply(socket.namespace().to_owned()) })
        .on("join", |socket: Socket, Payload(room): Payload<String>| async move {
            socket.join(room);
            Reply(socket.rooms().len())
        })
}

async fn games_only() -> (SocketIo, SocketAddr) {
    let io = SocketIo::builder().namespace(games()).build().unwrap();
    let address = serve(&io).await;
    (io, address)
}

/// A client in one namespace.
async fn joined(address: SocketAddr, name: &str) -> Ws {
    let mut ws = Ws::session(address).await;
    join(&mut ws, name).await;
    ws
}

async fn join(ws: &mut Ws, name: &str) {
    ws.send(&format!("40{name},")).await;
    let answer = ws.text().await;
    assert!(answer.starts_with(&format!("40{name},{{")), "{answer}");
}

async fn event(ws: &mut Ws, name: &str) -> Value {
    let text = ws.text().await;
    let event =
        text.strip_prefix(&format!("42{name},")).unwrap_or_else(|| panic!("no event of {name}: {text}"));
    serde_json::from_str(event).unwrap()
}

#[tokio::test]
async fn namespaces_of_a_pattern_share_handlers_and_nothing_else() {
    let (io, address) = games_only().await;
    let mut one = joined(address, "/game-1").await;
    let mut two = joined(address, "/game-2").await;
    for (ws, name) in [(&mut one, "/game-1"), (&mut two, "/game-2")] {
        ws.send(&format!("42{name},1[\"where\"]")).await;
        assert_eq!(ws.text().await, format!("43{name},1[\"{name}\"]"));
        ws.send(&format!("42{name},2[\"join\",\"players\"]")).await;
        assert_eq!(ws.text().await, format!("43{name},2[1]"));
    }
    assert_eq!(io.of("/game-1").to("players").emit("go", &1).unwrap(), 1);
    assert_eq!(event(&mut one, "/game-1").await, json!(["go", 1]));
    assert_eq!(io.of("/game-2").emit("go", &2).unwrap(), 1);
    assert_eq!(event(&mut two, "/game-2").await, json!(["go", 2]));
    assert_eq!(io.of("/game-3").emit("go", &3).unwrap(), 0, "nobody is there, and nothing is wrong");
    assert!(matches!(io.of("/other").emit("go", &4), Err(EmitError::NamespaceUnknown)));
    assert_eq!((io.figures().children, io.figures().sockets, io.figures().rooms), (2, 2, 2));
    let id = io.of("/game-1").sockets()[0].id();
    assert!(io.socket("/game-1", id).is_some() && io.socket("/game-2", id).is_none());
}

#[tokio::test]
async fn names_of_their_own_go_first_then_patterns_in_the_order_given() {
    let label = |label: &'static str, prefix| {
        Namespace::matching(label, numbered(prefix)).on("who", move || async move { Reply(label) })
    };
    let io = SocketIo::builder()
        .namespace(label("first", "/game-1"))
        .namespace(label("second", "/game-"))
        .namespace(Namespace::new("/game-10").on("who", || async { Reply("itself") }))
        .build()
        .unwrap();
    let mut ws = Ws::session(serve(&io).await).await;
    for (name, who) in [("/game-10", "itself"), ("/game-11", "first"), ("/game-21", "second")] {
        join(&mut ws, name).await;
        ws.send(&format!("42{name},1[\"who\"]")).await;
        assert_eq!(ws.text().await, format!("43{name},1[\"{who}\"]"));
    }
    assert_eq!(io.of_all("first").count(), 1);
    let again = SocketIo::builder().namespace(games()).namespace(games()).build();
    assert_eq!(again.unwrap_err(), BuildError::LabelTwice("games".into()));
}

#[tokio::test]
async fn names_that_do_not_match_or_are_no_names_are_invalid() {
    let io = SocketIo::builder()
        .namespace(Namespace::matching("all", |name| {
            assert!(name != "/panics", "on purpose");
            true
        }))
        .build()
        .unwrap();
    let (_, only_games) = games_only().await;
    let long = format!("/{}", "x".repeat(256));
    let address = serve(&io).await;
    for (address, name) in [
        (only_games, "/"),
        (only_games, "/game-x"),
        (address, "/panics"),
        (address, "/a?b"),
        (address, "/a\u{7}"),
        (address, &long),
    ] {
        let mut ws = Ws::session(address).await;
        ws.send(&format!("40{name},")).await;
        let invalid = r#"{"message":"Invalid namespace"}"#;
        let place = if name == "/" { String::new() } else { format!("{name},") };
        assert_eq!(ws.text().await, format!("44{place}{invalid}"));
    }
    joined(address, &long[..256]).await;
}

#[tokio::test]
async fn one_may_speak_to_all_namespaces_of_a_pattern() {
    let (io, address) = games_only().await;
    let mut all = Vec::new();
    for name in ["/game-1", "/game-2", "/game-2"] {
        all.push((joined(address, name).await, name));
    }
    assert_eq!(io.of_all("games").emit("news", &1).unwrap(), 3);
    assert_eq!(io.of_all("games").emit_all("news", &(2, 3)).unwrap(), 3);
    for (ws, name) in &mut all {
        assert_eq!(event(ws, name).await, json!(["news", 1]));
        assert_eq!(event(ws, name).await, json!(["news", 2, 3]));
    }
    io.of("/game-1").join("in");
    io.of("/game-2").sockets()[0].join("in");
    io.of_all("games").sockets()[0].join("out");
    assert_eq!(
        (io.of_all("games").to("in").count(), io.of_all("games").to("in").except("out").count()),
        (2, 1)
    );
    io.of_all("games").in_("in").except("out").join("more");
    assert_eq!(io.of_all("games").local().compress(false).to("more").count(), 1);
    io.of_all("games").leave("more");
    assert_eq!(io.of_all("games").to("more").count(), 0);
    assert_eq!(io.of_all("games").into_iter().map(|game| game.count()).sum::<usize>(), 3);
    assert!(matches!(io.of_all("other").emit("news", &1), Err(EmitError::NamespaceUnknown)));
    io.of_all("games").disconnect(&chinwag_socketio::Closing::new("over", 5));
    for (ws, name) in &mut all {
        assert_eq!(event(ws, name).await, json!(["server:closing", { "code": "over", "retry_ms": 5 }]));
    }
}

#[tokio::test]
async fn all_of_a_pattern_can_be_sent_away() {
    let (io, address) = games_only().await;
    let mut kicked = joined(address, "/game-1").await;
    io.of_all("games").kick();
    assert_eq!(kicked.text().await, "41/game-1,");
    let mut closed = joined(address, "/game-1").await;
    io.of_all("games").close();
    assert_eq!(closed.next().await, Got::Close(Some(1000)));
    eventually("nobody is left", || io.figures().sockets == 0).await;
}

#[tokio::test]
async fn the_first_client_is_reached_at_once() {
    let greet = games().on_connect(|socket: Socket| async move {
        assert_eq!(socket.io().of(socket.namespace()).emit("hello", &1).unwrap(), 1);
        assert_eq!(socket.io().of_all("games").emit("hello", &2).unwrap(), 1);
    });
    let io = SocketIo::builder().namespace(greet).build().unwrap();
    let mut ws = joined(serve(&io).await, "/game-1").await;
    assert_eq!(event(&mut ws, "/game-1").await, json!(["hello", 1]));
    assert_eq!(event(&mut ws, "/game-1").await, json!(["hello", 2]));
}

#[tokio::test]
async fn who_is_refused_leaves_nothing() {
    let gate = Gate::new();
    let guarded = games().guard({
        let gate = gate.clone();
        move |_: Handshake| {
            let gate = gate.clone();
            async move {
                gate.pass().await;
                Err(ConnectError::new("no"))
            }
        }
    });
    let io = SocketIo::builder().namespace(guarded).keep_empty_children(true).build().unwrap();
    let mut ws = Ws::session(serve(&io).await).await;
    ws.send("40/game-1,").await;
    gate.reached().await;
    assert_eq!(io.figures().children, 0);
    gate.open();
    assert_eq!(ws.text().await, r#"44/game-1,{"message":"no"}"#);
    assert_eq!((io.figures().children, io.figures().sockets), (0, 0));
}

#[tokio::test]
async fn a_namespace_goes_with_its_last_client_and_comes_back_with_the_next() {
    let (io, address) = games_only().await;
    let mut one = joined(address, "/game-1").await;
    let other = joined(address, "/game-1").await;
    drop(other);
    eventually("one is left", || io.figures().sockets == 1).await;
    assert_eq!(io.figures().children, 1);
    // The connection stays.
    one.send("41/game-1,").await;
    eventually("nobody is left", || io.figures().children == 0).await;
    for _ in 0..3 {
        join(&mut one, "/game-1").await;
        assert_eq!(io.of("/game-1").emit("again", &()).unwrap(), 1);
        assert_eq!(event(&mut one, "/game-1").await, json!(["again", null]));
        io.of("/game-1").kick();
        assert_eq!(one.text().await, "41/game-1,");
        eventually("nobody is left", || io.figures().children == 0).await;
    }
    let io = SocketIo::builder().namespace(games()).keep_empty_children(true).build().unwrap();
    drop(joined(serve(&io).await, "/game-1").await);
    eventually("nobody is left", || io.figures().connections == 0).await;
    assert_eq!((io.figures().children, io.figures().sockets), (1, 0));
}

#[tokio::test]
async fn what_comes_from_a_namespace_that_was_just_left_is_no_fault() {
    let (io, address) = games_only().await;
    let mut ws = joined(address, "/game-1").await;
    io.of("/game-1").kick();
    assert_eq!(ws.text().await, "41/game-1,");
    eventually("it is gone", || io.figures().children == 0).await;
    // As if they had crossed.
    ws.send("42/game-1,1[\"where\"]").await;
    ws.send("41/game-1,").await;
    // But not for ever: what is remembered is bounded.
    for number in 2..66 {
        let name = format!("/game-{number}");
        join(&mut ws, &name).await;
        io.of(&name).kick();
        assert_eq!(ws.text().await, format!("41{name},"));
    }
    ws.send("42/game-65,[\"where\"]").await;
    join(&mut ws, "/game-66").await;
    ws.send("42/game-1,[\"where\"]").await;
    assert!(matches!(ws.next().await, Got::Close(_)));
}

#[tokio::test]
async fn clients_that_come_at_the_same_time_meet() {
    let gate = Arc::new(tokio::sync::Barrier::new(8));
    let guarded = games().guard({
        let gate = gate.clone();
        move |_: Handshake| {
            let gate = gate.clone();
            async move {
                gate.wait().await;
                Ok(())
            }
        }
    });
    let io = SocketIo::builder().namespace(guarded).build().unwrap();
    let address = serve(&io).await;
    let mut all = Vec::new();
    for _ in 0..8 {
        let mut ws = Ws::session(address).await;
        ws.send("40/game-1,").await;
        all.push(ws);
    }
    for ws in &mut all {
        ws.text().await;
    }
    assert_eq!(io.figures().children, 1);
    assert_eq!(io.of("/game-1").emit("all", &()).unwrap(), 8);
    for ws in &mut all {
        assert_eq!(event(ws, "/game-1").await, json!(["all", null]));
    }
}

#[tokio::test]
async fn there_are_so_many_and_no_more() {
    let builder = SocketIo::builder().namespace(games()).namespace(Namespace::new("/"));
    let io = builder.max_children(3).max_children_per_connection(2).build().unwrap();
    let address = serve(&io).await;
    let full = |name: &str| {
        let data = r#""data":{"code":"namespaces_full"}"#;
        format!("44{name},{{\"message\":\"There are too many namespaces, try again later\",{data}}}")
    };
    let (mut one, _) = Ws::joined(address).await;
    join(&mut one, "/game-1").await;
    join(&mut one, "/game-2").await;
    // One connection.
    one.send("40/game-3,").await;
    assert_eq!(one.text().await, full("/game-3"));
    // What was left counts no more, also before everything is done that is to be done at its end.
    one.stream.set_nodelay(true).unwrap();
    one.send("41/game-2,").await;
    join(&mut one, "/game-3").await;
    // All together.
    let mut other = joined(address, "/game-2").await;
    other.send("40/game-4,").await;
    assert_eq!(other.text().await, full("/game-4"));
    join(&mut other, "/game-1").await;
    assert_eq!(io.of("/game-5").emit("nobody", &()).unwrap(), 0, "who only looks is not refused");
    one.send("41/game-3,").await;
    eventually("there is room again", || io.figures().children == 2).await;
    joined(address, "/game-4").await;
}

#[tokio::test]
async fn who_speaks_to_a_namespace_before_it_is_there_is_heard_once_it_is() {
    let (io, address) = games_only().await;
    let held = io.of("/game-1");
    assert_eq!(held.count(), 0);
    let mut ws = joined(address, "/game-1").await;
    assert_eq!(held.emit("early", &()).unwrap(), 1);
    assert_eq!(event(&mut ws, "/game-1").await, json!(["early", null]));
    drop(ws);
    eventually("it is gone", || io.figures().connections == 0).await;
    let mut again = joined(address, "/game-1").await;
    assert_eq!(held.count(), 1);
    // It is one of the pattern's, made by hand or not.
    assert_eq!(io.of_all("games").emit("all", &()).unwrap(), 1);
    assert_eq!(event(&mut again, "/game-1").await, json!(["all", null]));
    drop(held);
    assert_eq!(io.figures().children, 1);
}

#[tokio::test]
async fn middleware_of_a_pattern_sees_the_headers_in_every_namespace() {
    let guarded = games().guard(async |handshake: Handshake| {
        if handshake.headers().contains_key("x-test") { Ok(()) } else { Err(ConnectError::new("nothing")) }
    });
    let io = SocketIo::builder().namespace(guarded).namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::open_with(address, "EIO=4&transport=websocket", "X-Test: yes\r\n").await.unwrap();
    ws.text().await;
    ws.join("40").await;
    join(&mut ws, "/game-1").await;
    ws.send("41/game-1,").await;
    join(&mut ws, "/game-1").await;
    join(&mut ws, "/game-2").await;
}

#[tokio::test]
async fn old_clients_join_namespaces_of_patterns_too() {
    let everywhere = Namespace::matching("any", |_| true)
        .on("where", |socket: Socket| async move { Reply(socket.namespace().to_owned()) });
    let io = SocketIo::builder().namespace(everywhere).build().unwrap();
    let mut ws = Ws::open_with(serve(&io).await, "EIO=3&transport=websocket", "").await.unwrap();
    assert!(ws.text().await.starts_with("0{"));
    assert_eq!(ws.text().await, "40", "this one is joined by itself");
    ws.send("40/any?token=abc,").await;
    assert_eq!(ws.text().await, "40/any,");
    ws.send("42/any,1[\"where\"]").await;
    assert_eq!(ws.text().await, "43/any,1[\"/any\"]");
}

#[tokio::test]
async fn who_is_thrown_out_of_all_of_a_pattern_keeps_the_rest() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).namespace(games()).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    for number in 0..64 {
        join(&mut ws, &format!("/game-{number}")).await;
    }
    io.of_all("games").kick();
    // It crosses.
    for number in 0..64 {
        ws.send(&format!("42/game-{number},[\"where\"]")).await;
    }
    for _ in 0..64 {
        assert!(ws.text().await.starts_with("41/game-"));
    }
    ws.silence().await;
    assert_eq!(io.of("/").count(), 1);
}
