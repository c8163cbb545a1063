//! What happens on one node reaches the clients of another, with nothing between the nodes but PostgreSQL.
//!
//! Promised are 1 s for what is said, and 2 s for the end of sessions; three times that is waited for.

use std::time::{Duration, Instant};

use chinwag_tests::api::{PASSWORD, Person};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use xtask::Postgres;

use crate::turns::together;

const SAID: Duration = Duration::from_secs(3);
const ENDED: Duration = Duration::from_secs(6);

const NEW_PASSWORD: &str = "battery horse correct";

/// Two nodes over one database.
async fn two_nodes(postgres: &Postgres) -> [Server; 2] {
    let url = postgres.new_database().unwrap();
    [Server::with().database(&url).start().await, Server::with().database(&url).start().await]
}

/// Somebody's socket on a node, which hears everything.
async fn connected(node: &Server, person: &Person) -> Socket {
    let mut socket = Socket::connect(&node.address(), &person.token).await;
    socket.event_named("session:ready").await;
    socket
}

/// What somebody does at another node than the one where they signed in.
fn at(node: &Server, person: &Person) -> Person {
    Person { http: node.http().with_token(&person.token), ..person.clone() }
}

/// The middle and the longest of some times, which must all be below a limit.
fn shown(what: &str, mut times: Vec<Duration>, limit: Duration) {
    times.sort_unstable();
    let (middle, longest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{what}: after {middle:.0?} in the middle, {longest:.0?} at most, of {}", times.len());
    assert!(longest < limit, "{what} after {longest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_on_one_node_is_heard_on_the_other() {
    let _together = together().await;
    let messages = usize::try_from(long("CHINWAG_STORE_MESSAGES", 12)).unwrap();
    let mut random = Random::announced();
    let [a, b] = two_nodes(Postgres::shared()).await;
    let (mut ann, mut bob) = (Person::sign_up(&a, "Ann").await, Person::sign_up(&b, "Bob").await);
    let room = ann.create_room("garden").await;
    bob.join(&room).await;
    let mut socket = connected(&b, &bob).await;
    // What is heard is taken down as it comes, whatever is being said.
    let (tell, mut heard) = mpsc::unbounded_channel();
    let hears = room.clone();
    tokio::spawn(async move {
        while let Some((event, frame)) = socket.event().await {
            if event != "stream:changes" || frame["stream"] != hears {
                continue;
            }
            for change in frame["changes"].as_array().unwrap() {
                if tell.send((change["message"]["text"].clone(), Instant::now())).is_err() {
                    return;
                }
            }
        }
    });
    let mut times = Vec::new();
    for number in 0..messages {
        // Not to wait for anything: so that it is said at any moment between two looks at the heads.
        tokio::time::sleep(Duration::from_millis(random.below(600))).await;
        let text = format!("message {number}");
        ann.post(&room, &text).await;
        let said = Instant::now();
        loop {
            let (found, when) = tokio::time::timeout(SAID, heard.recv()).await.expect("it is heard").unwrap();
            if found == Value::String(text.clone()) {
                times.push(when.saturating_duration_since(said));
                break;
            }
        }
    }
    shown("a message is heard on the other node", times, SAID);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_on_one_node_hears_nothing_more_on_the_other() {
    let _together = together().await;
    let [a, b] = two_nodes(Postgres::shared()).await;
    let (mut ann, mut bob) = (Person::sign_up(&a, "Ann").await, Person::sign_up(&b, "Bob").await);
    let room = ann.create_room("garden").await;
    let mut socket = connected(&b, &bob).await;
    let mut times = Vec::new();
    for round in 0..4 {
        bob.join(&room).await;
        let member = format!("/api/v1/rooms/{room}/members/{}", bob.id);
        let before = ann.post(&room, &format!("for all {round}")).await;
        if round % 2 == 0 {
            // As often he has heard it when he is removed as not.
            let is_it = |payload: &Value| {
                payload["stream"] == room.as_str() && payload["rev"].as_u64() >= Some(before)
            };
            socket.event_where("stream:changes", is_it).await;
        }
        ann.http.delete(&member).await.expect(200);
        let removed = Instant::now();
        let secret = ann.post(&room, &format!("not for Bob {round}")).await;
        loop {
            let payload = socket.event_named("stream:changes").await;
            let changes = payload["changes"].as_array().unwrap();
            if payload["stream"] == room.as_str() {
                assert!(payload["rev"].as_u64() < Some(secret), "he heard what came after: {payload}");
            }
            if changes.iter().any(|change| change["membership"]["gone"] == true) {
                break;
            }
        }
        times.push(removed.elapsed());
    }
    // Nothing of the room is on its way any more, or it would come before what is said to him now.
    let other = bob.create_room("greenhouse").await;
    let greeting = bob.post(&other, "alone at last").await;
    loop {
        let payload = socket.event_named("stream:changes").await;
        assert_ne!(payload["stream"], room.as_str(), "he is not in that room: {payload}");
        if payload["stream"] == other.as_str() && payload["rev"].as_u64() >= Some(greeting) {
            break;
        }
    }
    shown("who is removed on the other node knows it", times, SAID);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_end_on_one_node_end_on_the_other() {
    let _together = together().await;
    let [a, b] = two_nodes(Postgres::shared()).await;
    let mut moderator = Person::with_role(&a, "Mo", "moderator").await;
    let rounds = 2;
    let (mut signed_out, mut changed, mut suspended, mut by_command) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let name = format!("Bob {round}");
        let bob = Person::sign_up(&b, &name).await;

        let socket = connected(&b, &bob).await;
        at(&a, &bob).http.delete("/api/v1/session").await.expect(200);
        signed_out.push(is_closed(socket, &b, &bob).await);

        let bob = Person::sign_in(&b, &name).await;
        let socket = connected(&b, &bob).await;
        let change = json!({"present": PASSWORD, "new": NEW_PASSWORD});
        let mut elsewhere = Person::sign_in(&a, &name).await;
        elsewhere.http.put("/api/v1/account/password", &change).await.expect(200);
        changed.push(is_closed(socket, &b, &bob).await);

        // The session in hand goes on, on the other node as well.
        let bob = at(&b, &elsewhere);
        let socket = connected(&b, &bob).await;
        let suspension = format!("/api/v1/administration/people/{}/suspension", bob.id);
        moderator.http.put(&suspension, &json!({"reason": "spam"})).await.expect(200);
        suspended.push(is_closed(socket, &b, &bob).await);

        moderator.http.delete(&suspension).await.expect(200);
        let given = json!({"name": name, "password": NEW_PASSWORD});
        let bob = Person::known(&b, &name, &b.http().post("/api/v1/session", &given).await.expect(200));
        let socket = connected(&b, &bob).await;
        a.command(&["user", "suspend", &name]).run().expect_success();
        by_command.push(is_closed(socket, &b, &bob).await);
    }
    shown("a sign-out on the other node closes sockets", signed_out, ENDED);
    shown("a new password closes sockets on the other node", changed, ENDED);
    shown("a suspension closes sockets on the other node", suspended, ENDED);
    shown("chinwag user suspend closes sockets", by_command, ENDED);
}

/// Waits until the server has closed a socket because its session has ended; how long that took.
async fn is_closed(mut socket: Socket, node: &Server, person: &Person) -> Duration {
    let begun = Instant::now();
    let events = socket.closed().await;
    let took = begun.elapsed();
    assert!(events.iter().any(|(name, _)| name == "session:ended"), "{events:?}");
    let mut http = node.http().with_token(&person.token);
    http.get("/api/v1/session").await.expect_error(401, "unauthenticated");
    took
}
