//! Redis away, standing still or full of nonsense.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chinwag_socketio::{Namespace, SocketIo};
use chinwag_socketio_redis::RedisAdapter;
use serde_json::json;
use xtask::redis::Settings;
use xtask::{Redis, programs};

use crate::node::Node;
use crate::support::{Cluster, Ours, SOON, eventually, key, within};

/// What is done without Redis is done at once: far sooner than Redis is given up on.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Sends to everybody here while Redis is of no use.
async fn this_server_serves_its_own(cluster: &Cluster, what: &str) {
    let begun = Instant::now();
    for number in 0..100 {
        cluster.ada_server.io.of("/").volatile().emit("meanwhile", &number).unwrap();
    }
    cluster.ada_server.io.of("/").emit_all(what, &()).unwrap();
    let heard = cluster.node.heard("ada", what).await;
    assert_eq!(heard.as_array().unwrap().len(), 101, "{heard}");
    assert!(begun.elapsed() < AT_ONCE, "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn redis_may_be_restarted() {
    let mut redis = Redis::start().unwrap();
    let cluster = Cluster::start(&redis).await;
    cluster.all_join("kitchen").await;
    redis.kill().unwrap();
    for ours in [&cluster.ada_server, &cluster.bob_server] {
        eventually("it is noticed", async || !ours.adapter.is_connected()).await;
    }
    this_server_serves_its_own(&cluster, "away").await;
    // Nobody else can be asked.
    let begun = Instant::now();
    let all = cluster.ada_server.io.of("/");
    assert_eq!(all.fetch_sockets(SOON).await.len(), 1);
    assert_eq!(all.emit_with_ack::<serde_json::Value, _>("ask", &1, SOON).await.unwrap().asked, 1);
    assert!(begun.elapsed() < AT_ONCE, "after {:?}", begun.elapsed());
    redis.start_again().unwrap();
    for ours in [&cluster.ada_server, &cluster.bob_server] {
        within(ours.adapter.connected()).await;
        assert_eq!(ours.adapter.totals().connected, 2);
    }
    eventually("all three are back", async || all.fetch_sockets(SOON).await.len() == 3).await;
    cluster.ada_server.io.of("/").to("kitchen").emit_all("ours again", &()).unwrap();
    // Before it may come what was kept for those who were back by then.
    cluster.heard("ours again").await;
    cluster.node.run(json!([["to", "kitchen"], ["emit", "node's again"]])).await;
    let heard = json!([["node's again"]]);
    assert_eq!(cluster.heard("node's again").await, [heard.clone(), heard.clone(), heard]);
    let all_asked = all.server_side_emit_with_ack::<u64, _>("double", &1, SOON).await.unwrap();
    assert_eq!(all_asked.asked, 2);
}

#[tokio::test]
async fn what_is_sent_while_redis_is_away_arrives_afterwards() {
    let mut redis = Redis::start().unwrap();
    let (url, key) = (redis.url(), key());
    let (one, other) = (Ours::start(&url, &key).await, Ours::start(&url, &key).await);
    redis.kill().unwrap();
    for ours in [&one, &other] {
        eventually("it is noticed", async || !ours.adapter.is_connected()).await;
    }
    for number in 0..10 {
        one.io.of("/").server_side_emit("tell", &number).unwrap();
    }
    one.io.of("/").volatile().emit("dropped", &1).unwrap();
    assert_eq!(one.adapter.totals().unsent, 1, "what is volatile is not kept");
    // The one that is to hear of it is there first.
    let before = one.adapter.totals().published;
    redis.start_again().unwrap();
    within(one.adapter.connected()).await;
    eventually("it is sent", async || one.adapter.totals().published == before + 10).await;
    within(other.adapter.connected()).await;
    // Redis keeps nothing: whether the other was back in time is a matter of luck, but what it hears is in order.
    one.io.of("/").server_side_emit("tell", &10).unwrap();
    let mut last = -1;
    while last < 10 {
        let number = other.told().await[0].as_i64().unwrap();
        assert!(number > last, "{number} after {last}");
        last = number;
    }
}

#[tokio::test]
async fn redis_may_stand_still() {
    let mut redis = Redis::start().unwrap();
    let cluster = Cluster::start(&redis).await;
    redis.pause().unwrap();
    // Nobody has noticed yet.
    this_server_serves_its_own(&cluster, "paused").await;
    // Who asks is answered by this server, in the time that was given.
    let asked = cluster.ada_server.io.of("/").fetch_sockets(Duration::from_millis(300)).await;
    assert_eq!(asked.len(), 1);
    // By the one that sends, and by the one that only listens.
    for ours in [&cluster.ada_server, &cluster.bob_server] {
        eventually("it is given up on", async || !ours.adapter.is_connected()).await;
    }
    this_server_serves_its_own(&cluster, "given up").await;
    redis.resume().unwrap();
    within(cluster.ada_server.adapter.connected()).await;
    within(cluster.bob_server.adapter.connected()).await;
    cluster.ada_server.io.of("/").emit_all("again", &()).unwrap();
    for name in ["ada", "bob", "nora"] {
        cluster.node.heard(name, "again").await;
    }
}

#[tokio::test]
async fn nonsense_harms_nobody() {
    let redis = Redis::shared();
    let (url, key) = (redis.url(), key());
    let ours = Ours::start(&url, &key).await;
    let other = Ours::start(&url, &key).await;
    // Nothing of Node's in this cluster: its adapter throws at such things.
    let elsewhere = Node::start(&url, &crate::support::key(), false).await;
    elsewhere.client("ada", &ours.url).await;
    let channels = ["#/#", "#/#room#", "-request#/#", "-response#/#", "#/elsewhere#", "-request#/elsewhere#"];
    let nonsense = [
        "",
        "{",
        "{}",
        "[]",
        "null",
        "\u{1}",
        "{\"type\":6}",
        "{\"type\":6,\"data\":[]}",
        "{\"type\":7,\"packet\":{}}",
        "{\"type\":4,\"opts\":7}",
        "{\"requestId\":\"7\",\"sockets\":[7]}",
        "{\"type\":5,\"requestId\":\"7\",\"opts\":null}",
        "{\"type\":2,\"opts\":{\"rooms\":[[]]}}",
    ];
    for channel in channels {
        for text in nonsense {
            redis.ask(&["PUBLISH", &format!("{key}{channel}"), text]).unwrap();
        }
    }
    other.io.of("/").emit_all("end", &()).unwrap();
    assert_eq!(elsewhere.heard("ada", "end").await, json!([["end"]]));
    assert!(ours.adapter.totals().malformed >= 20, "{:?}", ours.adapter.totals());
    assert_eq!(other.io.of("/").fetch_sockets(SOON).await.len(), 1);
}

#[tokio::test]
async fn a_password_lets_in_and_a_wrong_one_does_not() {
    let password = Some("secret".to_owned());
    let redis = Redis::start_with(&Settings { password, ..Settings::default() }).unwrap();
    let ours = Ours::start(&redis.url(), &key()).await;
    assert!(ours.adapter.is_connected());
    let wrong = format!("redis://:wrong@127.0.0.1:{}", redis.port());
    let builder = RedisAdapter::builder(wrong);
    assert!(!format!("{builder:?}").contains("wrong"), "no password in what is logged");
    let wrong = Arc::new(builder.build().unwrap());
    assert!(!format!("{wrong:?}").contains("wrong"), "no password in what is logged");
    let io = SocketIo::builder().adapter(wrong.clone()).namespace(Namespace::new("/")).build().unwrap();
    let connected = tokio::time::timeout(Duration::from_millis(500), wrong.connected()).await;
    assert!(connected.is_err(), "it is not let in");
    drop(io);
}

/// The rights that the README names.
#[tokio::test]
async fn few_rights_are_enough() {
    let readme = include_str!("../../README.md").split_once("`ACL SETUSER chat ").unwrap().1;
    let rights = readme.split_once('`').unwrap().0.replace("socket.io", "rights");
    let redis = Redis::start().unwrap();
    let words = ["ACL", "SETUSER", "chat"].into_iter().chain(rights.split_whitespace());
    redis.ask(&words.collect::<Vec<_>>()).unwrap();
    let url = format!("redis://chat:secret@127.0.0.1:{}", redis.port());
    let (one, other) = (Ours::start(&url, "rights").await, Ours::start(&url, "rights").await);
    assert_eq!(one.io.of("/").fetch_sockets(SOON).await, []);
    one.io.of("/").server_side_emit("tell", &1).unwrap();
    assert_eq!(other.told().await, json!([1]));
    assert_eq!(one.adapter.totals().unsent, 0);
}

#[tokio::test]
async fn a_server_that_goes_is_not_waited_for() {
    let redis = Redis::shared();
    let (url, key) = (redis.url(), key());
    let ours = Ours::start(&url, &key).await;
    let adapter = Arc::new(RedisAdapter::builder(&url).key(&key).build().unwrap());
    let io = SocketIo::builder().adapter(adapter.clone()).namespace(Namespace::new("/")).build().unwrap();
    within(adapter.connected()).await;
    let channel = format!("{key}-request#/#");
    let listening = || redis.ask(&["PUBSUB", "NUMSUB", &channel]).unwrap();
    assert_eq!(listening(), format!("{channel}\n2"));
    drop((io, adapter));
    eventually("the connection is closed", async || listening() == format!("{channel}\n1")).await;
    let hour = Duration::from_secs(3_600);
    assert_eq!(within(ours.io.of("/").fetch_sockets(hour)).await, []);
}

#[tokio::test]
async fn an_adapter_is_for_one_server() {
    let adapter = Arc::new(RedisAdapter::new(Redis::shared().url()).unwrap());
    let build =
        || SocketIo::builder().adapter(adapter.clone()).namespace(Namespace::new("/")).build().unwrap();
    let (_one, other) = (build(), build());
    // The second one is alone, and works by itself.
    assert_eq!(other.of("/").emit("n", &1).unwrap(), 0);
}

/// Where the process that [`tls_is_spoken`] starts finds Redis.
const BY_TLS: &str = "REDIS_BY_TLS";

/// What the system trusts is read from the environment, and so it takes a process of its own.
#[tokio::test]
async fn tls_is_spoken() {
    if let Ok(url) = std::env::var(BY_TLS) {
        let ours = Ours::start(&url, &key()).await;
        assert_eq!(ours.io.of("/").fetch_sockets(SOON).await, []);
        eventually("it was asked", async || ours.adapter.totals().published == 1).await;
        return;
    }
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = Some((made.cert.pem(), made.signing_key.serialize_pem()));
    let redis = Redis::start_with(&Settings { certificate, ..Settings::default() }).unwrap();
    assert!(redis.url().starts_with("rediss://"));
    let mut command = programs::command("setpriv").unwrap_or_else(|refusal| panic!("{refusal}"));
    command.args(["--pdeathsig", "KILL", "--"]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", "faults::tls_is_spoken"]).env(BY_TLS, redis.url());
    command.env("SSL_CERT_FILE", redis.folder().join("certificate.pem"));
    let output = within(tokio::process::Command::from(command).output()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // Who does not trust it does not speak to it.
    let stranger = Arc::new(RedisAdapter::new(redis.url()).unwrap());
    let io = SocketIo::builder().adapter(stranger.clone()).namespace(Namespace::new("/")).build().unwrap();
    let connected = tokio::time::timeout(Duration::from_millis(500), stranger.connected()).await;
    assert!(connected.is_err(), "it is not trusted");
    drop(io);
}
