//! Two nodes over one PostgreSQL with Redis between them: what happens on one reaches the other at once; and without Redis,
//! for a while, by what PostgreSQL says.

use std::time::{Duration, Instant};

use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::json;
use tokio::task::block_in_place;
use xtask::{Postgres, Redis};

use crate::turns::together;

/// Heads are compared every 5 s while Redis is well: what comes sooner, again and again, comes by it. Three times what is
/// promised while it is not.
const AWAY: Duration = Duration::from_secs(6);
/// How soon something comes by Redis, of which there is no promise but "at once".
pub(crate) const AT_ONCE: Duration = Duration::from_secs(1);

async fn two_nodes(redis: &Redis) -> [Server; 2] {
    let url = Postgres::shared().new_database().unwrap();
    let node = || Server::with().database(&url).env("CHINWAG_REDIS", &redis.url()).start();
    let nodes = [node().await, node().await];
    for node in &nodes {
        reached(node, true).await;
    }
    nodes
}

/// Waits until a node says that it reaches Redis, or not.
pub(crate) async fn reached(node: &Server, reached: bool) {
    let expected = if reached { "ok\n" } else { "ok, but Redis cannot be reached\n" };
    let begun = Instant::now();
    loop {
        let ready = node.http().get("/readyz").await;
        assert_eq!(ready.status, 200, "{}", ready.text());
        if ready.text() == expected {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", ready.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn connected(node: &Server, person: &Person) -> Socket {
    let mut socket = Socket::connect(&node.address(), &person.token).await;
    socket.event_named("session:ready").await;
    socket
}

/// How long a message takes to be heard at the other node.
pub(crate) async fn takes(ann: &mut Person, room: &str, socket: &mut Socket, text: &str) -> Duration {
    ann.post(room, text).await;
    let said = Instant::now();
    socket.hears(text).await;
    said.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_redis_the_other_node_hears_at_once_and_without_it_soon() {
    let _together = together().await;
    let mut redis = Redis::start().unwrap();
    let [a, b] = two_nodes(&redis).await;
    let (mut ann, mut bob) = (Person::sign_up(&a, "Ann").await, Person::sign_up(&b, "Bob").await);
    let room = ann.create_room("garden").await;
    bob.join(&room).await;
    let mut socket = connected(&b, &bob).await;
    let mut times = Vec::new();
    for number in 0..20 {
        times.push(takes(&mut ann, &room, &mut socket, &format!("message {number}")).await);
    }
    times.sort_unstable();
    println!("heard at the other node after {:.1?} in the middle, {:.1?} at most", times[10], times[19]);
    assert!(times[19] < AT_ONCE, "{times:?}");

    // Emptied: nothing of what is said is kept there.
    redis.ask(&["FLUSHALL"]).unwrap();
    let after = takes(&mut ann, &room, &mut socket, "emptied").await;
    assert!(after < AT_ONCE, "{after:?}");

    for round in 0..2 {
        // Gone, or there without a word.
        block_in_place(|| if round == 0 { redis.kill() } else { redis.pause() }).unwrap();
        let begun = Instant::now();
        let mut longest = Duration::ZERO;
        for number in 0..4 {
            let text = format!("without {round} {number}");
            longest = longest.max(takes(&mut ann, &room, &mut socket, &text).await);
        }
        println!("without Redis heard after {longest:.0?} at most");
        assert!(longest < AWAY, "{longest:?}");
        for node in [&a, &b] {
            reached(node, false).await;
        }
        println!("it was known after {:.1?}", begun.elapsed());
        block_in_place(|| if round == 0 { redis.start_again() } else { redis.resume() }).unwrap();
        let begun = Instant::now();
        for node in [&a, &b] {
            reached(node, true).await;
        }
        println!("healed after {:.1?}", begun.elapsed());
        for number in 0..4 {
            let after = takes(&mut ann, &room, &mut socket, &format!("again {round} {number}")).await;
            assert!(after < AT_ONCE, "{after:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_where_and_who_types_is_known_on_all_nodes() {
    let _together = together().await;
    let redis = Redis::start().unwrap();
    let [a, mut b] = two_nodes(&redis).await;
    let (mut ann, mut bob) = (Person::sign_up(&a, "Ann").await, Person::sign_up(&b, "Bob").await);
    let room = ann.create_room("garden").await;
    bob.join(&room).await;
    let mut at_a = connected(&a, &ann).await;
    let at_b = connected(&b, &bob).await;
    // A second tab, at the other node: still one person.
    let tab = connected(&a, &bob).await;
    let begun = Instant::now();
    let online = async |socket: &Socket| {
        let answer = socket.expect("presence:list", &json!({"room": room})).await;
        let people = answer["users"].as_array().unwrap();
        let mut names: Vec<String> =
            people.iter().map(|person| person["name"].as_str().unwrap().to_owned()).collect();
        names.sort_unstable();
        names.join(" ")
    };
    for socket in [&at_a, &at_b, &tab] {
        while online(socket).await != "Ann Bob" {
            assert!(begun.elapsed() < AWAY, "{}", online(socket).await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    at_b.expect("typing:set", &json!({"room": room, "typing": true})).await;
    let typing = at_a.event_named("typing:changed").await;
    assert_eq!((&typing["user"]["name"], &typing["typing"]), (&json!("Bob"), &json!(true)), "{typing}");

    // He is still at the first node when the second one dies; and then not any more.
    b.kill();
    drop(tab);
    let begun = Instant::now();
    while online(&at_a).await != "Ann" {
        assert!(begun.elapsed() < Duration::from_secs(60), "who was on a node that died stays for ever");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("who was on a dead node is gone after {:.1?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_on_all_nodes_at_once() {
    let _together = together().await;
    let redis = Redis::start().unwrap();
    let [a, b] = two_nodes(&redis).await;
    for round in 0..3 {
        let bob = Person::sign_up(&b, &format!("Bob {round}")).await;
        let mut socket = connected(&b, &bob).await;
        a.http().with_token(&bob.token).delete("/api/v1/session").await.expect(200);
        let ended = Instant::now();
        socket.closed().await;
        println!("closed at the other node after {:.1?}", ended.elapsed());
        assert!(ended.elapsed() < 3 * AT_ONCE, "{:?}", ended.elapsed());
        b.http().with_token(&bob.token).get("/api/v1/session").await.expect_error(401, "unauthenticated");
    }
}
