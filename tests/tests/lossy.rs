//! Fan-out is a hint: here it loses what it is given, and clients get everything all the same, from the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chinwag_live::memory::MemoryLive;
use chinwag_live::{
    CachedSession, Delivery, Envelope, FanOut, Here, Penalty, PlaceChange, Presence, Quota, RateLimits,
    Sessions,
};
use chinwag_model::{Epoch, Person, Rev, SessionKey, SignUp, StreamId, UserId};
use chinwag_server::{Application, BackEnds, Effective, Settings};
use chinwag_store::Store;
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_tests::api::{PASSWORD, nonce};
use chinwag_tests::http::Http;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// How long a node may be without knowing what was lost, by docs/architecture.md; three times that is waited for.
const COMPARE_HEADS: Duration = Duration::from_secs(5);

/// Live that loses changes while it is told to.
struct Lossy {
    inner: Arc<MemoryLive>,
    losing: AtomicBool,
}

#[async_trait]
impl FanOut for Lossy {
    async fn subscribe(&self, stream: StreamId) -> chinwag_live::Result<bool> {
        self.inner.subscribe(stream).await
    }

    async fn unsubscribe(&self, stream: StreamId) {
        self.inner.unsubscribe(stream).await;
    }

    async fn publish(&self, delivery: Delivery) -> chinwag_live::Result<()> {
        if self.losing.load(Ordering::Relaxed) && matches!(delivery, Delivery::Changes(_)) {
            return Ok(());
        }
        self.inner.publish(delivery).await
    }

    fn take_inbox(&self) -> Option<mpsc::Receiver<Delivery>> {
        self.inner.take_inbox()
    }

    fn reaches_others(&self) -> bool {
        self.inner.reaches_others()
    }

    fn suspect(&self) -> watch::Receiver<bool> {
        self.inner.suspect()
    }
}

#[async_trait]
impl Presence for Lossy {
    async fn enter(&self, place: StreamId, person: &Arc<Person>) -> chinwag_live::Result<()> {
        self.inner.enter(place, person).await
    }

    async fn leave(&self, place: StreamId, user: UserId) -> chinwag_live::Result<()> {
        self.inner.leave(place, user).await
    }

    async fn here(&self, place: StreamId, limit: usize) -> chinwag_live::Result<Here> {
        self.inner.here(place, limit).await
    }

    async fn changed(&self) -> Vec<PlaceChange> {
        self.inner.changed().await
    }
}

#[async_trait]
impl RateLimits for Lossy {
    async fn take(&self, key: &str, quota: Quota) -> chinwag_live::Result<Option<Duration>> {
        self.inner.take(key, quota).await
    }

    async fn attempt(&self, key: &str, penalty: Penalty) -> chinwag_live::Result<Option<Duration>> {
        self.inner.attempt(key, penalty).await
    }

    async fn take_back(&self, key: &str, penalty: Penalty) -> chinwag_live::Result<()> {
        self.inner.take_back(key, penalty).await
    }

    async fn pardon(&self, key: &str) -> chinwag_live::Result<()> {
        self.inner.pardon(key).await
    }
}

#[async_trait]
impl Sessions for Lossy {
    async fn cached(&self, key: SessionKey) -> Option<CachedSession> {
        self.inner.cached(key).await
    }

    async fn cache(&self, key: SessionKey, session: CachedSession) {
        self.inner.cache(key, session).await;
    }

    async fn forget(&self, keys: &[SessionKey]) {
        self.inner.forget(keys).await;
    }

    async fn end(&self, keys: &[SessionKey]) {
        self.inner.end(keys).await;
    }

    async fn has_ended(&self, key: SessionKey) -> bool {
        self.inner.has_ended(key).await
    }
}

/// The application in this process, with live that loses.
struct Embedded {
    live: Arc<Lossy>,
    store: Arc<dyn Store>,
    address: String,
    folder: TempDir,
    _stop: oneshot::Sender<()>,
}

impl Embedded {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let store = SqliteStore::open(folder.path(), &Options::default()).unwrap();
        let live = Arc::new(Lossy { inner: MemoryLive::new(), losing: AtomicBool::new(false) });
        let mut registry = prometheus_client::registry::Registry::default();
        let known: Arc<dyn Store> = Arc::clone(&store) as _;
        let rules = Effective { sign_up: SignUp::Open, ..Effective::default() };
        let settings = Settings { rules, ..Settings::default() };
        let application =
            Application::new(settings, BackEnds::new(known, Arc::clone(&live) as _), &mut registry).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(application.serve(vec![listener], async {
            let _ = stopped.await;
        }));
        Self { live, store, address, folder, _stop: stop }
    }

    async fn sign_up(&self, name: &str) -> (Socket, String) {
        let body = json!({"name": name, "password": PASSWORD});
        let answer = Http::new(&self.address).post("/api/v1/account", &body).await.expect(201);
        let mut socket = Socket::connect(&self.address, answer["token"].as_str().unwrap()).await;
        socket.event_named("session:ready").await;
        (socket, answer["user"]["id"].as_str().unwrap().to_owned())
    }

    /// Tells as another node does that so much was changed in a room.
    async fn tell(&self, room: &str, epoch: Epoch, from: u64, through: u64) {
        let changes: Vec<Value> = (from + 1..=through).map(|rev| json!({"rev": rev})).collect();
        let frame = json!({"stream": room, "epoch": epoch, "from": from, "rev": through, "changes": changes});
        let envelope = Envelope {
            stream: StreamId(room.parse().unwrap()),
            epoch: Some(epoch),
            from: Rev(from),
            through: Rev(through),
            left: Vec::new(),
            moved: false,
            payload: frame.to_string().into(),
        };
        self.live.publish(Delivery::Changes(Arc::new(envelope))).await.unwrap();
    }

    fn lose(&self, losing: bool) {
        self.live.losing.store(losing, Ordering::Relaxed);
    }
}

/// A room that Ann has made, and Bob, who need not be in it.
struct Garden {
    ann: Socket,
    bob: Socket,
    bob_id: String,
    room: String,
}

impl Garden {
    async fn new(server: &Embedded) -> Self {
        let (ann, _) = server.sign_up("Ann").await;
        let (bob, bob_id) = server.sign_up("Bob").await;
        let made = ann.expect("room:create", &json!({"name": "garden"})).await;
        Self { ann, bob, bob_id, room: made["room"]["id"].as_str().unwrap().to_owned() }
    }
}

async fn post(socket: &Socket, room: &str, text: &str) -> u64 {
    let message = json!({"room": room, "text": text, "nonce": nonce()});
    socket.expect("message:send", &message).await["rev"].as_u64().unwrap()
}

/// Joins a room and loads it; the `rev` from which on everything is heard. Whether one hears of one's own join as well
/// depends on what was announced first.
async fn join(socket: &Socket, room: &str) -> u64 {
    socket.expect("room:join", &json!({"room": room})).await;
    socket.expect("room:load", &json!({"room": room})).await["cursor"]["rev"].as_u64().unwrap()
}

/// Waits for the changes of a room after `rev` up to `head`; each must follow upon the one before.
async fn follow(socket: &mut Socket, room: &str, mut rev: u64, head: u64) -> Vec<Value> {
    let loaded = rev;
    let mut changes = Vec::new();
    while rev < head {
        let payload = socket.event_named("stream:changes").await;
        if payload["stream"] != room || payload["rev"].as_u64() <= Some(loaded) {
            continue;
        }
        // The first may have something that is known already, with the rest.
        let from = payload["from"].as_u64().unwrap();
        let follows = from == rev || rev == loaded && from < loaded;
        assert!(follows, "nothing is left out and nothing comes twice: {payload} after {rev}");
        rev = payload["rev"].as_u64().unwrap();
        let new = payload["changes"].as_array().unwrap().iter().cloned();
        changes.extend(new.filter(|change| change["rev"].as_u64() > Some(loaded)));
    }
    changes
}

#[tokio::test]
async fn what_was_lost_is_found_even_if_nothing_more_happens() {
    let server = Embedded::start().await;
    let Garden { ann, mut bob, room, .. } = Garden::new(&server).await;
    let room = room.as_str();
    let joined = join(&bob, room).await;

    server.lose(true);
    let mut head = 0;
    for number in 0..10 {
        head = post(&ann, room, &number.to_string()).await;
    }
    let lost = Instant::now();
    let changes = follow(&mut bob, room, joined, head).await;
    let waited = lost.elapsed();
    println!("what was lost came after {waited:?}");
    assert!(waited < COMPARE_HEADS * 3);
    let texts: Vec<_> = changes.iter().map(|change| change["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

#[tokio::test]
async fn a_hole_is_filled_before_what_comes_after_it() {
    let server = Embedded::start().await;
    let Garden { ann, mut bob, room, .. } = Garden::new(&server).await;
    let room = room.as_str();
    join(&bob, room).await;
    for round in 0..5 {
        let before = post(&ann, room, "heard").await;
        follow(&mut bob, room, before - 1, before).await;
        server.lose(true);
        post(&ann, room, &format!("lost {round}")).await;
        post(&ann, room, &format!("lost {round}")).await;
        server.lose(false);
        let head = post(&ann, room, "after the hole").await;
        let lost = Instant::now();
        let changes = follow(&mut bob, room, before, head).await;
        println!("a hole was filled after {:?}", lost.elapsed());
        assert_eq!(changes.len(), 3);
    }
}

/// As two nodes tell that post to one room: each of its own part, and not always in their order.
#[tokio::test]
async fn what_comes_in_parts_goes_out_as_one_frame() {
    let server = Embedded::start().await;
    let Garden { ann, mut bob, room, .. } = Garden::new(&server).await;
    join(&bob, &room).await;
    let before = post(&ann, &room, "heard").await;
    follow(&mut bob, &room, before - 1, before).await;
    let epoch = server.store.epoch();
    // All of it is there before the node goes on: this test has one thread.
    for (from, through) in [(0, 1), (2, 4), (1, 2), (6, 7), (0, 2)] {
        server.tell(&room, epoch, before + from, before + through).await;
    }
    let frame = bob.event_where("stream:changes", |frame| frame["stream"] == room).await;
    assert_eq!((frame["from"].as_u64(), frame["rev"].as_u64()), (Some(before), Some(before + 4)), "{frame}");
    let revs: Vec<_> = frame["changes"].as_array().unwrap().iter().map(|change| &change["rev"]).collect();
    assert_eq!(revs, [before + 1, before + 2, before + 3, before + 4].map(Value::from).each_ref());
}

/// As a node tells that has not noticed yet that another database has taken over, with another history.
#[tokio::test]
async fn what_another_epoch_has_at_a_revision_is_not_taken_for_what_is_there() {
    let server = Embedded::start().await;
    let Garden { ann, mut bob, room, .. } = Garden::new(&server).await;
    let room = room.as_str();
    join(&bob, room).await;
    let before = post(&ann, room, "heard").await;
    follow(&mut bob, room, before - 1, before).await;

    let another = Epoch(server.store.epoch().0 ^ 1);
    server.tell(room, another, before, before + 1).await;
    let head = post(&ann, room, "said here").await;
    let changes = follow(&mut bob, room, before, head).await;
    assert_eq!(changes[0]["message"]["text"], "said here");
}

/// As somebody tells who may write to Redis: of what there is not, once just after what there is and once beyond a hole.
#[tokio::test]
async fn who_tells_of_what_there_is_not_silences_nobody() {
    let server = Embedded::start().await;
    let Garden { ann, mut bob, room, .. } = Garden::new(&server).await;
    join(&bob, &room).await;
    let mut before = post(&ann, &room, "heard").await;
    follow(&mut bob, &room, before - 1, before).await;
    let epoch = server.store.epoch();
    for from in [0, 10] {
        server.tell(&room, epoch, before + from, before + from + 1_000).await;
        let told = Instant::now();
        // Bob's client would ask for what it misses when it is told where the room stands.
        let stands = |frame: &Value| frame["stream"] == room && frame["rev"].as_u64() <= Some(before + 1);
        let next = post(&ann, &room, "said after it").await;
        bob.event_where("stream:changes", stands).await;
        let cursors = json!({"cursors": {room.as_str(): {"epoch": epoch, "rev": before}}});
        let missed = bob.expect("sync", &cursors).await;
        assert_eq!(missed["streams"][room.as_str()]["changes"][0]["message"]["text"], "said after it");
        println!("heard after {:?}", told.elapsed());
        before = post(&ann, &room, "heard").await;
        follow(&mut bob, &room, next, before).await;
    }
}

#[tokio::test]
async fn a_removal_that_was_lost_still_comes_before_what_follows_it() {
    let server = Embedded::start().await;
    let Garden { ann, mut bob, bob_id, room } = Garden::new(&server).await;
    let room = room.as_str();
    bob.expect("room:join", &json!({"room": room})).await;
    server.lose(true);
    ann.expect("room:remove", &json!({"room": room, "user": bob_id})).await;
    server.lose(false);
    let secret = post(&ann, room, "he must not hear this").await;
    // Bob's own stream tells him, at the latest when heads are compared; until then nothing of the room may come.
    loop {
        let payload = bob.event_named("stream:changes").await;
        let changes = payload["changes"].as_array().unwrap();
        assert!(
            payload["stream"] != room || payload["rev"].as_u64() < Some(secret),
            "he heard what came after his removal: {payload}"
        );
        if changes.iter().any(|change| change["membership"]["gone"] == true) {
            return;
        }
    }
}

#[tokio::test]
async fn who_came_in_elsewhere_is_told_from_where_on_they_hear() {
    let server = Embedded::start().await;
    let Garden { mut ann, mut bob, bob_id, room } = Garden::new(&server).await;
    let room = room.as_str();
    let begun = join(&ann, room).await;
    // Another node does it, and this one does not hear of it.
    server.lose(true);
    server.store.join(room.parse().unwrap(), bob_id.parse().unwrap(), None).await.unwrap();
    let page = bob.expect("room:load", &json!({"room": room})).await;
    let loaded = page["cursor"]["rev"].as_u64().unwrap();
    server.lose(false);
    let head = post(&ann, room, "said before the node knew").await;
    follow(&mut ann, room, begun, head).await;
    // Nothing more is said in the room. Now he learns that there is more than he loaded.
    let lost = Instant::now();
    let told = bob.event_where("stream:changes", |payload| payload["stream"] == room).await;
    println!("it was told after {:?}", lost.elapsed());
    assert!(lost.elapsed() < COMPARE_HEADS * 3);
    if told["changes"][0]["message"]["text"] == "said before the node knew" {
        // Heads were compared in the one moment in which nothing was missed.
        return;
    }
    assert!(told["from"].as_u64() > Some(loaded), "a hole that he can see: {told}, after {loaded}");
    let cursors = json!({"cursors": {room: page["cursor"]}});
    let missed = bob.expect("sync", &cursors).await;
    let changes = missed["streams"][room]["changes"].as_array().unwrap();
    assert_eq!(changes.last().unwrap()["message"]["text"], "said before the node knew");
}

#[tokio::test]
async fn a_node_that_stood_still_until_what_it_missed_was_removed_goes_on_at_the_head() {
    let server = Embedded::start().await;
    let Garden { ann, mut bob, room, .. } = Garden::new(&server).await;
    let room = room.as_str();
    join(&bob, room).await;
    let known = post(&ann, room, "heard").await;
    follow(&mut bob, room, known - 1, known).await;
    let database = rusqlite::Connection::open(server.folder.path().join("chinwag.db")).unwrap();
    database.busy_timeout(COMPARE_HEADS).unwrap();
    let removed = format!(
        "BEGIN IMMEDIATE; UPDATE stream SET floor = head WHERE id = x'{id}'; DELETE FROM change WHERE stream = x'{id}';
         DELETE FROM message WHERE room = x'{id}'; COMMIT",
        id = room.replace('-', "")
    );
    loop {
        server.lose(true);
        let head = post(&ann, room, "lost").await;
        database.execute_batch(&removed).unwrap();
        server.lose(false);
        let up_to_head = |told: &Value| told["stream"] == room && told["rev"].as_u64() == Some(head);
        let told = bob.event_where("stream:changes", up_to_head).await;
        if told["from"].as_u64() == Some(head) {
            break;
        }
        // Heads were compared just before it was removed.
        assert_eq!(told["changes"][0]["message"]["text"], "lost", "{told}");
    }
    let head = post(&ann, room, "heard again").await;
    let changes = follow(&mut bob, room, head - 1, head).await;
    assert_eq!(changes[0]["message"]["text"], "heard again");
}
