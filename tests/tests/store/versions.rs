//! Two versions side by side: nodes that are held to the envelopes of the version before, as they are while one version
//! replaces the other node by node, and nodes that are not.

mod wire;

use std::time::{Duration, Instant};

use chinwag_tests::api::Person;
use chinwag_tests::crowd::Crowd;
use chinwag_tests::follower::Manner::{OftenAway, Steady};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use chinwag_tests::socket::Transport::{Polling, WebSocket};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use xtask::{Postgres, Redis};

use self::wire::Wire;
use crate::redis::{AT_ONCE, connected, reached, takes};
use crate::turns::{alone, together};

/// Holds a node to the version before.
const HELD: &str = "CHINWAG_TEST_ENVELOPES";
/// How long nodes may take to see who reads what: leases are looked at every 2 s.
const SEEN: Duration = Duration::from_secs(10);
/// How soon something comes until then. Heads are compared every 5 s.
const SOON: Duration = Duration::from_millis(2_500);
/// An absence that is shorter is not told.
const ABSENT: Duration = Duration::from_millis(1_500);

/// Waits until the nodes that live read just these versions.
async fn read(redis: &Redis, versions: [&str; 2]) {
    let begun = Instant::now();
    loop {
        let leases = block_in_place(|| redis.ask(&["ZRANGE", "chinwag:nodes", "0", "-1"])).unwrap();
        let mut read: Vec<&str> =
            leases.lines().filter_map(|lease| lease.rsplit_once(':')).map(|(_, read)| read).collect();
        read.sort_unstable();
        if read == versions {
            return;
        }
        assert!(begun.elapsed() < SEEN, "{leases}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Somebody at a node.
struct Someone {
    person: Person,
    socket: Socket,
}

impl Someone {
    async fn at(node: &Server, name: &str, room: Option<&str>) -> Self {
        let mut person = Person::sign_up(node, name).await;
        if let Some(room) = room {
            person.join(room).await;
        }
        let socket = connected(node, &person).await;
        Self { person, socket }
    }
}

/// Waits until what is posted is told to other nodes in this version.
async fn writes(speaker: &mut Someone, redis: &Redis, room: &str, version: u8) {
    let begun = Instant::now();
    let mut wire = Wire::listen(redis, room).await;
    loop {
        speaker.person.post(room, "in which version is this?").await;
        let written = wire.version_of_changes().await;
        if written == version {
            return;
        }
        assert!(begun.elapsed() < SEEN, "changes are written in version {written}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Each of ten messages is heard at the other node within that time.
async fn messages_come(listener: &mut Someone, speaker: &mut Someone, room: &str, within: Duration) {
    for number in 0..10 {
        let text = format!("{} says {number}", speaker.person.name);
        let after = takes(&mut speaker.person, room, &mut listener.socket, &text).await;
        assert!(after < within, "\"{text}\" is heard after {after:?}");
    }
}

/// Whatever somebody does at the second node is heard at once by somebody at the first.
async fn hears([here, there]: [&Server; 2], listener: &mut Someone, speaker: &mut Someone, room: &str) {
    messages_come(listener, speaker, room, AT_ONCE).await;

    // What does not last comes by Redis or not at all.
    let name = speaker.person.name.clone();
    for typing in [true, false] {
        speaker.socket.expect("typing:set", &json!({"room": room, "typing": typing})).await;
        let said = Instant::now();
        let is_it = |payload: &Value| payload["user"]["name"] == json!(name) && payload["typing"] == typing;
        listener.socket.event_where("typing:changed", is_it).await;
        assert!(said.elapsed() < AT_ONCE, "typing is heard after {:?}", said.elapsed());
    }

    // Who comes and who goes is told in envelopes too. What was missed is read much later, when it is renewed.
    let visitor = format!("friend of {name}");
    let listed = |list: &'static str| {
        let visitor = json!(visitor);
        move |payload: &Value| {
            let people = payload[list].as_array().into_iter().flatten();
            payload["room"] == json!(room) && people.into_iter().any(|person| person["name"] == visitor)
        }
    };
    let mut guest = Someone::at(there, &visitor, Some(room)).await;
    let came = Instant::now();
    listener.socket.event_where("presence:changed", listed("came")).await;
    assert!(came.elapsed() < AT_ONCE, "who comes is told of after {:?}", came.elapsed());
    // Signed out at the one node, they are closed at the other.
    here.http().with_token(&guest.person.token).delete("/api/v1/session").await.expect(200);
    let ended = Instant::now();
    guest.socket.closed().await;
    assert!(ended.elapsed() < AT_ONCE, "a session ends after {:?}", ended.elapsed());
    there
        .http()
        .with_token(&guest.person.token)
        .get("/api/v1/session")
        .await
        .expect_error(401, "unauthenticated");
    listener.socket.event_where("presence:changed", listed("left")).await;
    assert!(ended.elapsed() < ABSENT + AT_ONCE, "who goes is told of after {:?}", ended.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_comes_to_older_ones_is_understood_and_understands() {
    side_by_side(["previous", ""]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_comes_to_newer_ones_is_understood_and_understands() {
    side_by_side(["", "previous"]).await;
}

/// Two nodes that start one after the other, each held to what is said here.
async fn side_by_side(held: [&'static str; 2]) {
    let _together = together().await;
    let redis = Redis::start().unwrap();
    let database = Postgres::shared().new_database().unwrap();
    let start = |held: &'static str| {
        let setup = Server::with().database(&database).env("CHINWAG_REDIS", &redis.url());
        if held.is_empty() { setup } else { setup.env(HELD, held) }.start()
    };
    let a = start(held[0]).await;
    reached(&a, true).await;
    let mut ann = Someone::at(&a, "Ann", None).await;
    let room = ann.person.create_room("garden").await;
    if held[0].is_empty() {
        // There is nobody yet for whom it would write anything else.
        writes(&mut ann, &redis, &room, 2).await;
    }
    let b = start(held[1]).await;
    reached(&b, true).await;
    let mut bob = Someone::at(&b, "Bob", Some(&room)).await;

    // While they do not know of each other yet, everything is found.
    messages_come(&mut bob, &mut ann, &room, SOON).await;
    messages_come(&mut ann, &mut bob, &room, SOON).await;
    read(&redis, ["1", "2"]).await;
    writes(&mut ann, &redis, &room, 1).await;
    writes(&mut bob, &redis, &room, 1).await;
    hears([&b, &a], &mut bob, &mut ann, &room).await;
    hears([&a, &b], &mut ann, &mut bob, &room).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_loses_anything_while_one_version_replaces_the_other() {
    let _alone = alone().await;
    let clients = usize::try_from(long("CHINWAG_STORE_UPGRADE_CLIENTS", 16)).unwrap();
    let mut random = Random::announced();
    let redis = Redis::start().unwrap();
    let database = Postgres::shared().new_database().unwrap();
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let node = Server::with().database(&database).env("CHINWAG_REDIS", &redis.url());
        nodes.push(node.env(HELD, "previous").start().await);
    }
    for node in &nodes {
        reached(node, true).await;
    }
    let kinds = [(WebSocket, Steady), (Polling, Steady), (WebSocket, OftenAway)].into_iter().cycle();
    let crowd = Crowd::gather_at(&nodes, &mut random, kinds.take(clients)).await;
    let working = crowd.live(u64::MAX);
    let some_more = async || working.progress.reaches(working.progress.steps() + 10 * clients as u64).await;
    some_more().await;
    for (number, versions) in [["1", "2"], ["2", "2"]].into_iter().enumerate() {
        let begun = Instant::now();
        assert!(nodes[number].stop().await.success());
        some_more().await;
        nodes[number].restart_without(HELD).await;
        read(&redis, versions).await;
        println!("node {number} is of the new version after {:.1?}", begun.elapsed());
        some_more().await;
    }
    working.stop();
    println!("{}", working.finished().await.check_at(&nodes).await);

    // Now that all read it, all write it.
    let [a, b] = nodes.try_into().unwrap();
    let mut ann = Someone::at(&a, "Ann", None).await;
    let room = ann.person.create_room("greenhouse").await;
    let mut bob = Someone::at(&b, "Bob", Some(&room)).await;
    writes(&mut ann, &redis, &room, 2).await;
    writes(&mut bob, &redis, &room, 2).await;
    hears([&b, &a], &mut bob, &mut ann, &room).await;
    hears([&a, &b], &mut ann, &mut bob, &room).await;
}
