//! Two servers that an adapter brings together.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use chinwag_socketio::adapter::{Answer, Answers, Command, Farewell, Question, Rooms};
use chinwag_socketio::{
    Adapter, Binary, BuildError, Closing, Local, Namespace, Payload, Recovery, ServerEvent, Socket, SocketIo,
};
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::support::{Got, Polls, Ws, eventually, quick, serve, within};

const SOON: Duration = Duration::from_secs(5);

/// A server, and what is to be done there.
type Server = (Local, UnboundedSender<(String, Command)>);

/// Brings servers of one process together.
#[derive(Default)]
struct Bus {
    servers: Mutex<Vec<Server>>,
}

/// One server's end of it.
struct End {
    bus: Arc<Bus>,
    place: OnceLock<usize>,
    rooms: Mutex<Vec<String>>,
    namespaces: Mutex<Vec<String>>,
}

impl End {
    fn new(bus: &Arc<Bus>) -> Arc<Self> {
        let (rooms, namespaces) = Default::default();
        Arc::new(Self { bus: bus.clone(), place: OnceLock::new(), rooms, namespaces })
    }

    fn namespaces(&self) -> Vec<String> {
        let mut namespaces = self.namespaces.lock().unwrap().clone();
        namespaces.sort_unstable();
        namespaces
    }

    fn others(&self) -> Vec<Server> {
        let servers = self.bus.servers.lock().unwrap();
        let place = self.place.get().copied().unwrap();
        servers.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, other)| other.clone()).collect()
    }
}

impl Adapter for End {
    fn start(&self, local: Local) {
        let (sender, mut commands) = unbounded_channel();
        let mut servers = self.bus.servers.lock().unwrap();
        self.place.set(servers.len()).unwrap();
        servers.push((local.clone(), sender));
        tokio::spawn(async move {
            while let Some((namespace, command)) = commands.recv().await {
                local.apply(&namespace, command).await;
            }
        });
    }

    fn publish(&self, namespace: &str, command: Command) {
        for (_, commands) in self.others() {
            let _ = commands.send((namespace.to_owned(), command.clone()));
        }
    }

    fn ask(&self, namespace: &str, question: Question, timeout: Duration) -> Answers {
        let answers =
            self.others().into_iter().map(|(other, _)| other.answer(namespace, question.clone(), timeout));
        futures_util::stream::select_all(answers).boxed()
    }

    fn opened(&self, namespace: &str) {
        assert!(self.place.get().is_some(), "it has been started");
        self.namespaces.lock().unwrap().push(namespace.to_owned());
    }

    fn closed(&self, namespace: &str) {
        let mut namespaces = self.namespaces.lock().unwrap();
        let at = namespaces.iter().position(|there| *there == namespace).expect("it is open");
        namespaces.remove(at);
    }

    fn joined(&self, namespace: &str, room: &str) {
        self.rooms.lock().unwrap().push(format!("{namespace} {room}"));
    }

    fn left(&self, namespace: &str, room: &str) {
        let name = format!("{namespace} {room}");
        self.rooms.lock().unwrap().retain(|there| *there != name);
    }
}

fn namespace() -> Namespace {
    Namespace::new("/")
        .describe(|socket: &Socket| json!(socket.rooms().len()))
        .on("join", |socket: Socket, Payload(room): Payload<String>, ack: chinwag_socketio::Ack| async move {
            socket.join(room);
            ack.send(&());
        })
        .on("shout", |socket: Socket, Payload(text): Payload<String>| async move {
            socket.broadcast().emit("shout", &text).unwrap();
        })
        .on_server_side("count", |event: ServerEvent| async move {
            let more: usize = event.payload().unwrap();
            let count = event.io().of("/").local().count();
            event.reply(&(count + more)).unwrap();
        })
        .on_server_side("tell", |event: ServerEvent| async move {
            assert!(!event.wants_reply());
            let text: String = event.payload().unwrap();
            event.io().of("/").local().emit("told", &text).unwrap();
        })
        .on_server_side("explode", |_: ServerEvent| async { panic!("on purpose") })
}

struct Pair {
    here: SocketIo,
    there: SocketIo,
    end: Arc<End>,
    one: Ws,
    one_id: String,
    other: Ws,
    other_id: String,
}

async fn pair() -> Pair {
    let bus = Arc::new(Bus::default());
    let end = End::new(&bus);
    let here = quick().adapter(end.clone()).namespace(namespace()).build().unwrap();
    let there = quick().adapter(End::new(&bus)).namespace(namespace()).build().unwrap();
    let (one, one_id) = Ws::joined(serve(&here).await).await;
    let (other, other_id) = Ws::joined(serve(&there).await).await;
    Pair { here, there, end, one, one_id, other, other_id }
}

#[tokio::test]
async fn what_is_sent_reaches_the_others() {
    let Pair { here, end, mut one, mut other, other_id, .. } = pair().await;
    assert_eq!(here.of("/").emit("n", &1).unwrap(), 1, "here");
    assert_eq!(one.event().await, json!(["n", 1]));
    assert_eq!(other.event().await, json!(["n", 1]));
    other.ask(1, "[\"join\",\"kitchen\"]").await;
    here.of("/").to("kitchen").emit("picture", &Binary::from(vec![1, 2])).unwrap();
    assert_eq!(other.text().await, "451-[\"picture\",{\"_placeholder\":true,\"num\":0}]");
    assert_eq!(other.next().await, Got::Binary(vec![1, 2]));
    here.of("/").except("kitchen").emit("outside", &()).unwrap();
    here.of("/").local().emit("here", &()).unwrap();
    here.of("/").to(other_id).emit("you", &()).unwrap();
    assert_eq!(one.event().await[0], "outside");
    assert_eq!(one.event().await[0], "here");
    assert_eq!(other.event().await[0], "you");
    // Who sends something to everybody else does not get it.
    one.send("42[\"shout\",\"hey\"]").await;
    assert_eq!(other.event().await, json!(["shout", "hey"]));
    one.silence().await;
    one.ask(2, "[\"join\",\"cellar\"]").await;
    assert_eq!(*end.rooms.lock().unwrap(), ["/ cellar"], "rooms of this server");
    drop(one);
    eventually("the room is gone", || end.rooms.lock().unwrap().is_empty()).await;
}

#[tokio::test]
async fn sockets_of_all_servers_are_moved_listed_and_ended() {
    let Pair { here, there, mut one, one_id, mut other, other_id, .. } = pair().await;
    here.of("/").join("all");
    eventually("both are in", || there.of("/").in_("all").local().count() == 1).await;
    let mut fetched = here.of("/").in_("all").fetch_sockets(SOON).await;
    fetched.sort_by_key(|socket| socket.id != one_id);
    let found: Vec<_> = fetched.iter().map(|socket| (socket.id.clone(), socket.rooms.clone())).collect();
    assert_eq!(found, [(one_id.clone(), vec!["all".into()]), (other_id.clone(), vec!["all".into()])]);
    assert!(fetched.iter().all(|socket| socket.data == json!(1)));
    assert_eq!(here.of("/").all_rooms(SOON).await, ["all"]);
    assert_eq!(here.of("/").local().fetch_sockets(SOON).await.len(), 1);
    here.of("/").in_(other_id.clone()).leave("all");
    eventually("one is out", || there.of("/").in_("all").count() == 0).await;
    here.of("/").in_(other_id).disconnect(&Closing::new("moved", 5));
    assert_eq!(other.event().await, json!(["server:closing", { "code": "moved", "retry_ms": 5 }]));
    there.of("/").in_(one_id).kick();
    assert_eq!(one.text().await, "41");
}

#[tokio::test]
async fn clients_of_all_servers_are_asked() {
    let Pair { here, mut one, mut other, .. } = pair().await;
    let all = here.of("/");
    let asked = tokio::spawn(async move { all.emit_with_ack::<String, _>("who?", &(), SOON).await });
    for (ws, name) in [(&mut one, "ann"), (&mut other, "bob")] {
        let text = ws.text().await;
        let id = text.strip_prefix("42").unwrap().split_once('[').unwrap().0;
        ws.send(&format!("43{id}[\"{name}\"]")).await;
    }
    let acks = within(asked).await.unwrap().unwrap();
    let mut names: Vec<String> = acks.replies.into_iter().map(Result::unwrap).collect();
    names.sort_unstable();
    assert_eq!((names, acks.asked), (vec!["ann".into(), "bob".into()], 2));
    // Somebody elsewhere does not answer.
    let all = here.of("/");
    let asked =
        tokio::spawn(
            async move { all.emit_with_ack::<u8, _>("who?", &(), Duration::from_millis(300)).await },
        );
    let text = one.text().await;
    let id = text.strip_prefix("42").unwrap().split_once('[').unwrap().0;
    one.send(&format!("43{id}[1]")).await;
    let acks = within(asked).await.unwrap().unwrap();
    assert_eq!((acks.replies, acks.asked), (vec![Ok(1)], 2));
}

/// Another server that says to have asked more clients than there can be.
struct Liar;

impl Adapter for Liar {
    fn start(&self, _: Local) {}

    fn publish(&self, _: &str, _: Command) {}

    fn ask(&self, _: &str, _: Question, _: Duration) -> Answers {
        futures_util::stream::iter([Answer::Receivers(usize::MAX), Answer::Receivers(usize::MAX)]).boxed()
    }
}

#[tokio::test]
async fn counts_of_other_servers_that_cannot_be_do_no_harm() {
    let io = quick().adapter(Arc::new(Liar)).namespace(namespace()).build().unwrap();
    let acks = io.of("/").emit_with_ack::<u8, _>("who?", &(), SOON).await.unwrap();
    assert_eq!((acks.asked, acks.is_complete()), (usize::MAX, false));
}

#[tokio::test]
async fn servers_talk_to_each_other() {
    let Pair { here, there, mut one, mut other, .. } = pair().await;
    here.of("/").server_side_emit("tell", &"news").unwrap();
    assert_eq!(other.event().await, json!(["told", "news"]));
    one.silence().await;
    let counts = here.of("/").server_side_emit_with_ack::<usize, _>("count", &10, SOON).await.unwrap();
    assert_eq!((counts.replies, counts.asked), (vec![Ok(11)], 1));
    let nothing = there.of("/").server_side_emit_with_ack::<usize, _>("unknown", &1, SOON).await.unwrap();
    assert_eq!((nothing.replies, nothing.asked), (vec![], 0));
    let alone = quick().namespace(namespace()).build().unwrap();
    let none = alone.of("/").server_side_emit_with_ack::<usize, _>("count", &1, SOON).await.unwrap();
    assert!(none.is_complete());
}

#[tokio::test]
async fn clients_are_recovered_by_one_server_alone() {
    let bus = Arc::new(Bus::default());
    let built = quick().adapter(End::new(&bus)).recovery(Recovery::new()).build();
    assert_eq!(built.err(), Some(BuildError::RecoveryWithAdapter));
}

#[tokio::test]
async fn a_handler_of_another_servers_event_that_panics_harms_nobody() {
    let Pair { here, there, mut other, .. } = pair().await;
    here.of("/").server_side_emit("explode", &()).unwrap();
    here.of("/").server_side_emit("tell", &"news").unwrap();
    assert_eq!(other.event().await, json!(["told", "news"]), "what comes after it is done");
    let asked = here.of("/").server_side_emit_with_ack::<usize, _>("explode", &(), SOON).await.unwrap();
    assert_eq!(asked.replies, vec![], "and nobody waits for an answer in vain");
    let panics = there.totals().find(|total| total.name == "handler_panics").unwrap().value;
    assert_eq!(panics, 2);
}

#[tokio::test]
async fn what_is_not_to_be_compressed_is_not_by_others_either() {
    const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    let bus = Arc::new(Bus::default());
    let build = || quick().compression(100).adapter(End::new(&bus)).namespace(namespace()).build().unwrap();
    let (here, there) = (build(), build());
    let address = serve(&there).await;
    let mut ws = Ws::open_with(address, "EIO=4&transport=websocket", OFFER).await.unwrap();
    assert!(ws.text().await.starts_with("0{"));
    ws.join("40").await;
    let long = "compressible ".repeat(100);
    for compress in [true, false] {
        let all = here.of("/").compress(compress);
        all.emit("told", &long).unwrap();
        assert_eq!(ws.event().await, json!(["told", long]));
        assert_eq!(ws.compressed.is_some(), compress);
        let long = long.clone();
        let asked = tokio::spawn(async move { all.emit_with_ack::<u8, _>("asked", &long, SOON).await });
        let text = ws.text().await;
        assert_eq!(ws.compressed.is_some(), compress, "an event that asks");
        ws.send(&format!("43{}[1]", text.strip_prefix("42").unwrap().split_once('[').unwrap().0)).await;
        assert_eq!(within(asked).await.unwrap().unwrap().replies, vec![Ok(1)]);
    }
}

#[tokio::test]
async fn what_is_volatile_is_dropped_by_others_where_it_would_be_late() {
    let Pair { here, there, mut other, .. } = pair().await;
    let (polls, id) = Polls::joined(serve(&there).await).await;
    let to = || here.of("/").to(id.clone());
    there.of("/").to(id.clone()).emit("lasting", &1).unwrap();
    to().volatile().emit("late", &2).unwrap();
    // Done in its turn, and so after that.
    here.of("/").server_side_emit("tell", &"done").unwrap();
    assert_eq!(other.event().await, json!(["told", "done"]));
    let asked = to().volatile().emit_with_ack::<u8, _>("late", &3, SOON).await.unwrap();
    assert_eq!((asked.asked, asked.replies), (0, vec![]), "nor is it asked");
    assert_eq!(polls.get().await.body, "42[\"lasting\",1]\x1e42[\"told\",\"done\"]");
}

#[tokio::test]
async fn an_adapter_hears_which_namespaces_there_are() {
    let end = End::new(&Arc::default());
    let games = Namespace::matching("games", |name| name.starts_with("/game-"));
    let io = quick()
        .adapter(end.clone())
        .max_children(1)
        .namespace(Namespace::new("/"))
        .namespace(Namespace::new("/chat"))
        .namespace(games)
        .build()
        .unwrap();
    assert_eq!(end.namespaces(), ["/", "/chat"]);
    let address = serve(&io).await;
    let mut one = Ws::session(address).await;
    one.join("40/game-1,").await;
    assert_eq!(end.namespaces(), ["/", "/chat", "/game-1"]);
    drop(one);
    eventually("it is gone with the last", || end.namespaces() == ["/", "/chat"]).await;
    // Spoken of while nobody is in it, and there again afterwards.
    for _ in 0..3 {
        io.of("/game-2").emit("n", &1).unwrap();
        assert_eq!(end.namespaces(), ["/", "/chat"]);
    }
}

#[tokio::test]
async fn an_adapter_may_ask_whether_anybody_is_in_a_room() {
    let bus = Arc::new(Bus::default());
    let io = quick().adapter(End::new(&bus)).namespace(namespace()).build().unwrap();
    let local = bus.servers.lock().unwrap()[0].0.clone();
    let (mut one, id) = Ws::joined(serve(&io).await).await;
    let (mut other, other_id) = Ws::joined(serve(&io).await).await;
    one.ask(1, "[\"join\",\"kitchen\"]").await;
    other.ask(1, "[\"join\",\"kitchen\"]").await;
    for room in ["kitchen", &id, &other_id] {
        assert!(local.has_room("/", room), "{room}");
        assert!(!local.has_room("/elsewhere", room));
    }
    assert!(!local.has_room("/", "hall"));
    drop(one);
    eventually("one is gone", || !local.has_room("/", &id)).await;
    assert!(local.has_room("/", "kitchen"));
    drop(other);
    eventually("nobody is left", || !local.has_room("/", "kitchen")).await;
}

#[tokio::test]
async fn an_adapter_may_have_connections_closed_after_their_sockets_were_ended() {
    let bus = Arc::new(Bus::default());
    let io = quick().adapter(End::new(&bus)).namespace(namespace()).build().unwrap();
    let local = bus.servers.lock().unwrap()[0].0.clone();
    let (mut one, id) = Ws::joined(serve(&io).await).await;
    let (mut other, _) = Ws::joined(serve(&io).await).await;
    let of = Rooms { rooms: vec![id], except: vec![] };
    local.apply("/", Command::Disconnect { of, how: Farewell::KickAndClose }).await;
    assert_eq!(one.text().await, "41");
    assert!(matches!(one.next().await, Got::Close(_)), "the connection as well");
    other.silence().await;
}
