//! A node that dies after a commit and before it has told the others by Redis, and nothing more happens in that room.

use std::time::{Duration, Instant};

use chinwag_tests::DEADLINE;
use chinwag_tests::api::Person;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Socket;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
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
    let (relay, mut withheld) = relay(redis.port()).await;
    let url = Postgres::shared().new_database().unwrap();
    let node = |port: u16| {
        let redis = redis.url().replace(&format!(":{}", redis.port()), &format!(":{port}"));
        Server::with().database(&url).env("CHINWAG_REDIS", &redis).start()
    };
    let (mut a, b) = (node(relay).await, node(redis.port()).await);
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

/// Stands between a node and Redis, at the port that is returned, and keeps back what has [`LAST`] in it, of which it tells.
async fn relay(redis: u16) -> (u16, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::unbounded_channel();
    // All of it ends with the test's runtime.
    tokio::spawn(async move {
        loop {
            let (node, _) = listener.accept().await.unwrap();
            let (from_node, to_node) = node.into_split();
            let (from_redis, to_redis) = TcpStream::connect(("127.0.0.1", redis)).await.unwrap().into_split();
            tokio::spawn(copy(from_node, to_redis, Some(tell.clone())));
            tokio::spawn(copy(from_redis, to_node, None));
        }
    });
    (port, told)
}

/// Copies until one side ends, or until what is to be kept back has come.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, tell: Option<mpsc::UnboundedSender<()>>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if let Some(tell) = &tell
            && bytes[..read].windows(LAST.len()).any(|window| window == LAST.as_bytes())
        {
            // Whoever waits for it is there until the end.
            let _ = tell.send(());
            return;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
