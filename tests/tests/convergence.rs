//! Convergence: whatever happens to eight clients, in the end each of them sees what a fresh load shows, and all of it is
//! what is stored.
//!
//! The short form runs in `cargo xtask test`, the long one by `cargo xtask prove convergence`. Each seed is a server and a
//! crowd of its own; `CHINWAG_SEED=N` repeats the one that was printed last.

use chinwag_tests::crowd::{Crowd, Summary};
use chinwag_tests::follower::Manner::{OftenAway, Slow, Steady};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::{Polling, WebSocket};

/// Steps that each client takes.
const STEPS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_picture_becomes_a_fresh_load() {
    let mut all = Summary::default();
    // A seed that is given is the only one.
    let seeds = if std::env::var_os("CHINWAG_SEED").is_some() { 1 } else { long("CHINWAG_SEEDS", 10) };
    for _ in 0..seeds {
        all += converge(&mut Random::announced()).await;
    }
    println!("{seeds} seeds: {all}");
}

async fn converge(random: &mut Random) -> Summary {
    let mut server = Server::start().await;
    let kinds = [
        (WebSocket, Steady),
        (WebSocket, Steady),
        (WebSocket, OftenAway),
        (WebSocket, Slow),
        (WebSocket, Steady),
        (Polling, Steady),
        (Polling, OftenAway),
        (Polling, Steady),
    ];
    let crowd = Crowd::gather(&server, random, kinds).await;
    let working = crowd.live(STEPS);
    let all = STEPS * kinds.len() as u64;
    for _ in 0..random.below(3) {
        working.progress.reaches(random.below(all)).await;
        if random.below(2) == 0 {
            server.kill();
        } else {
            let status = server.stop().await;
            assert!(status.success(), "a server that is asked to end says so with 0: {status}");
        }
        server.restart().await;
    }
    working.finished().await.check(&server).await
}
