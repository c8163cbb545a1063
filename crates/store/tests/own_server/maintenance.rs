//! Maintenance of several nodes at once.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use xtask::Postgres;

use super::{DEADLINE, node};
use crate::suite::{HASH, Subject};

/// So many messages of two people that there is a full chunk of them to be indexed, and those of the second are taken
/// away in several steps.
const MESSAGES: [usize; 2] = [900, 250];
/// What PostgreSQL writes into its log of whoever waits for a lock for longer than it is told here.
const WAITS: &str = "still waiting for";

/// Both nodes do what there is to do, until there is nothing left of it. Neither may wait for the other.
async fn maintain(server: &Postgres, nodes: &[Subject], left: &str) {
    let tasks: Vec<_> = nodes.iter().map(|node| node.store.clone()).collect();
    let tasks: Vec<_> =
        tasks.into_iter().map(|store| tokio::spawn(async move { store.maintain().await })).collect();
    let (begun, logged) = (Instant::now(), server.log().len());
    while server.query_at(&server.url(), left).unwrap() != "0" {
        assert!(begun.elapsed() < DEADLINE, "it comes to no end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    let log = server.log().split_off(logged);
    assert!(!log.contains(WAITS), "{left}\n{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_node_waits_for_what_another_does() {
    let server = Postgres::start_with(&[("log_lock_waits", "on"), ("deadlock_timeout", "10ms")]).unwrap();
    let nodes = [node(&server).await, node(&server).await];
    // Each step takes so long that the other node comes while it is under way.
    let slow = "CREATE FUNCTION chinwag.slow() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$";
    server.query_at(&server.url(), slow).unwrap();
    let ann = nodes[0].user("Ann").await;
    let room = nodes[0].room("Garden", &ann).await;
    let bob = nodes[0].user("Bob").await;
    nodes[0].store.join(room, bob.id, None).await.unwrap();
    for (author, messages) in [&ann, &bob].into_iter().zip(MESSAGES) {
        join_all((0..messages).map(|_| nodes[0].post(room, author, "hello"))).await;
    }
    for table in ["search_room", "stream"] {
        let trigger =
            format!("CREATE TRIGGER slow AFTER UPDATE ON chinwag.{table} EXECUTE FUNCTION chinwag.slow()");
        server.query_at(&server.url(), &trigger).unwrap();
    }

    maintain(&server, &nodes, "SELECT count(*) FROM chinwag.search_room WHERE due_at IS NOT NULL").await;

    nodes[0]
        .store
        .delete_account(bob.id, chinwag_store::Confirmation::password(HASH), true)
        .await
        .unwrap()
        .unwrap();
    let logged = server.log().len();
    let purge = async |node: &Subject| {
        // Whoever finds another one at it comes again.
        while let Some(pause) = node.store.purge_messages().await.unwrap() {
            tokio::time::sleep(pause).await;
        }
    };
    tokio::time::timeout(DEADLINE, join_all(nodes.iter().map(purge))).await.expect("it comes to an end");
    assert_eq!(server.query_at(&server.url(), "SELECT count(*) FROM chinwag.purge").unwrap(), "0");
    let log = server.log().split_off(logged);
    assert!(!log.contains(WAITS), "{log}");
}
