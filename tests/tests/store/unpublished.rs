//! A node that dies after a commit and before it has told the others by Redis, and nothing more happens in that room.

use std::time::{Duration, Instant};

use chinwag_tests::DEADLINE;
use chinwag_tests::api::Person;
use chinwag_tests::relay::Relay;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use tokio::time::timeout;
use xtask::{Postgres, Redis};

use crate::turns::together;

/// What is said and not published.
const LAST: &str = "the last words";
/// Heads are compared this often while Redis is well; held against three times that.
const COMPARED: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_node_did_not_publish_is_heard_all_the_same() {
    let _together = together().await;
    let redis = Redis::start().unwrap();
    let (relay, mut withheld) = Relay::until(redis.port(), LAST).await;
    let url = Postgres::shared().new_database().unwrap();
    let node = |port: u16| {
        let redis = redis.url().replace(&format!(":{}", redis.port()), &format!(":{port}"));
        Server::with().database(&url).env("CHINWAG_REDIS", &redis).start()
    };
    let (mut a, b) = (node(relay.port()).await, node(redis.port()).await);
    let (mut ann, mut bob) = (Person::sign_up(&a, "Ann").await, Person::sign_up(&b, "Bob").await);
    let room = ann.create_room("garden").await;
    bob.join(&room).await;
    let mut socket = Socket::connect(&b.address(), &bob.token).await;
    socket.event_named("session:ready").await;
    ann.post(&room, "before").await;
    socket.hears("before").await;

    let posted = tokio::spawn(async move { ann.try_post(&room, LAST).await });
    timeout(DEADLINE, withheld.recv()).await.expect("it is published").unwrap();
    a.kill();
    let begun = Instant::now();
    socket.hears(LAST).await;
    println!("heard {:.1?} after the death of the node that had stored it", begun.elapsed());
    assert!(begun.elapsed() < 3 * COMPARED, "after {:?}", begun.elapsed());
    // Whether it was acknowledged or not.
    posted.abort();
}
