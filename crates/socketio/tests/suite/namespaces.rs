//! Socket.IO: who is in a namespace, when, and how its sockets are found.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chinwag_socketio::{
    Binary, Broadcast, BuildError, ConnectError, DisconnectReason, Handshake, Namespace, Outgoing, Socket,
    SocketIo,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::support::{Gate, Got, Polls, Ws, eventually, serve, within};

fn socket(io: &SocketIo, id: &str) -> Socket {
    io.socket("/", id.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_client_is_nobody_until_it_is_let_in() {
    let gate = Gate::new();
    let held = gate.clone();
    let (tell, mut told) = unbounded_channel();
    let namespace = Namespace::new("/")
        .guard(move |_: Handshake| {
            let gate = held.clone();
            async move {
                gate.pass().await;
                Ok(())
            }
        })
        .on_connect(move |socket: Socket| {
            tell.send((socket.is_connected(), socket.io().of("/").count())).unwrap();
            async {}
        });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let mut ws = Ws::session(serve(&io).await).await;
    ws.send("40").await;
    gate.reached().await;
    assert_eq!((io.of("/").count(), io.of("/").emit("early", &1).unwrap()), (0, 0));
    assert!(told.try_recv().is_err());
    gate.open();
    assert!(ws.text().await.starts_with("40{"));
    assert_eq!(within(told.recv()).await, Some((true, 1)));
}

#[tokio::test]
async fn who_goes_while_it_is_asked_never_joins() {
    let gate = Gate::new();
    let held = gate.clone();
    let (tell, mut told) = unbounded_channel();
    let other = tell.clone();
    // The last of the middleware is not cancelled.
    let namespace = Namespace::new("/")
        .connect(move |_: Handshake| {
            let gate = held.clone();
            async move {
                gate.pass().await;
                Ok(Arc::new(()))
            }
        })
        .on_connect(move |_| {
            tell.send("joined").unwrap();
            async {}
        })
        .on_disconnect(move |_, _| {
            other.send("left").unwrap();
            async {}
        });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let polls = Polls::open(serve(&io).await).await;
    polls.post("40").await;
    gate.reached().await;
    // When this is answered, the session has ended.
    polls.post("1").await;
    gate.open();
    eventually("its end", || io.figures() == Default::default()).await;
    assert!(told.try_recv().is_err());
}

/// A server with these namespaces that tells of each end.
fn told_of_ends(names: &[&str]) -> (SocketIo, UnboundedReceiver<(String, DisconnectReason)>) {
    let (tell, told) = unbounded_channel();
    let mut builder = SocketIo::builder();
    for name in names {
        let tell = tell.clone();
        builder = builder.namespace(Namespace::new(name).on_disconnect(move |socket: Socket, reason| {
            tell.send((socket.namespace().to_owned(), reason)).unwrap();
            async {}
        }));
    }
    (builder.build().unwrap(), told)
}

#[tokio::test]
async fn all_namespaces_of_a_connection_end_with_it() {
    let names = ["/", "/bar", "/foo"];
    let (io, mut told) = told_of_ends(&names);
    let address = serve(&io).await;
    let joined = async || {
        let (mut ws, _) = Ws::joined(address).await;
        for name in ["/foo", "/bar"] {
            ws.send(&format!("40{name},")).await;
            ws.text().await;
        }
        ws
    };
    let mut ends = async |why: DisconnectReason| {
        let mut ended = BTreeSet::new();
        for _ in names {
            let (name, reason) = within(told.recv()).await.unwrap();
            assert_eq!(reason, why);
            ended.insert(name);
        }
        assert_eq!(ended, names.map(str::to_owned).into());
    };
    let mut ws = joined().await;
    io.of("/bar").close();
    assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
    ends(DisconnectReason::ServerClose).await;
    drop(joined().await);
    ends(DisconnectReason::TransportClose).await;
    eventually("nobody is left", || io.figures() == Default::default()).await;
}

#[tokio::test]
async fn a_refusal_takes_the_namespace_from_nobody() {
    let games = Namespace::matching("games", |name| name.starts_with("/game-")).guard(
        async |handshake: Handshake| match handshake.auth::<Value>() {
            Ok(auth) if auth["fine"] == true => Ok(()),
            _ => Err(ConnectError::new("no")),
        },
    );
    let io = SocketIo::builder().namespace(games).build().unwrap();
    let address = serve(&io).await;
    let mut one = Ws::session(address).await;
    one.send("40/game-1,{\"fine\":true}").await;
    one.text().await;
    let mut other = Ws::session(address).await;
    other.send("40/game-1,").await;
    assert_eq!(other.text().await, "44/game-1,{\"message\":\"no\"}");
    assert_eq!((io.figures().children, io.figures().sockets), (1, 1));
    io.of("/game-1").join("room");
    assert_eq!(io.of_all("games").to("room").emit("still", &1).unwrap(), 1);
    assert_eq!(one.text().await, "42/game-1,[\"still\",1]");
}

#[tokio::test]
async fn each_namespace_has_its_own_handlers() {
    let (tell, mut told) = unbounded_channel();
    let named = |name: &'static str| {
        let tell = tell.clone();
        Namespace::new(name).on_connect(move |socket: Socket| {
            tell.send((name, socket.namespace().to_owned(), socket.id().to_string())).unwrap();
            async {}
        })
    };
    let io = SocketIo::builder().namespace(named("/chat")).namespace(named("/news")).build().unwrap();
    let address = serve(&io).await;
    for name in ["/chat", "/news", "/news"] {
        let mut ws = Ws::session(address).await;
        let id = ws.join(&format!("40{name},")).await;
        assert_eq!(within(told.recv()).await, Some((name, name.to_owned(), id)));
    }
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn who_leaves_one_namespace_stays_in_the_others() {
    let (io, mut told) = told_of_ends(&["/", "/custom"]);
    let (mut ws, id) = Ws::joined(serve(&io).await).await;
    ws.join("40/custom").await;
    ws.send("41/custom").await;
    let left = ("/custom".to_owned(), DisconnectReason::ClientNamespace);
    assert_eq!(within(told.recv()).await, Some(left));
    assert_eq!((io.of("/custom").count(), io.of("/").count()), (0, 1));
    io.of("/custom").emit("nobody", &1).unwrap();
    socket(&io, &id).emit("still", &1).unwrap();
    assert_eq!(ws.event().await, json!(["still", 1]));
}

#[tokio::test]
async fn who_joins_is_told_its_id_and_tells_who_it_is() {
    let named = |name: &str| {
        Namespace::new(name)
            .connect(async |handshake: Handshake| Ok(Arc::new(handshake.auth_json())))
            .on_connect(|socket: Socket| async move {
                socket.emit("auth", &*socket.data::<Box<RawValue>>().unwrap()).unwrap();
            })
    };
    let io = SocketIo::builder().namespace(named("/")).namespace(named("/custom")).build().unwrap();
    let address = serve(&io).await;
    for (name, told) in
        [("", ""), ("", r#"{"token":"123"}"#), ("/custom,", ""), ("/custom,", r#"{"token":"abc"}"#)]
    {
        let mut ws = Ws::session(address).await;
        ws.send(&format!("40{name}{told}")).await;
        let joined = ws.text().await;
        let joined: Value = serde_json::from_str(joined.strip_prefix(&format!("40{name}")).unwrap()).unwrap();
        assert!(joined["sid"].is_string());
        assert_eq!(joined, json!({ "sid": joined["sid"] }), "and nothing else");
        let told = if told.is_empty() { "{}" } else { told };
        assert_eq!(ws.text().await, format!("42{name}[\"auth\",{told}]"));
    }
    let mut ws = Ws::session(address).await;
    ws.send("40/random").await;
    assert_eq!(ws.text().await, r#"44/random,{"message":"Invalid namespace"}"#);
    ws.send("4abc").await;
    assert!(matches!(ws.rest().await[..], [Got::Close(_)]));
}

fn ids(of: &Broadcast) -> BTreeSet<String> {
    of.sockets().iter().map(|socket| socket.id().to_string()).collect()
}

#[tokio::test]
async fn clients_are_found_by_namespace_and_rooms() {
    let builder = SocketIo::builder().namespace(Namespace::new("/")).namespace(Namespace::new("/other"));
    let io = builder.build().unwrap();
    let address = serve(&io).await;
    let (mut one, first) = Ws::joined(address).await;
    let (mut two, second) = Ws::joined(address).await;
    let (mut three, third) = Ws::joined(address).await;
    two.send("40/other,").await;
    two.text().await;
    let set = |ids: &[&String]| -> BTreeSet<String> { ids.iter().map(|id| (*id).clone()).collect() };
    socket(&io, &first).join("foo");
    socket(&io, &second).join("bar");
    assert_eq!(ids(&io.of("/")), set(&[&first, &second, &third]));
    assert_eq!(io.of("/other").count(), 1);
    assert!(ids(&io.of("/other")).is_disjoint(&ids(&io.of("/"))));
    assert_eq!(ids(&io.of("/").in_("foo")), set(&[&first]));
    assert_eq!(ids(&io.of("/").in_("foo").to("bar")), set(&[&first, &second]));
    assert_eq!(ids(&io.of("/").in_("foo").to("bar").except("foo")), set(&[&second]));
    assert_eq!(ids(&io.of("/").in_("nowhere")), set(&[]));

    // A socket speaks to others, and leaves some of them out.
    socket(&io, &third).broadcast().except(second.clone()).emit("a", &1).unwrap();
    socket(&io, &third).broadcast().except("foo").emit("a", &2).unwrap();
    socket(&io, &third).to("foo").to("bar").emit("b", &Binary::from(vec![3])).unwrap();
    for (ws, n) in [(&mut one, 1), (&mut two, 2)] {
        assert_eq!(ws.event().await, json!(["a", n]));
        assert_eq!(ws.text().await, "451-[\"b\",{\"_placeholder\":true,\"num\":0}]");
        assert_eq!(ws.next().await, Got::Binary(vec![3]));
    }
    io.of("/").emit("end", &()).unwrap();
    for ws in [&mut one, &mut two, &mut three] {
        assert_eq!(ws.event().await[0], "end");
    }
}

#[tokio::test]
async fn a_socket_knows_its_rooms() {
    let io = SocketIo::builder().namespace(Namespace::new("/")).build().unwrap();
    let (_ws, id) = Ws::joined(serve(&io).await).await;
    let socket = socket(&io, &id);
    let rooms = || {
        let mut rooms: Vec<String> = socket.rooms().iter().map(|room| room.to_string()).collect();
        rooms.sort_unstable();
        rooms
    };
    socket.join("a");
    socket.join("a");
    socket.join("b");
    assert_eq!((rooms(), io.figures().rooms), (vec!["a".to_owned(), "b".to_owned()], 2));
    socket.leave("unknown");
    socket.leave(&id);
    assert_eq!(rooms(), ["a", "b"]);
    assert_eq!(io.of("/").to(id).count(), 1, "the room of the own id cannot be left");
    socket.leave("a");
    assert_eq!((rooms(), io.figures().rooms), (vec!["b".to_owned()], 1));
    socket.leave("b");
    assert_eq!((rooms(), io.figures().rooms), (vec![], 0));
}

#[tokio::test]
async fn bytes_that_are_broadcast_can_be_listened_to() {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let tell = heard.clone();
    let namespace = Namespace::new("/").on_any_outgoing(move |_: &Socket, event: &Outgoing| {
        let bytes: Binary = event.arguments().first().unwrap();
        tell.lock().unwrap().push(format!("{} {:?}", event.name(), bytes.as_ref()));
    });
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    let (mut ws, _) = Ws::joined(serve(&io).await).await;
    io.of("/").emit("bytes", &Binary::from(vec![1, 2, 3])).unwrap();
    ws.text().await;
    assert_eq!(ws.next().await, Got::Binary(vec![1, 2, 3]));
    assert_eq!(*heard.lock().unwrap(), ["bytes [1, 2, 3]"]);
}

#[tokio::test]
async fn all_who_want_to_know_are_told_who_comes_and_goes_one_after_the_other() {
    let (tell, mut told) = unbounded_channel();
    let mut namespace = Namespace::new("/");
    for number in 0..3 {
        let (came, went) = (tell.clone(), tell.clone());
        namespace = namespace
            .on_connect(move |_: Socket| {
                let came = came.clone();
                async move {
                    came.send(format!("{number} begins")).unwrap();
                    tokio::task::yield_now().await;
                    came.send(format!("{number} is done")).unwrap();
                    assert_ne!(number, 1, "it keeps nobody from being told");
                }
            })
            .on_disconnect(move |_, reason| {
                let went = went.clone();
                async move { went.send(format!("{number}: {reason}")).unwrap() }
            });
    }
    let io = SocketIo::builder().namespace(namespace).build().unwrap();
    drop(Ws::joined(serve(&io).await).await);
    for number in 0..3 {
        assert_eq!(within(told.recv()).await.unwrap(), format!("{number} begins"));
        assert_eq!(within(told.recv()).await.unwrap(), format!("{number} is done"));
    }
    for number in 0..3 {
        assert_eq!(within(told.recv()).await.unwrap(), format!("{number}: transport close"));
    }
}

#[test]
fn an_event_has_one_handler() {
    let build = |namespace| SocketIo::builder().namespace(namespace).build().err();
    let twice = Some(BuildError::EventTwice("say".into()));
    assert_eq!(build(Namespace::new("/").on("say", || async {}).on("say", |_: Socket| async {})), twice);
    let server_side =
        Namespace::new("/").on_server_side("say", |_| async {}).on_server_side("say", |_| async {});
    assert_eq!(build(server_side), twice);
    assert_eq!(build(Namespace::new("/").on("say", || async {}).on_server_side("say", |_| async {})), None);
}
