//! PostgreSQL is away: it was stopped, killed, or stands still. Nobody is told that anything is stored that is not, nobody
//! waits for ever, and when it is back everything goes on by itself.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use chinwag_tests::api::{PASSWORD, Person, nonce};
use chinwag_tests::command::chinwag;
use chinwag_tests::follower::Follower;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::{Polling, WebSocket};
use chinwag_tests::socket::{Closed, Socket};
use chinwag_tests::{DEADLINE, http::Http};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use xtask::Postgres;

use crate::turns::together;

/// Longest that anything may take, by docs/api.md.
const LONGEST: Duration = Duration::from_secs(20);
/// After so long without PostgreSQL a node closes its sockets.
const SOCKETS: Duration = Duration::from_secs(10);
/// What a loaded machine may add to that.
const SLACK: Duration = Duration::from_secs(5);
/// How often something is looked at that cannot be waited for.
const AGAIN: Duration = Duration::from_millis(20);

/// A node with Ada on it, who keeps up a connection, and a room of hers.
struct House {
    postgres: Postgres,
    node: Server,
    ada: Person,
    room: String,
    socket: Socket,
}

impl House {
    async fn build() -> Self {
        let postgres = Postgres::start().unwrap();
        let node = Server::with().database(&postgres.url()).start().await;
        let mut ada = Person::sign_up(&node, "Ada").await;
        let room = ada.create_room("garden").await;
        let mut socket = Socket::connect(&node.address(), &ada.token).await;
        socket.event_named("session:ready").await;
        Self { postgres, node, ada, room, socket }
    }

    fn message(&self, text: &str) -> Value {
        json!({"room": self.room, "text": text, "nonce": nonce()})
    }

    fn messages(&self) -> String {
        format!("/api/v1/rooms/{}/messages", self.room)
    }

    /// Waits until the node says that it can work; how long that took.
    async fn is_ready(&self) -> Duration {
        let begun = Instant::now();
        while self.node.http().get("/readyz").await.status != 200 {
            assert!(begun.elapsed() < DEADLINE, "the node does not find PostgreSQL again");
            tokio::time::sleep(AGAIN).await;
        }
        begun.elapsed()
    }

    /// Waits until a message is taken; how long that took.
    async fn is_posted(&mut self, text: &str) -> Duration {
        let begun = Instant::now();
        let body = self.message(text);
        loop {
            let reply = self.ada.http.post(&self.messages(), &body).await;
            if reply.status == 201 {
                return begun.elapsed();
            }
            let code = reply.json()["error"]["code"].clone();
            let is_known =
                ["not_stored", "unavailable", "outcome_unknown"].iter().any(|known| code == *known);
            assert!(is_known && begun.elapsed() < DEADLINE, "{}", reply.text());
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// The status of a new Socket.IO handshake.
async fn handshake(node: &Server) -> u16 {
    node.http().get("/socket.io/?EIO=4&transport=polling").await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postgres_everybody_is_told_so_and_with_it_all_goes_on() {
    let _together = together().await;
    let mut house = House::build().await;
    let mut bob = Person::sign_up(&house.node, "Bob").await;
    bob.join(&house.room).await;
    let mut follower = Follower::connected(&house.node, &bob, WebSocket).await;
    house.socket.expect("message:send", &house.message("before")).await;
    bob.post(&house.room, "before as well").await;

    block_in_place(|| house.postgres.stop()).unwrap();
    let stopped = Instant::now();
    let lost = house.message("lost");
    house.socket.expect_error("message:send", &lost, "not_stored").await;
    let by_http = house.message("lost as well");
    house.ada.http.post(&house.messages(), &by_http).await.expect_error(503, "not_stored");
    house
        .socket
        .expect_error("room:join", &json!({"room": house.room, "nonce": nonce()}), "not_stored")
        .await;
    house.socket.expect_error("room:load", &json!({"room": house.room}), "unavailable").await;
    house.socket.expect_error("me:load", &json!({}), "unavailable").await;
    house.ada.http.get(&house.messages()).await.expect_error(503, "unavailable");
    let given = json!({"name": "Bob", "password": PASSWORD});
    house.node.http().post("/api/v1/session", &given).await.expect_error(503, "unavailable");
    let ready = house.node.http().get("/readyz").await;
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert!(ready.text().contains("store"), "it says what is missing: {}", ready.text());
    assert_eq!(house.node.http().get("/healthz").await.status, 200);
    while handshake(&house.node).await != 503 {
        assert!(stopped.elapsed() < SLACK, "new connections are still let in");
        tokio::time::sleep(AGAIN).await;
    }
    println!("new connections are refused {:.0?} after PostgreSQL was stopped", stopped.elapsed());
    for _ in 0..50 {
        assert_eq!(handshake(&house.node).await, 503, "nobody is let in as long as it is away");
        tokio::time::sleep(AGAIN).await;
    }
    assert!(stopped.elapsed() < SOCKETS, "the machine is too slow for this test");

    block_in_place(|| house.postgres.start_again()).unwrap();
    let (ready, posted) = (house.is_ready().await, house.is_posted("after").await);
    println!("with PostgreSQL back, the node is ready after {ready:.0?}, and posts {posted:.0?} after that");
    // Who stayed gets what was not stored by asking again, once, and nobody had to come back.
    for again in [&lost, &by_http] {
        assert_ne!(house.socket.expect("message:send", again).await["repeated"], true, "{again}");
    }
    let head = house.socket.expect("room:load", &json!({"room": house.room})).await["cursor"]["rev"].as_u64();
    let heads = [(house.room.clone(), head.unwrap())].into();
    let begun = Instant::now();
    follower.hear_everything_up_to(&heads).await;
    println!("who stayed connected has heard everything after {:.0?}", begun.elapsed());
    assert_eq!(follower.connections, 1, "nobody was thrown out");
    while handshake(&house.node).await != 200 {
        assert!(begun.elapsed() < DEADLINE, "new connections are refused though PostgreSQL is back");
        tokio::time::sleep(AGAIN).await;
    }
    let fresh = Follower::connected(&house.node, &bob, WebSocket).await;
    assert_eq!(follower.picture, fresh.picture);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_are_closed_when_postgres_is_away_for_long() {
    let _together = together().await;
    let mut house = House::build().await;
    let mut followers = Vec::new();
    for transport in [WebSocket, Polling] {
        followers.push(Follower::connected(&house.node, &house.ada, transport).await);
    }
    block_in_place(|| house.postgres.kill()).unwrap();
    let killed = Instant::now();
    let events = house.socket.closed().await;
    let took = killed.elapsed();
    println!("sockets are closed {took:.1?} after PostgreSQL was killed");
    assert!((SOCKETS - Duration::from_secs(2)..SOCKETS + SLACK).contains(&took), "{took:?}");
    let (_, closing) = events.iter().find(|(name, _)| name == "server:closing").expect("it is said why");
    assert_eq!(closing["code"], "unavailable", "{closing}");
    block_in_place(|| house.postgres.start_again()).unwrap();
    let back = Instant::now();
    house.is_posted("after").await;
    println!("posted {:.0?} after PostgreSQL is back", back.elapsed());
    let head = house.node.stored().await.streams[&house.room].head;
    for follower in &mut followers {
        follower.hear_everything_up_to(&[(house.room.clone(), head)].into()).await;
        assert!(follower.connections > 1, "they were thrown out and came back");
    }
    println!("all are back and know everything {:.0?} after PostgreSQL", back.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hangs_while_postgres_stands_still() {
    let _together = together().await;
    let mut house = House::build().await;
    let mut bob = Person::sign_up(&house.node, "Bob").await;
    bob.join(&house.room).await;
    // Connections to PostgreSQL that are there, and are not answered, are worse than none.
    let warm: Vec<_> = (0..12).map(|number| house.message(&format!("warm {number}"))).collect();
    let warm = warm.iter().map(|message| house.socket.ask("message:send", message));
    futures_util::future::join_all(warm).await;

    let mut silent = Socket::connect(&house.node.address(), &house.ada.token).await;
    silent.event_named("session:ready").await;

    house.postgres.pause().unwrap();
    let paused = Instant::now();
    let closed = tokio::spawn(async move {
        silent.closed().await;
        Instant::now()
    });
    let mut asked: Vec<tokio::task::JoinHandle<(String, Duration)>> = Vec::new();
    let mut random = Random::fresh();
    for wave in 0..3 {
        for _ in 0..4 {
            let (http, body, path) = (house.ada.http.clone(), house.message("still"), house.messages());
            asked.push(timed(wave, "post", async move { by_http(http, &path, Some(&body)).await }));
            let (http, path) = (house.ada.http.clone(), house.messages());
            asked.push(timed(wave, "read", async move { by_http(http, &path, None).await }));
            let (http, rooms) = (house.ada.http.clone(), "/api/v1/rooms".to_owned());
            let body = json!({"name": format!("room {}", nonce())});
            asked.push(timed(wave, "command", async move { by_http(http, &rooms, Some(&body)).await }));
            let (http, body) = (house.node.http(), json!({"name": "Bob", "password": PASSWORD}));
            asked.push(timed(
                wave,
                "sign in",
                async move { by_http(http, "/api/v1/session", Some(&body)).await },
            ));
            let address = house.node.address();
            let token = house.ada.token.clone();
            asked.push(timed(wave, "handshake", async move {
                match Socket::try_connect(&address, &json!({"token": token})).await {
                    Ok(_) => "let in".to_owned(),
                    Err(refusal) => refusal.to_string(),
                }
            }));
            let http = house.node.http();
            asked.push(timed(wave, "ready", async move { by_http(http, "/readyz", None).await }));
        }
        let by_socket: Vec<_> = (0..4).map(|_| house.message("still")).collect();
        let by_socket = by_socket.iter().map(|message| house.socket.ask("message:send", message));
        let answers = tokio::time::timeout(LONGEST + SLACK, futures_util::future::join_all(by_socket)).await;
        for answer in answers.expect("a socket is answered or closed") {
            match answer {
                Err(Closed) => {}
                Ok(answer) => {
                    let code = answer["error"]["code"].as_str().unwrap_or_default().to_owned();
                    assert!(["not_stored", "outcome_unknown"].contains(&code.as_str()), "{answer}");
                }
            }
        }
        // Not to wait for anything: so that some ask while others have waited for long.
        tokio::time::sleep(Duration::from_millis(1_000 + random.below(2_000))).await;
    }
    house.socket.closed().await;
    let closed = closed.await.unwrap().duration_since(paused);
    println!("sockets are closed {closed:.1?} after PostgreSQL stood still");
    assert!(closed < SOCKETS + SLACK, "{closed:?}");
    let mut longest = Duration::ZERO;
    let mut answers = std::collections::BTreeMap::<String, (u32, Duration)>::new();
    for asked in asked {
        let (answer, took) = asked.await.unwrap();
        longest = longest.max(took);
        let is_let_in = answer.ends_with("handshake: let in");
        assert!(!is_let_in || answer.starts_with("wave 0"), "nobody is let in once it is known: {answer}");
        let known = answers.entry(answer).or_default();
        *known = (known.0 + 1, known.1.max(took));
    }
    for (answer, (times, took)) in answers {
        println!("{answer}: {times} times, after {took:.1?} at most");
    }
    assert!(longest < LONGEST + SLACK, "somebody has waited for {longest:?}");

    house.postgres.resume().unwrap();
    let resumed = Instant::now();
    house.is_ready().await;
    house.is_posted("after").await;
    println!("all goes on {:.0?} after PostgreSQL does", resumed.elapsed());
    let mut follower = Follower::connected(&house.node, &bob, WebSocket).await;
    let head = house.node.stored().await.streams[&house.room].head;
    follower.hear_everything_up_to(&[(house.room.clone(), head)].into()).await;
}

/// What was asked, when, and how it was answered; and how long that took.
fn timed(
    wave: usize,
    what: &'static str,
    answer: impl Future<Output = String> + Send + 'static,
) -> tokio::task::JoinHandle<(String, Duration)> {
    let begun = Instant::now();
    tokio::spawn(async move { (format!("wave {wave}, {what}: {}", answer.await), begun.elapsed()) })
}

async fn by_http(http: Http, path: &str, body: Option<&Value>) -> String {
    let mut http = http.patient(LONGEST + SLACK);
    let reply = match body {
        Some(body) => http.post(path, body).await,
        None => http.get(path).await,
    };
    assert_eq!(reply.status, 503, "{path}: {}", reply.text());
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    format!("503 {}", body["error"]["code"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_its_database_does_not_start() {
    let _together = together().await;
    let folder = tempfile::tempdir().unwrap();
    let serve = |url: &str| {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--database", url];
        chinwag(folder.path(), &serve).run()
    };
    // Nobody is there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = serve(&format!("postgres://chinwag@127.0.0.1:{port}/chinwag"));
    refused.expect_refusal(&["PostgreSQL", &format!("127.0.0.1:{port}")]);
    assert_eq!(refused.code, Some(1));
    // Somebody is there and says nothing.
    let mut postgres = Postgres::start().unwrap();
    postgres.pause().unwrap();
    let begun = Instant::now();
    let unanswered = serve(&postgres.url());
    println!("a server whose database stands still ends after {:.1?}", begun.elapsed());
    unanswered.expect_refusal(&["PostgreSQL"]);
    assert_eq!(unanswered.code, Some(1));
    // Nobody is let in, or there is no such database.
    postgres.resume().unwrap();
    let unknown = serve(&format!("postgres://chinwag@127.0.0.1:{}/nothing", postgres.port()));
    unknown.expect_refusal(&["PostgreSQL", "nothing"]);
    assert_eq!(unknown.code, Some(1));
}
