//! Clients of the real socket.io-client come through nginx and HAProxy as they are shipped, without sticky sessions, by HTTP
//! long-polling, by WebSocket and from one to the other, while nodes are killed.

use std::fs;
use std::net::SocketAddr;
use std::time::Instant;

use chinwag_tests::crowd::Crowd;
use chinwag_tests::follower::Manner::{OftenAway, Steady};
use chinwag_tests::long;
use chinwag_tests::random::Random;
use chinwag_tests::server::Server;
use chinwag_tests::socket::{StockClients, Transport, Via};
use xtask::{Postgres, Proxy, ProxyKind, Redis};

use crate::turns::alone;

/// How often a node is killed.
const ROUNDS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_nginx_nobody_loses_anything() {
    behind(ProxyKind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_haproxy_nobody_loses_anything() {
    behind(ProxyKind::HaProxy).await;
}

async fn behind(kind: ProxyKind) {
    let _alone = alone().await;
    let clients = usize::try_from(long("CHINWAG_STORE_PROXY_CLIENTS", 12)).unwrap();
    let mut random = Random::announced();
    let redis = Redis::start().unwrap();
    let database = Postgres::shared().new_database().unwrap();
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let node = Server::with().database(&database).env("CHINWAG_REDIS", &redis.url());
        let node =
            node.env("CHINWAG_CLUSTER_LISTEN", "127.0.0.1:0").env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1");
        nodes.push(node.start().await);
    }
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.pem");
    fs::write(&certificate, made.cert.pem()).unwrap();
    let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.address().parse().unwrap()).collect();
    let proxy = Proxy::start(kind, &addresses, &made.cert.pem(), &made.signing_key.serialize_pem()).unwrap();
    let stock = StockClients::start(Some(&certificate));

    let kinds = [Via::Polling, Via::WebSocket, Via::Polling, Via::Upgrade].into_iter().cycle();
    let manners = [Steady, Steady, OftenAway].into_iter().cycle();
    let kinds = kinds.map(|via| Transport::Stock(stock, via)).zip(manners).take(clients);
    let crowd = Crowd::gather_through(&[proxy.url()], &nodes, &mut random, kinds).await;
    let working = crowd.live(u64::MAX);
    for round in 0..ROUNDS {
        let until = working.progress.steps() + 20 * clients as u64;
        working.progress.reaches(until).await;
        let begun = Instant::now();
        if round / 2 % 2 == 0 {
            assert!(nodes[round % 2].stop().await.success());
        } else {
            nodes[round % 2].kill();
        }
        // Whoever was there goes on at the other one.
        working.progress.reaches(working.progress.steps() + 5 * clients as u64).await;
        println!("round {round}: {} steps later after {:.1?}", 5 * clients, begun.elapsed());
        nodes[round % 2].restart().await;
    }
    working.stop();
    println!("{kind:?}: {}", working.finished().await.check_at(&nodes).await);
}
