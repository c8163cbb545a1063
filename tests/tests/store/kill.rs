//! A node, or PostgreSQL, is killed (kill -9) or stands still while many do all they can: nothing acknowledged is lost or
//! doubled, and all come to the same picture on every node.

use std::time::{Duration, Instant};

use chinwag_tests::crowd::Crowd;
use chinwag_tests::follower::Manner::{Late, OftenAway, Steady};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::{Polling, WebSocket};
use tokio::task::block_in_place;
use xtask::Postgres;

use crate::turns::alone;

/// Longest that PostgreSQL stands still, in milliseconds.
const STILL_MS: u64 = 4_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_one_node_or_its_database() {
    disturb(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_two_nodes_or_their_database() {
    disturb(2).await;
}

async fn disturb(count: usize) {
    let _alone = alone().await;
    let clients = usize::try_from(long("CHINWAG_STORE_KILL_CLIENTS", 16)).unwrap();
    // With one node less can go wrong, and with SQLite the same is done to one every day.
    let rounds = long("CHINWAG_STORE_KILL_ROUNDS", if count == 1 { 1 } else { 3 });
    let mut random = Random::announced();
    let mut postgres = Postgres::start().unwrap();
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(Server::with().database(&postgres.url()).start().await);
    }
    let kinds = [(WebSocket, Steady), (WebSocket, Late), (Polling, Steady), (WebSocket, OftenAway)];
    let kinds = kinds.into_iter().cycle().take(clients);
    let crowd = Crowd::gather_at(&nodes, &mut random, kinds).await;
    let working = crowd.live(u64::MAX);
    let first = random.below(3);
    for round in 0..rounds {
        // In the middle of everything: after as many steps as nobody knows before.
        let until = working.progress.steps() + 50 + random.below(300);
        working.progress.reaches(until).await;
        let begun = Instant::now();
        let what = match (first + round) % 3 {
            0 => {
                let node = usize::try_from(random.below(count as u64)).unwrap();
                nodes[node].kill();
                nodes[node].restart().await;
                format!("node {node} was killed")
            }
            1 => {
                block_in_place(|| postgres.kill().and_then(|()| postgres.start_again())).unwrap();
                "PostgreSQL was killed".to_owned()
            }
            _ => {
                postgres.pause().unwrap();
                // Not to wait for anything: this is how long it stands still.
                tokio::time::sleep(Duration::from_millis(random.below(STILL_MS))).await;
                postgres.resume().unwrap();
                "PostgreSQL stood still".to_owned()
            }
        };
        println!("round {round}: {what} after {until} steps, back after {:?}", begun.elapsed());
    }
    working.progress.reaches(working.progress.steps() + 50).await;
    working.stop();
    println!("{count} nodes: {}", working.finished().await.check_at(&nodes).await);
}
