//! kill -9: nothing acknowledged is lost or doubled, and all clients come to the same picture.
//!
//! The short form runs in `cargo xtask test`, the long one by `cargo xtask prove kill`.

use std::time::Instant;

use chinwag_tests::crowd::Crowd;
use chinwag_tests::follower::Manner::{Late, OftenAway, Steady};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::{Polling, WebSocket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let clients = usize::try_from(long("CHINWAG_KILL_CLIENTS", 16)).unwrap();
    let rounds = long("CHINWAG_KILL_ROUNDS", 3);
    let mut random = Random::announced();
    let mut server = Server::start().await;
    let kinds = [(WebSocket, Steady), (WebSocket, Late), (Polling, Steady), (WebSocket, OftenAway)];
    let crowd = Crowd::gather(&server, &mut random, kinds.into_iter().cycle().take(clients)).await;
    let working = crowd.live(u64::MAX);
    for round in 0..rounds {
        // In the middle of everything: after as many steps as nobody knows before.
        let until = working.progress.steps() + 50 + random.below(300);
        working.progress.reaches(until).await;
        server.kill();
        let begun = Instant::now();
        server.restart().await;
        println!("round {round}: killed after {until} steps, back after {:?}", begun.elapsed());
    }
    working.progress.reaches(working.progress.steps() + 50).await;
    working.stop();
    println!("{}", working.finished().await.check(&server).await);
}
