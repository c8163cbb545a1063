//! Events for sockets, whoever sends them.

use chinwag_socketio::Binary;
use serde_json::{Value, json};
use xtask::Redis;

use crate::support::{Cluster, Ours, eventually, key};

/// What `ada`, `bob` and `nora` are to hear of what [`from_ours`], [`from_node`] and [`from_emitter`] send alike.
fn expected(cluster: &Cluster) -> [Value; 3] {
    let bytes = json!({ "deep": [{ "$bytes": [1, 2, 255] }], "text": "ü€😀", "number": 4294967296_u64 });
    let [ada, bob, nora] = &cluster.ids;
    [
        json!([["all", 1, "two", null], ["one room", bytes], ["two rooms"], ["you", ada], ["end"]]),
        json!([
            ["all", 1, "two", null],
            ["one room", bytes],
            ["two rooms"],
            ["but ada"],
            ["you", bob],
            ["end"]
        ]),
        json!([["all", 1, "two", null], ["two rooms"], ["but ada"], ["you", nora], ["end"]]),
    ]
}

async fn rooms(cluster: &Cluster) {
    cluster.node.join("ada", "kitchen").await;
    cluster.node.join("bob", "kitchen").await;
    cluster.node.join("ada", "hall").await;
    cluster.node.join("nora", "hall").await;
    cluster.node.join("ada", "left out").await;
}

async fn from_node(cluster: &Cluster, on: &str) {
    let bytes = json!({ "deep": [{ "$bytes": [1, 2, 255] }], "text": "ü€😀", "number": 4294967296_u64 });
    let mut chains = vec![
        json!([["emit", "all", 1, "two", null]]),
        json!([["to", "kitchen"], ["emit", "one room", bytes]]),
        json!([["to", "kitchen"], ["to", "hall"], ["emit", "two rooms"]]),
        json!([["except", "left out"], ["compress", false], ["emit", "but ada"]]),
    ];
    for id in &cluster.ids {
        chains.push(json!([["to", id], ["emit", "you", id]]));
    }
    chains.push(json!([["emit", "end"]]));
    for chain in chains {
        cluster.node.call("run", json!({ "on": on, "chain": chain })).await;
    }
}

fn from_ours(cluster: &Cluster) {
    let all = || cluster.ada_server.io.of("/");
    let bytes =
        json!({ "deep": ["BYTES"], "text": "ü€😀", "number": 4294967296_u64 }).as_object().cloned().unwrap();
    #[derive(serde::Serialize)]
    struct Payload {
        deep: [Binary; 1],
        #[serde(flatten)]
        rest: serde_json::Map<String, Value>,
    }
    let mut payload = Payload { deep: [Binary::from(vec![1, 2, 255])], rest: bytes };
    payload.rest.remove("deep");
    all().emit_all("all", &(1, "two", ())).unwrap();
    all().to("kitchen").emit("one room", &payload).unwrap();
    all().to("kitchen").to("hall").emit_all("two rooms", &()).unwrap();
    all().except("left out").compress(false).emit_all("but ada", &()).unwrap();
    for id in &cluster.ids {
        all().to(id).emit("you", id).unwrap();
    }
    all().emit_all("end", &()).unwrap();
}

#[tokio::test]
async fn what_ours_sends_reaches_the_clients_of_all() {
    let cluster = Cluster::start(Redis::shared()).await;
    rooms(&cluster).await;
    from_ours(&cluster);
    assert_eq!(cluster.heard("end").await, expected(&cluster));
}

#[tokio::test]
async fn what_node_sends_reaches_the_clients_of_all() {
    let cluster = Cluster::start(Redis::shared()).await;
    rooms(&cluster).await;
    from_node(&cluster, "server").await;
    assert_eq!(cluster.heard("end").await, expected(&cluster));
}

#[tokio::test]
async fn what_the_emitter_sends_reaches_the_clients_of_all() {
    let cluster = Cluster::start(Redis::shared()).await;
    rooms(&cluster).await;
    from_node(&cluster, "emitter").await;
    assert_eq!(cluster.heard("end").await, expected(&cluster));
}

#[tokio::test]
async fn what_is_volatile_reaches_whoever_is_not_behind() {
    let cluster = Cluster::start(Redis::shared()).await;
    let heard = async |name: &str| {
        let expected = json!([[name]]);
        assert_eq!(cluster.heard(name).await, [expected.clone(), expected.clone(), expected]);
    };
    cluster.ada_server.io.of("/").volatile().emit_all("ours", &()).unwrap();
    heard("ours").await;
    cluster.node.run(json!([["volatile"], ["emit", "node's"]])).await;
    heard("node's").await;
    cluster.node.emitter(json!([["volatile"], ["emit", "emitted"]])).await;
    heard("emitted").await;
}

#[tokio::test]
async fn what_is_local_stays_where_it_is() {
    let cluster = Cluster::start(Redis::shared()).await;
    cluster.ada_server.io.of("/").local().emit_all("ours", &()).unwrap();
    cluster.node.run(json!([["local"], ["emit", "node's"]])).await;
    cluster.bob_server.io.of("/").emit_all("end", &()).unwrap();
    let [ada, bob, nora] = cluster.heard("end").await;
    assert_eq!(ada, json!([["ours"], ["end"]]));
    assert_eq!(bob, json!([["end"]]));
    assert_eq!(nora, json!([["node's"], ["end"]]));
}

#[tokio::test]
async fn who_sends_to_everybody_else_is_left_out_alone() {
    let cluster = Cluster::start(Redis::shared()).await;
    let socket = cluster.ada_server.io.socket("/", cluster.ids[0].parse().unwrap()).unwrap();
    socket.broadcast().emit_all("from ada", &()).unwrap();
    cluster.ada_server.io.of("/").emit_all("end", &()).unwrap();
    let others = json!([["from ada"], ["end"]]);
    assert_eq!(cluster.heard("end").await, [json!([["end"]]), others.clone(), others]);
}

#[tokio::test]
async fn namespaces_are_apart_and_those_of_patterns_come_and_go() {
    let redis = Redis::shared();
    let cluster = Cluster::start(redis).await;
    for (name, at) in [("ann", &cluster.ada_server.url), ("ned", &cluster.node.url)] {
        let with = json!({ "name": name, "at": at, "namespace": "/chat" });
        cluster.node.call("client", with).await;
    }
    cluster.node.run(json!([["of", "/chat"], ["emit", "to chat"]])).await;
    assert_eq!(cluster.node.heard("ann", "to chat").await, json!([["to chat"]]));
    cluster.ada_server.io.of("/chat").emit_all("ours", &()).unwrap();
    assert_eq!(cluster.node.heard("ned", "ours").await, json!([["to chat"], ["ours"]]));
    cluster.node.emitter(json!([["of", "/chat"], ["emit", "emitted"]])).await;
    assert_eq!(cluster.node.heard("ann", "emitted").await, json!([["ours"], ["emitted"]]));
    let listed = cluster.ada_server.io.of("/chat").fetch_sockets(crate::support::SOON).await;
    assert_eq!(listed.len(), 2);
    cluster.node.run(json!([["of", "/chat"], ["disconnectSockets", true]])).await;
    eventually("nobody is in it here", async || cluster.ada_server.io.of_all("games").count() == 0).await;
    // Nobody waits for a server that has it no more: only Node's answers.
    eventually("Redis is told", async || {
        cluster.node.run(json!([["of", "/chat"], ["adapter"], ["serverCount"]])).await == 1
    })
    .await;
    cluster.node.run(json!([["emit", "end"]])).await;
    assert_eq!(cluster.heard("end").await, [json!([["end"]]), json!([["end"]]), json!([["end"]])]);
}

#[tokio::test]
async fn clusters_with_other_keys_are_others() {
    let redis = Redis::shared();
    let cluster = Cluster::start(redis).await;
    let stranger = Ours::start(&redis.url(), &key()).await;
    stranger.io.of("/").emit_all("strange", &()).unwrap();
    assert_eq!(stranger.io.of("/").fetch_sockets(crate::support::SOON).await, []);
    eventually("it is sent", async || stranger.adapter.totals().published == 2).await;
    cluster.ada_server.io.of("/").emit_all("end", &()).unwrap();
    assert_eq!(cluster.heard("end").await, [json!([["end"]]), json!([["end"]]), json!([["end"]])]);
}
