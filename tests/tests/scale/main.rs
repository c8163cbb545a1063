//! Nodes over one PostgreSQL and one Redis, behind nginx and HAProxy as they are shipped, without sticky sessions. Clients of
//! the real socket.io-client come by HTTP long-polling, by WebSocket and from one to the other, while nodes, Redis,
//! PostgreSQL and the network between them fail.
//!
//! The short form runs in `cargo xtask test`: two nodes, twelve clients. The long one, by `cargo xtask prove scale`, has three
//! nodes, of which one is cut off, 200 clients in ten rooms, and a browser.

mod cluster;
mod costs;
mod fault;
mod watch;

use std::time::Duration;

use chinwag_checker::{Answer, Command};
use chinwag_tests::crowd::Crowd;
use chinwag_tests::follower::Manner::{Calm, OftenAway, Steady};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::socket::{StockClients, Transport, Via};
use futures_util::future::join_all;
use tokio::sync::Mutex;
use xtask::ProxyKind;

use self::cluster::Cluster;
use self::costs::Costs;
use self::fault::Fault;
use self::watch::{Watch, now};

/// They keep the machine busy, and measure.
static TURN: Mutex<()> = Mutex::const_new(());

/// From how many clients on it is the long form.
const MANY: usize = 100;
/// How many rooms there are in the long form, and in how many of them each client is.
const ROOMS: usize = 10;
const ROOMS_EACH: usize = 2;
/// How long the long form goes on after each fault.
const AFTERWARDS: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_nginx_nobody_loses_anything() {
    behind(ProxyKind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_haproxy_nobody_loses_anything() {
    behind(ProxyKind::HaProxy).await;
}

async fn behind(kind: ProxyKind) {
    let _turn = TURN.lock().await;
    let clients = usize::try_from(long("CHINWAG_SCALE_CLIENTS", 12)).unwrap();
    let is_long = clients >= MANY;
    let mut random = Random::announced();
    let mut cluster = Cluster::start(kind, is_long).await;
    let stock = StockClients::start(Some(&cluster.certificate));
    let kinds = [Via::Polling, Via::WebSocket, Via::Polling, Via::Upgrade].into_iter().cycle();
    let kinds = kinds.map(|via| Transport::Stock(stock, via));
    let manners = if is_long { [Calm; 3] } else { [Steady, Steady, OftenAway] };
    let kinds = kinds.zip(manners.into_iter().cycle()).take(clients);
    let mut crowd = Crowd::gather_through(&[cluster.url()], &cluster.nodes, &mut random, kinds).await;
    if is_long {
        settle(&mut crowd).await;
    }
    let mut watch = if is_long { Some(Watch::start(&cluster).await) } else { None };

    let working = crowd.live(u64::MAX);
    // Many who have time do as much as a few who have none.
    let (before, after) = if is_long { (200, 100) } else { (120, 60) };
    let mut costs = Costs::default();
    for fault in Fault::all(cluster.nodes.len(), cluster.namespace.is_some()) {
        working.progress.reaches(working.progress.steps() + before).await;
        let at = now();
        println!("{kind:?}: {fault}");
        cluster.suffer(fault).await;
        // Whoever was there goes on elsewhere.
        working.progress.reaches(working.progress.steps() + after).await;
        cluster.recover(fault).await;
        if let Some(watch) = &mut watch {
            watch.all_are_well_again().await;
            // What is said at the end of this was said in peace.
            tokio::time::sleep(AFTERWARDS).await;
            costs.end(fault, at, watch.take());
        }
    }
    working.stop();
    let crowd = working.finished().await;
    if watch.take().is_some() {
        println!("{kind:?}, what each fault cost:\n{costs}");
    }
    println!("{kind:?}: {}", crowd.check_at(&cluster.nodes).await);
    costs.assert_promises();
}

/// Everybody is in a few of ten rooms, and does not want to be in more. Nobody stays in the lobby: what is said there would
/// be most of all that is heard.
async fn settle(crowd: &mut Crowd) {
    let mut people: Vec<_> = crowd.followers().collect();
    let leave = people.iter_mut().map(|person| async {
        person.connect().await;
        let rooms: Vec<String> = person.picture.rooms.keys().cloned().collect();
        for room in rooms {
            person.carry_out(Command::Leave { room }).await;
        }
    });
    join_all(leave).await;
    let mut rooms = Vec::new();
    for (number, person) in people.iter_mut().take(ROOMS).enumerate() {
        match person.carry_out(Command::CreateRoom { name: format!("room {number}") }).await {
            Answer::Done { room: Some(room), .. } => rooms.push(room),
            answer => panic!("no room is made: {answer:?}"),
        }
    }
    let joins = people.iter_mut().enumerate().map(|(number, person)| {
        let rooms = &rooms;
        async move {
            person.most_rooms = ROOMS_EACH;
            for step in 0..ROOMS_EACH {
                let room = rooms[(number + step * 3) % ROOMS].clone();
                person.carry_out(Command::Join { room }).await;
            }
        }
    });
    join_all(joins).await;
}
