//! Rooms and broadcasts.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Ws, eventually, serve};
use chinwag_socketio::{EmitError, Encoded, Namespace, Socket, SocketIo};
use serde_json::json;
use serde_json::value::RawValue;

fn server() -> SocketIo {
    let namespace = Namespace::new("/").on("shout", |socket: Socket| async move {
        socket.to("a").emit("heard", &1).unwrap();
        socket.broadcast().emit("all", &2).unwrap();
        socket.emit("self", &3).unwrap();
    });
    SocketIo::builder().namespace(namespace).namespace(Namespace::new("/other")).build().unwrap()
}

fn socket(io: &SocketIo, id: &str) -> Socket {
    io.socket("/", id.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_socket_in_two_rooms_gets_one_copy() {
    let io = server();
    let address = serve(&io).await;
    let (mut one, one_id) = Ws::joined(address).await;
    let (mut two, two_id) = Ws::joined(address).await;
    let (mut three, _) = Ws::joined(address).await;
    socket(&io, &one_id).join("a");
    socket(&io, &one_id).join("b");
    socket(&io, &two_id).join("b");
    assert_eq!(io.of("/").to("a").to("b").to(one_id.as_str()).emit("x", &1).unwrap(), 2);
    assert_eq!(one.event().await, json!(["x", 1]));
    assert_eq!(two.event().await, json!(["x", 1]));
    one.silence().await;
    three.silence().await;
}

#[tokio::test]
async fn the_id_is_a_room_and_rooms_can_be_left_out() {
    let io = server();
    let address = serve(&io).await;
    let (mut one, one_id) = Ws::joined(address).await;
    let (mut two, two_id) = Ws::joined(address).await;
    assert_eq!(io.of("/").to(one_id.clone()).emit("x", &1).unwrap(), 1);
    assert_eq!(one.event().await, json!(["x", 1]));
    socket(&io, &two_id).join("cats");
    assert_eq!(io.of("/").except("cats").emit("x", &2).unwrap(), 1);
    assert_eq!(io.of("/").except(one_id.as_str()).emit("x", &3).unwrap(), 1);
    assert_eq!(one.event().await, json!(["x", 2]));
    assert_eq!(two.event().await, json!(["x", 3]));
    assert_eq!(io.of("/").to("nobody").emit("x", &4).unwrap(), 0);
    assert_eq!(io.of("/other").emit("x", &5).unwrap(), 0);
}

#[tokio::test]
async fn a_socket_reaches_the_others() {
    let io = server();
    let address = serve(&io).await;
    let (mut one, one_id) = Ws::joined(address).await;
    let (mut two, two_id) = Ws::joined(address).await;
    socket(&io, &one_id).join("a");
    socket(&io, &two_id).join("a");
    one.send("42[\"shout\"]").await;
    assert_eq!(one.event().await, json!(["self", 3]));
    assert_eq!(two.event().await, json!(["heard", 1]));
    assert_eq!(two.event().await, json!(["all", 2]));
    one.silence().await;
}

#[tokio::test]
async fn what_is_sent_first_arrives_first() {
    let io = server();
    let address = serve(&io).await;
    let (mut ws, id) = Ws::joined(address).await;
    let socket = socket(&io, &id);
    socket.join("a");
    for n in 0..500 {
        if n % 2 == 0 {
            io.of("/").to("a").emit("n", &n).unwrap();
        } else {
            socket.emit("n", &n).unwrap();
        }
    }
    for n in 0..500 {
        assert_eq!(ws.event().await, json!(["n", n]));
    }
}

#[tokio::test]
async fn many_are_joined_and_removed_at_once() {
    let io = server();
    let address = serve(&io).await;
    let (mut one, one_id) = Ws::joined(address).await;
    let (mut two, two_id) = Ws::joined(address).await;
    for id in [&one_id, &two_id] {
        socket(&io, id).join("user:1");
    }
    io.of("/").in_("user:1").join("room");
    assert_eq!(io.of("/").to("room").count(), 2);
    let mut rooms = socket(&io, &one_id).rooms();
    rooms.sort();
    assert_eq!(rooms.iter().map(|room| &**room).collect::<Vec<_>>(), ["room", "user:1"]);
    io.of("/").in_("user:1").except(two_id.as_str()).leave("room");
    io.of("/").to("room").emit("x", &1).unwrap();
    assert_eq!(two.event().await, json!(["x", 1]));
    one.silence().await;
    assert_eq!(io.figures().rooms, 2);
    drop((one, two));
    eventually("empty rooms", || io.figures() == Default::default()).await;
}

#[tokio::test]
async fn packets_are_encoded_once_also_from_json_that_is_there() {
    let io = server();
    let address = serve(&io).await;
    let (mut one, _) = Ws::joined(address).await;
    let json = RawValue::from_string(r#"{"as": [ 1,2 ]}"#.to_owned()).unwrap();
    let packet = Encoded::event("/", "raw", &json).unwrap();
    io.of("/").send(&packet).unwrap();
    io.of("/").send(&packet).unwrap();
    for _ in 0..2 {
        assert_eq!(one.text().await, r#"42["raw",{"as": [ 1,2 ]}]"#);
    }
    let packet = Encoded::event_all("/", "list", &(1, "two")).unwrap();
    io.of("/").send(&packet).unwrap();
    assert_eq!(one.text().await, r#"42["list",1,"two"]"#);
    assert!(Encoded::event_all("/", "list", &"no list").is_err());
    assert!(matches!(io.of("/other").send(&packet), Err(EmitError::OtherNamespace)));
    assert!(matches!(io.of("/nowhere").emit("x", &1), Err(EmitError::NamespaceUnknown)));
}

/// Tells how often it is written.
struct Counted(AtomicUsize);

impl serde::Serialize for Counted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        serializer.serialize_str("hi")
    }
}

#[tokio::test]
async fn a_broadcast_is_written_once_for_all_who_get_it() {
    let io = server();
    let address = serve(&io).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(Ws::joined(address).await.0);
    }
    let payload = Counted(AtomicUsize::new(0));
    assert_eq!(io.of("/").compress(false).emit("woot", &payload).unwrap(), 5);
    for ws in &mut all {
        assert_eq!(ws.text().await, r#"42["woot","hi"]"#);
    }
    assert_eq!(payload.0.load(Ordering::SeqCst), 1);
}
