//! Nodes over one PostgreSQL that pass requests on to each other, so that any of them answers anything: what comes over
//! the wire, request by request. With real clients behind a load balancer `tests/node/interop/nodes.test.js` does it.

mod raw;
mod strangers;

use std::time::{Duration, Instant};

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::http::Http;
use chinwag_tests::relay::Relay;
use chinwag_tests::server::{Server, Setup};
use hyper::Method;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use xtask::Postgres;
use xtask::ports::Port;

use self::raw::{assert_unknown, get, joined, open, post};
use crate::turns::together;

/// A node that lets others in, on any free port.
fn node(url: &str) -> Setup {
    let setup = Server::with().database(url).env("CHINWAG_CLUSTER_LISTEN", "127.0.0.1:0");
    setup.env("CHINWAG_LOG", "info,tower_http=debug")
}

/// Two of them over one database.
async fn two_nodes() -> [Server; 2] {
    let url = Postgres::shared().new_database().unwrap();
    [node(&url).start().await, node(&url).start().await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_polled_through_any_node() {
    let _together = together().await;
    let [a, b] = two_nodes().await;
    let mut ann = Person::sign_up(&a, "Ann").await;
    let room = ann.create_room("garden").await;
    let sid = open(&a, &[]).await;
    joined(&b, &sid, &ann.token).await;

    // A poll waits on the other node while a post comes there, and both through changing nodes.
    for (number, nodes) in [[&b, &b], [&a, &b], [&b, &a], [&b, &b]].into_iter().enumerate() {
        let command = json!(["message:send", {"room": room, "text": "hello", "nonce": format!("n{number}")}]);
        let packet = format!("42{number}{command}");
        let (said, mut heard) = tokio::join!(post(nodes[1], &sid, &packet), get(nodes[0], &sid));
        assert_eq!((said.status, said.text().as_str()), (200, "ok"));
        while !heard.text().contains(&format!("43{number}[{{\"ok\":true")) {
            assert_eq!(heard.status, 200, "{}", heard.text());
            heard = get(nodes[0], &sid).await;
        }
        assert_eq!(heard.header("content-type"), "text/plain; charset=UTF-8");
        assert_eq!(heard.header("x-content-type-options"), "nosniff", "as from the node itself");
    }

    // What is too large is refused in the same words, whoever is asked.
    let long = "4".repeat(1_000_001);
    let here = post(&a, &open(&a, &[]).await, &long).await;
    let there = post(&b, &open(&a, &[]).await, &long).await;
    assert_eq!((here.status, here.text()), (413, there.text()));
    assert_eq!(there.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_moves_to_a_websocket_through_another_node() {
    let _together = together().await;
    let [a, mut b] = two_nodes().await;
    let ann = Person::sign_up(&a, "Ann").await;
    let sid = open(&a, &[]).await;
    joined(&a, &sid, &ann.token).await;

    let address = format!("ws://{}/socket.io/?EIO=4&transport=websocket&sid={sid}", b.address());
    let (mut socket, answer) = tokio_tungstenite::connect_async(address).await.unwrap();
    assert_eq!(answer.status(), 101);
    raw::say(&mut socket, "2probe").await;
    assert_eq!(raw::heard(&mut socket).await, "3probe");
    raw::say(&mut socket, "5").await;
    raw::say(&mut socket, r#"427["me:load",{}]"#).await;
    while !raw::heard(&mut socket).await.starts_with(r#"437[{"ok":true"#) {}

    // Before a node that it goes through ends, the client is told to come back, by the node that has the session.
    let begun = Instant::now();
    let stopping = async {
        assert!(b.stop().await.success());
        begun.elapsed()
    };
    let listening = async {
        let mut closing = String::new();
        while let Some(Ok(message)) = raw::next(&mut socket).await {
            match message {
                Message::Text(text) if text.starts_with("42[\"server:closing\"") => {
                    closing = text.to_string();
                }
                Message::Close(frame) => return (closing, frame.map(|frame| u16::from(frame.code))),
                _ => {}
            }
        }
        (closing, None)
    };
    let (took, (closing, code)) = tokio::join!(stopping, listening);
    assert_eq!(closing, r#"42["server:closing",{"code":"draining","retry_ms":0}]"#);
    assert_eq!(code, Some(1001));
    assert!(took < Duration::from_secs(6), "after {took:?}");
    println!("a node that a WebSocket went through has ended after {took:.1?}");
}

/// The poll of a session on another node waits for up to 12 s. A node that it goes through does not wait so long, and
/// does not cut it either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_through_a_node_that_ends_is_answered_and_its_session_goes_on() {
    let _together = together().await;
    let [a, mut b] = two_nodes().await;
    let ann = Person::sign_up(&a, "Ann").await;
    // It has not joined yet, so nothing is said to it meanwhile.
    let sid = open(&a, &[]).await;
    let before = raw::requests(&a);
    let (mut http, path) = (b.http(), raw::path(&sid));
    let poll = tokio::spawn(async move { http.get(&path).await });
    raw::until_asked(&a, before + 1).await;
    let begun = Instant::now();
    assert!(b.stop().await.success());
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(6), "after {took:?}");
    println!("a node that a poll went through has ended after {took:.1?}");
    let answer = poll.await.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "6"));
    joined(&a, &sid, &ann.token).await;
}

/// The others do not know a node any more that could not say for long that it is there. When it can again it is asked for
/// sessions of theirs at once, before they know it: that must not end them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_passes_on_as_soon_as_the_others_let_it_in() {
    let _together = together().await;
    let postgres = Postgres::shared();
    let url = postgres.new_database().unwrap();
    let relay = Relay::to(postgres.port()).await;
    let through = url.replace(&format!(":{}/", postgres.port()), &format!(":{}/", relay.port()));
    assert_ne!(through, url);
    let port = Port::claim().unwrap();
    let metrics = format!("127.0.0.1:{}", port.number());
    let a = node(&url).env("CHINWAG_METRICS_LISTEN", &metrics).start().await;
    let b = node(&through).start().await;
    let ann = Person::sign_up(&a, "Ann").await;

    let knows = async |nodes: u8| {
        let line = format!("\nchinwag_nodes {nodes}\n");
        while !Http::new(&metrics).get("/metrics").await.text().contains(&line) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    knows(2).await;
    relay.block();
    knows(1).await;
    let sid = open(&a, &[]).await;
    joined(&a, &sid, &ann.token).await;
    assert_eq!(post(&a, &sid, r#"427["me:load",{}]"#).await.text(), "ok");
    let before = raw::requests(&b);
    let (mut http, path) = (b.http(), raw::path(&sid));
    let mut poll = tokio::spawn(async move { http.get(&path).await });
    raw::until_asked(&b, before + 1).await;
    // For as long as the other would certainly have refused it.
    let early = tokio::time::timeout(Duration::from_secs(1), &mut poll).await;
    assert!(early.is_err(), "it is answered before the others let the node in: {early:?}");
    relay.unblock();
    let begun = Instant::now();
    let answer = poll.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    println!("a poll through a node that was cut off is answered after {:.1?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_on_a_node_that_is_gone_is_told_at_once() {
    let _together = together().await;
    let [mut a, mut b] = two_nodes().await;
    let ann = Person::sign_up(&a, "Ann").await;
    let (killed, stopped, waiting) = (open(&a, &[]).await, open(&b, &[]).await, open(&a, &[]).await);
    joined(&b, &killed, &ann.token).await;
    joined(&b, &waiting, &ann.token).await;

    // One waits for a poll when its node dies, one asks afterwards.
    let before = raw::requests(&a);
    let (mut http, path) = (b.http(), raw::path(&waiting));
    let poll = tokio::spawn(async move { http.get(&path).await });
    raw::until_asked(&a, before + 1).await;
    a.kill();
    let begun = Instant::now();
    assert_unknown(&poll.await.unwrap());
    assert_unknown(&get(&b, &killed).await);
    assert_unknown(&post(&b, &killed, "2").await);
    assert!(begun.elapsed() < Duration::from_secs(1), "after {:?}", begun.elapsed());

    // Where there is another node at that address, it is not taken for the one that was there.
    a.restart().await;
    assert_unknown(&get(&b, &killed).await);
    assert_unknown(&get(&a, &killed).await);
    assert!(b.stop().await.success());
    let begun = Instant::now();
    assert_unknown(&get(&a, &stopped).await);
    assert!(begun.elapsed() < Duration::from_secs(2), "after {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_do_not_take_part_know_their_own_sessions_alone() {
    let _together = together().await;
    let url = Postgres::shared().new_database().unwrap();
    let [alone, part] = [Server::with().database(&url).start().await, node(&url).start().await];
    assert!(alone.log().contains("cluster.listen is not set"));
    let (sid, other) = (open(&alone, &[]).await, open(&part, &[]).await);
    assert_eq!((sid.len(), other.len()), (22, 44));
    assert_eq!(post(&alone, &sid, "40").await.status, 200);
    assert_unknown(&post(&part, &sid, "40").await);
    assert_unknown(&post(&alone, &other, "40").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clients_make_up_of_their_address_is_not_believed() {
    let _together = together().await;
    let url = Postgres::shared().new_database().unwrap();
    let careful = |setup: Setup| {
        let setup = setup.env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1");
        setup.env("CHINWAG_LIMITS_SIGN_IN_PER_MINUTE", "2")
    };
    let [a, b] = [careful(node(&url)).start().await, careful(node(&url)).start().await];
    let ann = Person::sign_up(&a, "Ann").await;
    let forged = |number: u8| {
        let made_up = format!("66.6.6.{number} https");
        [("x-chinwag-client".to_owned(), made_up), ("x-forwarded-for".to_owned(), "203.0.113.7".to_owned())]
    };
    let with = |server: &Server, number: u8| {
        forged(number).iter().fold(server.http(), |http, (name, value)| http.with_header(name, value))
    };

    // Through another node the session's own one is told the true address.
    let sid = open(&a, &forged(1)).await;
    let body = format!("40{}", json!({"token": ann.token}));
    let path = raw::path(&sid);
    let posted = with(&b, 2).send(Method::POST, &path, Some("text/plain"), body.into()).await;
    assert_eq!(posted.status, 200);
    with(&b, 3).get(&path).await.expect(200);
    let log = a.log();
    let asked = || log.lines().filter(|line| line.contains("/socket.io/"));
    assert!(asked().filter(|line| line.contains("started processing request")).count() >= 3, "{log}");
    assert!(asked().all(|line| line.contains("203.0.113.7")), "{log}");
    assert!(!log.contains("66.6.6") && !b.log().contains("66.6.6"), "{log}");

    // Nor is it where nothing is passed on.
    let given = json!({"name": "Ann", "password": PASSWORD});
    let token = with(&a, 4).post("/api/v1/session", &given).await.expect(200)["token"].clone();
    let mut http = a.http().with_token(token.as_str().unwrap());
    let sessions = http.get("/api/v1/sessions").await.expect(200).to_string();
    assert!(sessions.contains("203.0.113.7") && !sessions.contains("66.6.6"), "{sessions}");
    let mut refused = 0;
    for number in 0..4 {
        refused += u8::from(with(&a, number).post("/api/v1/session", &given).await.status == 429);
    }
    assert!(refused >= 2, "{refused} of 4 were refused");
}
