//! Clients of every kind come, talk and vanish at random, and afterwards the server is as it was: its memory, tasks,
//! connections, sessions, sockets, rooms, namespaces, what waits to be sent, and descriptors.
//!
//! `CHINWAG_SOAK_CLIENTS` and `CHINWAG_SOAK_SECONDS` say how many and for how long; `cargo xtask prove engine` is the
//! long form. `CHINWAG_SEED` repeats what the clients try, though not when the network lets them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests fail loudly, and clippy sees only functions marked as tests as such"
)]

mod child;
mod client;
mod ears;
mod ends;
mod http;
#[path = "../shared/masked.rs"]
mod masked;
mod message;
#[path = "../shared/moving.rs"]
mod moving;
mod payload;
mod polite;
mod random;
mod report;
mod rude;
mod server;
mod settings;
mod storm;
mod transport;
mod way;
mod websocket;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cap::Cap;
use child::{Figures, Server};
use mimalloc::MiMalloc;
use random::Random;
use server::Told;
use settings::{SLACK, Settings};
use storm::{End, PATIENCE, Storm};
use transport::Transport;

/// The allocator that the server is released with, and a count of what is allocated.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Set where this program is the server.
const SERVER: &str = "CHINWAG_SOAK_SERVER";

/// The name of the test, by which the server's process is started.
const TEST: &str = "after_a_storm_the_server_is_as_it_was";

/// How many of a hundred clients do not keep to the protocol.
const RUDE: u64 = 25;

/// How often it is told how far it is.
const PROGRESS: Duration = Duration::from_secs(10);

#[test]
fn after_a_storm_the_server_is_as_it_was() {
    let settings = Settings::read();
    raise_descriptors();
    if std::env::var_os(SERVER).is_some() {
        return server::run(settings);
    }
    println!("CHINWAG_SEED={}", settings.seed);
    let mut server = Server::start(TEST, settings);
    // Two, so that the clients see what happens at the same time; the server has as many.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut random = Random::seeded(settings.seed);

    // The engine's own tasks begin with the first client.
    let begin = server.figures();
    let alone = Arc::new(Storm::new(server.address, settings));
    runtime.block_on(Transport::open(&alone, way::WEBSOCKET, None)).unwrap();
    let first = settle(&mut server, &begin);
    rage(&runtime, &mut server, settings, settings.warm_up(), &mut random);
    let warm = come_to_rest(&mut server, &first);
    let storm = rage(&runtime, &mut server, settings, settings.storm, &mut random);
    let last = come_to_rest(&mut server, &warm);

    report::happened(&storm);
    report::figures(&[("at first", first), ("warmed up", warm), ("at last", last)]);
    report::check_memory(settings, &warm, &last);
    report::check_that_all_happened(&storm);
}

/// Lets clients come and go for so long, and then go.
fn rage(
    runtime: &tokio::runtime::Runtime,
    server: &mut Server,
    settings: Settings,
    time: Duration,
    random: &mut Random,
) -> Arc<Storm> {
    let storm = Arc::new(Storm::new(server.address, settings));
    let clients: Vec<_> = (0..settings.clients)
        .map(|number| {
            let (storm, seed) = (storm.clone(), random.next());
            // Not all at once.
            let delay = Duration::from_millis(number * 1000 / settings.clients);
            runtime.spawn(async move {
                tokio::time::sleep(delay).await;
                lives(&storm, Random::seeded(seed)).await;
            })
        })
        .collect();
    let begun = Instant::now();
    while begun.elapsed() < time && !storm.is_over() {
        let next = PROGRESS.min(time.saturating_sub(begun.elapsed()));
        runtime.block_on(async {
            let until = tokio::time::Instant::now() + next;
            while tokio::time::Instant::now() < until && !storm.is_over() {
                tokio::time::sleep(Duration::from_millis(100).min(next)).await;
            }
        });
        report::progress(begun.elapsed(), &storm, &server.figures());
    }
    storm.end();
    runtime.block_on(async {
        for client in clients {
            // They have all that any one of them may wait for.
            match tokio::time::timeout(PATIENCE * 3, client).await {
                Ok(ended) => ended.unwrap(),
                Err(_) => storm.failed("a client does not end".into()),
            }
        }
    });
    let faults = storm.faults();
    assert!(faults.is_empty(), "{} or more faults:\n{}", faults.len(), faults.join("\n"));
    storm
}

/// One life after the other.
async fn lives(storm: &Arc<Storm>, mut random: Random) {
    while !storm.is_over() {
        let ended = if random.percent(RUDE) {
            storm.count("rude clients");
            Box::pin(rude::live(storm, &mut random)).await
        } else {
            storm.count("polite clients");
            Box::pin(polite::live(storm, &mut random)).await
        };
        if let Err(End::Fault(what)) = ended {
            storm.failed(what);
        }
    }
}

/// Waits until the first client is gone, and returns what is there without one: as many tasks as there still are a
/// second later.
fn settle(server: &mut Server, begin: &Figures) -> Figures {
    let begun = Instant::now();
    loop {
        let now = server.figures();
        std::thread::park_timeout(Duration::from_secs(1));
        let later = server.figures();
        let begin = Figures { told: Told { tasks: now.told.tasks, ..begin.told }, ..*begin };
        match report::is_calm(&begin, &now).and_then(|()| report::is_calm(&begin, &later)) {
            Ok(()) => return later,
            Err(differs) => assert!(
                begun.elapsed() < server.settings.longest() + SLACK,
                "after the first client: {differs}"
            ),
        }
    }
}

/// Waits until nobody is there any more and everything is as `before`, memory excepted.
fn come_to_rest(server: &mut Server, before: &Figures) -> Figures {
    let begun = Instant::now();
    loop {
        let now = server.figures();
        let Err(differs) = report::is_calm(before, &now) else { return now };
        assert!(
            begun.elapsed() < server.settings.longest() + SLACK,
            "after {} s without clients: {differs}\n{now:?}",
            begun.elapsed().as_secs()
        );
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

/// Each client has up to four descriptors, and the server one for each of these.
fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}
