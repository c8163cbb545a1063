//! How sockets are chosen and what can be done with them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chinwag_socketio::{Acks, Namespace, Outgoing, PayloadError, Socket, SocketId, SocketIo};
use serde_json::{Value, json};

use crate::support::{Ws, eventually, quick, serve, within};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_socket_in_two_targeted_rooms_gets_one_copy() {
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let (mut ws, id) = Ws::joined(address).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    socket.join("one");
    socket.join("two");
    let sent = io.of("/").to("one").to("two").to(id).emit("n", &1).unwrap();
    assert_eq!(sent, 1);
    assert_eq!(ws.event().await, json!(["n", 1]));
    ws.silence().await;
}

/// The room that a socket has for itself is one that others can join, and stays theirs when it goes.
#[tokio::test]
async fn others_may_join_the_room_of_a_sockets_own_id() {
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let (mut one, id) = Ws::joined(address).await;
    let (mut other, other_id) = Ws::joined(address).await;
    let (mut third, _) = Ws::joined(address).await;
    for joins in [&id, &other_id] {
        io.socket("/", joins.parse().unwrap()).unwrap().join(id.clone());
    }
    let room = || io.of("/").to(id.clone());
    assert_eq!((room().count(), room().emit("n", &1).unwrap()), (2, 2), "each once");
    assert_eq!(io.of("/").except(id.clone()).emit("n", &2).unwrap(), 1);
    for (ws, number) in [(&mut one, 1), (&mut other, 1), (&mut third, 2)] {
        assert_eq!(ws.event().await, json!(["n", number]));
    }
    drop(one);
    eventually("it is gone", || io.of("/").count() == 2).await;
    assert_eq!(room().emit("n", &3).unwrap(), 1);
    assert_eq!(other.event().await, json!(["n", 3]));
}

#[tokio::test]
async fn many_are_asked_at_once() {
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(Ws::joined(address).await.0);
    }
    let all = io.of("/");
    let asked = tokio::spawn(async move { all.emit_with_ack::<u32, _>("how many?", &"?", SOON).await });
    for (number, ws) in clients.iter_mut().enumerate() {
        let text = ws.text().await;
        let (id, event) = text.strip_prefix("42").unwrap().split_once('[').unwrap();
        assert_eq!(event, "\"how many?\",\"?\"]");
        ws.send(&format!("43{id}[{number}]")).await;
        // Only the first answer counts.
        ws.send(&format!("43{id}[100]")).await;
    }
    let Acks { replies, asked } = within(asked).await.unwrap().unwrap();
    let mut replies: Vec<u32> = replies.into_iter().map(Result::unwrap).collect();
    replies.sort_unstable();
    assert_eq!((replies, asked), (vec![0, 1, 2], 3));
}

#[tokio::test]
async fn who_does_not_answer_is_missing() {
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let (mut quick, _) = Ws::joined(address).await;
    let (mut wrong, _) = Ws::joined(address).await;
    let (mut silent, _) = Ws::joined(address).await;
    let all = io.of("/");
    let asked =
        tokio::spawn(async move { all.emit_with_ack::<u32, _>("n", &(), Duration::from_millis(300)).await });
    let id = |text: &str| text.strip_prefix("42").unwrap().split_once('[').unwrap().0.to_owned();
    let number = id(&quick.text().await);
    quick.send(&format!("43{number}[7]")).await;
    let number = id(&wrong.text().await);
    wrong.send(&format!("43{number}[\"seven\"]")).await;
    let number = id(&silent.text().await);
    let acks = within(asked).await.unwrap().unwrap();
    assert_eq!((acks.asked, acks.replies.len(), acks.is_complete()), (3, 2, false));
    assert!(acks.replies.contains(&Ok(7)));
    assert!(acks.replies.iter().any(|reply| matches!(reply, Err(error) if says_type(error))));
    // What comes too late does no harm.
    silent.send(&format!("43{number}[7]")).await;
    // Nobody is waited for who is not there, or goes.
    let none = io.of("/").to("nobody").emit_with_ack::<u32, _>("n", &(), SOON).await.unwrap();
    assert_eq!((none.asked, none.is_complete()), (0, true));
    let all = io.of("/");
    let asked = tokio::spawn(async move { all.emit_with_ack::<u32, _>("n", &(), SOON).await });
    for ws in [&mut quick, &mut wrong, &mut silent] {
        ws.text().await;
    }
    drop((quick, wrong, silent));
    let acks = within(asked).await.unwrap().unwrap();
    assert_eq!((acks.asked, acks.replies.len()), (3, 0), "it did not wait for the time-out");
}

fn says_type(error: &PayloadError) -> bool {
    error.message().contains("invalid type")
}

#[tokio::test]
async fn sockets_are_moved_listed_and_ended_together() {
    let namespace = Namespace::new("/").describe(|socket: &Socket| json!({ "rooms": socket.rooms().len() }));
    let io = quick().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let (mut one, id) = Ws::joined(address).await;
    let (mut other, other_id) = Ws::joined(address).await;
    io.of("/").join("all");
    io.of("/").in_(id.clone()).join("kitchen");
    assert_eq!(io.of("/").in_("kitchen").count(), 1);
    let fetched = io.of("/").in_("kitchen").fetch_sockets(SOON).await;
    assert_eq!(fetched.len(), 1);
    assert_eq!(fetched[0].id, id);
    let mut everybody: Vec<String> =
        io.of("/").fetch_sockets(SOON).await.into_iter().map(|socket| socket.id).collect();
    let mut both = [id.clone(), other_id.clone()];
    everybody.sort_unstable();
    both.sort_unstable();
    assert_eq!(everybody, both);
    let mut rooms = fetched[0].rooms.clone();
    rooms.sort_unstable();
    assert_eq!((rooms, &fetched[0].data), (vec!["all".into(), "kitchen".into()], &json!({ "rooms": 2 })));
    assert_eq!(io.of("/").all_rooms(SOON).await, ["all", "kitchen"]);
    io.of("/").except("kitchen").leave("all");
    io.of("/").to("all").emit("n", &1).unwrap();
    assert_eq!(one.event().await, json!(["n", 1]));
    io.of("/").in_(other_id).kick();
    assert_eq!(other.text().await, "41");
    let (mut third, _) = Ws::joined(address).await;
    io.of("/").close();
    one.rest().await;
    third.rest().await;
    eventually("nobody is left", || io.of("/").count() == 0).await;
    assert!(io.of("/nowhere").fetch_sockets(SOON).await.is_empty());
}

/// A client may send more events than are to wait while somebody waits for its answer, which may be behind them.
#[tokio::test]
async fn who_does_not_answer_is_not_waited_for_any_longer() {
    let namespace = Namespace::new("/").on("wait", std::future::pending::<()>);
    let io = SocketIo::builder().namespace(namespace).event_queue(2).build().unwrap();
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    let moment = Duration::from_millis(50);
    assert_eq!(io.of("/").emit_with_ack::<u8, _>("all?", &(), moment).await.unwrap().asked, 1);
    assert!(socket.emit_with_ack::<u8, _>("one?", &(), moment).await.is_err());
    for _ in 0..2 {
        ws.text().await;
    }
    for _ in 0..50 {
        ws.send("42[\"wait\"]").await;
    }
    let events = || io.totals().find(|total| total.name == "events_in").unwrap().value;
    // One is in hand, and two wait.
    eventually("as many as may wait have been read", || events() == 3).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(events(), 3);
}

#[tokio::test]
async fn what_is_sent_can_be_listened_to() {
    let heard: Arc<Mutex<Vec<(SocketId, String, String)>>> = Arc::default();
    let tell = heard.clone();
    let namespace = Namespace::new("/").on_any_outgoing(move |socket: &Socket, event: &Outgoing| {
        // A listener may do what it likes with sockets.
        socket.join("heard");
        let said = (socket.id(), event.name().to_owned(), event.arguments().to_json());
        tell.lock().unwrap().push(said);
    });
    let io = quick().namespace(namespace).build().unwrap();
    let address = serve(&io).await;
    let (mut one, id) = Ws::joined(address).await;
    let (mut other, other_id) = Ws::joined(address).await;
    let [id, other_id]: [SocketId; 2] = [id, other_id].map(|id| id.parse().unwrap());
    let socket = io.socket("/", id).unwrap();
    socket.emit("one", &1).unwrap();
    io.of("/").emit_all("all", &("a", 2)).unwrap();
    socket.volatile().emit("v", &()).unwrap();
    let asked = socket.emit_with_ack::<Value, _>("asked", &3, Duration::from_millis(50)).await;
    assert!(asked.is_err());
    for _ in 0..4 {
        one.text().await;
    }
    other.event().await;
    let mut heard = std::mem::take(&mut *heard.lock().unwrap());
    heard[1..3].sort_by_key(|(socket, ..)| *socket != id);
    let event = |id, name: &str, arguments: &str| (id, name.to_owned(), arguments.to_owned());
    let expected = [
        event(id, "one", "[1]"),
        event(id, "all", "[\"a\",2]"),
        event(other_id, "all", "[\"a\",2]"),
        event(id, "v", "[null]"),
        event(id, "asked", "[3]"),
    ];
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn events_to_one_client_may_be_volatile() {
    let io = quick().namespace(Namespace::new("/")).build().unwrap();
    let address = serve(&io).await;
    let polls = crate::support::Polls::open(address).await;
    polls.post("40").await;
    let joined: Value = serde_json::from_str(polls.get().await.body.strip_prefix("40").unwrap()).unwrap();
    let socket = io.socket("/", joined["sid"].as_str().unwrap().parse().unwrap()).unwrap();
    socket.volatile().emit("first", &1).unwrap();
    socket.volatile().compress(false).emit("late", &2).unwrap();
    socket.compress(false).emit_all("lasting", &(3, 4)).unwrap();
    assert_eq!(polls.get().await.body, "42[\"first\",1]\x1e42[\"lasting\",3,4]");
}

/// The number of an acknowledgement stands between namespace and list, whatever the name of the namespace.
#[tokio::test]
async fn questions_are_written_for_any_namespace() {
    let name = "/a[b-1";
    let io: SocketIo = quick().namespace(Namespace::new(name)).build().unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::session(address).await;
    ws.send(&format!("40{name},")).await;
    ws.text().await;
    let all = io.of(name);
    let bytes = chinwag_socketio::Binary::from(vec![1]);
    let asked = tokio::spawn(async move { all.emit_with_ack::<u32, _>("n", &bytes, SOON).await });
    assert_eq!(ws.text().await, format!("451-{name},0[\"n\",{{\"_placeholder\":true,\"num\":0}}]"));
    ws.next().await;
    ws.send(&format!("43{name},0[5]")).await;
    assert_eq!(within(asked).await.unwrap().unwrap().replies, [Ok(5)]);
}
