//! Convergence: whatever happens to eight clients of two nodes, in the end each of them sees what a fresh load shows on
//! either node, and all of it is what is stored.
//!
//! Each seed is a database, two nodes and a crowd of its own; several are at work side by side, since each mostly waits.
//! `CHINWAG_SEED=N` repeats one.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use chinwag_tests::crowd::{Crowd, Summary};
use chinwag_tests::follower::Manner::{OftenAway, Slow, Steady};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::Transport::{Polling, WebSocket};
use tokio::runtime::Builder;
use xtask::Postgres;

use crate::turns::alone;

/// Steps that each client takes.
const STEPS: u64 = 40;

#[test]
fn every_picture_becomes_a_fresh_load_on_two_nodes() {
    let _alone = Builder::new_current_thread().build().unwrap().block_on(alone());
    // A seed that is given is the only one.
    let seeds = if Random::given().is_some() { 1 } else { long("CHINWAG_STORE_SEEDS", 4) };
    let lanes = long("CHINWAG_STORE_LANES", 4).min(seeds);
    // What is asked is whether clients converge; nothing here cuts the power.
    let postgres = Postgres::start_with(&[("fsync", "off"), ("full_page_writes", "off")]).unwrap();
    let begun = Instant::now();
    let (next, all) = (AtomicU64::new(0), Mutex::new(Summary::default()));
    thread::scope(|scope| {
        for _ in 0..lanes {
            // The kernel ends a server with the thread that has started it: each lane is one that lasts.
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < seeds {
                    let summary = one(&postgres);
                    *all.lock().unwrap() += summary;
                }
            });
        }
    });
    println!("{seeds} seeds in {:.0?}, {lanes} at once: {}", begun.elapsed(), all.into_inner().unwrap());
}

/// One seed, which is named if it fails.
fn one(postgres: &Postgres) -> Summary {
    let seed = Random::given().unwrap_or_else(|| Random::fresh().below(u64::MAX));
    let url = postgres.new_database().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let converged =
        catch_unwind(AssertUnwindSafe(|| runtime.block_on(converge(&url, &mut Random::seeded(seed)))));
    // Hundreds of databases would be gigabytes.
    let (_, database) = url.rsplit_once('/').unwrap();
    postgres.query(&format!("DROP DATABASE {database} WITH (FORCE)")).unwrap();
    converged.unwrap_or_else(|panic| {
        println!("failed: CHINWAG_SEED={seed}");
        resume_unwind(panic)
    })
}

async fn converge(url: &str, random: &mut Random) -> Summary {
    let mut nodes = [Server::with().database(url).start().await, Server::with().database(url).start().await];
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
    let crowd = Crowd::gather_at(&nodes, random, kinds).await;
    let working = crowd.live(STEPS);
    let all = STEPS * kinds.len() as u64;
    for _ in 0..random.below(4) {
        working.progress.reaches(random.below(all)).await;
        let node = &mut nodes[usize::try_from(random.below(2)).unwrap()];
        if random.below(2) == 0 {
            node.kill();
        } else {
            let status = node.stop().await;
            assert!(status.success(), "a node that is asked to end says so with 0: {status}");
        }
        // Sometimes it is away for long enough that all are at the other one.
        let until = working.progress.steps() + random.below(60);
        working.progress.reaches(until.min(all)).await;
        node.restart().await;
    }
    working.finished().await.check_at(&nodes).await
}
