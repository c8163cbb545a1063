//! Sockets of all servers: listed, moved, ended.

use chinwag_socketio::Closing;
use serde_json::{Value, json};
use xtask::Redis;

use crate::support::{ALL, Cluster, SOON, eventually};

/// Whom a list has, with rooms, address and data.
fn shown(mut sockets: Vec<Value>) -> Vec<Value> {
    for socket in &mut sockets {
        socket["rooms"].as_array_mut().unwrap().sort_by_key(|room| room.as_str().unwrap().to_owned());
    }
    sockets.sort_by_key(|socket| socket["data"]["name"].as_str().unwrap().to_owned());
    sockets
}

async fn fetched_by_ours(cluster: &Cluster, room: &str) -> Vec<Value> {
    let sockets = cluster.ada_server.io.of("/").in_(room).fetch_sockets(SOON).await;
    let show = |socket: chinwag_socketio::RemoteSocket| {
        let address = socket.peer_addr.unwrap().ip().to_string();
        json!({ "id": socket.id, "rooms": socket.rooms, "data": socket.data, "address": address })
    };
    shown(sockets.into_iter().map(show).collect())
}

async fn fetched_by_node(cluster: &Cluster, room: &str) -> Vec<Value> {
    let sockets = cluster.node.run(json!([["in", room], ["fetchSockets"]])).await;
    let mut sockets = sockets.as_array().unwrap().clone();
    for socket in &mut sockets {
        let id = socket["id"].clone();
        let rooms = socket["rooms"].as_array_mut().unwrap();
        assert!(rooms.contains(&id), "on Node the id is a room: {rooms:?}");
        rooms.retain(|room| *room != id);
        // Node listens on IPv6.
        let address = socket["address"].as_str().unwrap().trim_start_matches("::ffff:").to_owned();
        socket["address"] = address.into();
    }
    shown(sockets)
}

async fn everybody_is_listed(specific_responses: bool) {
    let cluster = Cluster::start_with(Redis::shared(), specific_responses).await;
    cluster.all_join("kitchen").await;
    cluster.node.join("bob", "hall").await;
    let listed = |rooms: [Value; 3]| -> Vec<Value> {
        let socket = |((id, name), rooms): ((&String, &str), Value)| json!({ "id": id, "rooms": rooms, "data": { "name": name }, "address": "127.0.0.1" });
        cluster.ids.iter().zip(ALL).zip(rooms).map(socket).collect()
    };
    let expected = listed([json!(["kitchen"]), json!(["hall", "kitchen"]), json!(["kitchen"])]);
    assert_eq!(fetched_by_ours(&cluster, "kitchen").await, expected);
    assert_eq!(fetched_by_node(&cluster, "kitchen").await, expected);
    assert_eq!(fetched_by_ours(&cluster, "hall").await, &expected[1..2]);
    assert_eq!(fetched_by_node(&cluster, "hall").await, &expected[1..2]);
    assert_eq!(fetched_by_ours(&cluster, &cluster.ids[2]).await, &expected[2..]);
    assert_eq!(fetched_by_node(&cluster, &cluster.ids[0]).await, &expected[..1]);
}

#[tokio::test]
async fn everybody_is_listed_on_all_servers() {
    everybody_is_listed(false).await;
}

#[tokio::test]
async fn everybody_is_listed_by_answers_for_one_server_alone() {
    everybody_is_listed(true).await;
}

#[tokio::test]
async fn everybody_is_moved_whoever_asks_for_it() {
    let cluster = Cluster::start(Redis::shared()).await;
    let names = async |room: &str| -> Vec<String> {
        let sockets = fetched_by_ours(&cluster, room).await;
        sockets.iter().map(|socket| socket["data"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let id = |at: usize| cluster.ids[at].clone();
    cluster.ada_server.io.of("/").join("ours");
    cluster.node.run(json!([["socketsJoin", ["node's", "both"]]])).await;
    cluster.node.emitter(json!([["socketsJoin", "emitter's"]])).await;
    for room in ["ours", "node's", "both", "emitter's"] {
        eventually(room, async || names(room).await == ALL).await;
    }
    cluster.ada_server.io.of("/").in_(id(2)).in_(id(1)).leave("ours");
    cluster.node.run(json!([["in", id(0)], ["socketsLeave", "both"]])).await;
    cluster.node.emitter(json!([["except", [id(2)]], ["socketsLeave", "emitter's"]])).await;
    eventually("ours", async || names("ours").await == ["ada"]).await;
    eventually("both", async || names("both").await == ["bob", "nora"]).await;
    eventually("emitter's", async || names("emitter's").await == ["nora"]).await;
    assert_eq!(names("node's").await, ALL);
}

#[tokio::test]
async fn all_rooms_are_known_to_all() {
    let cluster = Cluster::start(Redis::shared()).await;
    cluster.node.join("ada", "kitchen").await;
    cluster.node.join("bob", "hall").await;
    cluster.node.join("nora", "cellar").await;
    assert_eq!(cluster.ada_server.io.of("/").all_rooms(SOON).await, ["cellar", "hall", "kitchen"]);
    let rooms = cluster.node.run(json!([["of", "/"], ["adapter"], ["allRooms"]])).await;
    let mut rooms: Vec<String> = serde_json::from_value(rooms).unwrap();
    rooms.sort_unstable();
    let mut expected = [&cluster.ids[..], &["kitchen", "hall", "cellar"].map(str::to_owned)].concat();
    expected.sort_unstable();
    assert_eq!(rooms, expected, "on Node the ids are rooms");
    assert_eq!(cluster.node.run(json!([["of", "/"], ["adapter"], ["serverCount"]])).await, 3);
}

#[tokio::test]
async fn everybody_is_ended_whoever_asks_for_it() {
    let cluster = Cluster::start(Redis::shared()).await;
    // Of each server one, and what its client hears.
    let kicked = json!([["disconnect", "io server disconnect"]]);
    cluster.ada_server.io.of("/").in_(&cluster.ids[2]).kick();
    assert_eq!(cluster.node.heard("nora", "disconnect").await, kicked);
    cluster.node.run(json!([["in", cluster.ids[0]], ["disconnectSockets"]])).await;
    assert_eq!(cluster.node.heard("ada", "disconnect").await, kicked);
    cluster.node.emitter(json!([["in", cluster.ids[1]], ["disconnectSockets", true]])).await;
    assert_eq!(cluster.node.heard("bob", "disconnect").await, kicked);
    eventually("all are gone", async || cluster.ada_server.io.of("/").fetch_sockets(SOON).await.is_empty())
        .await;
}

#[tokio::test]
async fn between_ours_nothing_of_how_sockets_are_ended_is_lost() {
    let cluster = Cluster::start(Redis::shared()).await;
    cluster.ada_server.io.of("/").in_(&cluster.ids[1]).disconnect(&Closing::new("moved", 500));
    let closing = json!({ "code": "moved", "retry_ms": 500 });
    let expected = json!([["server:closing", closing], ["disconnect", "transport close"]]);
    assert_eq!(cluster.node.heard("bob", "disconnect").await, expected);
    cluster.bob_server.io.of("/").in_(&cluster.ids[0]).close();
    assert_eq!(cluster.node.heard("ada", "disconnect").await, json!([["disconnect", "transport close"]]));
    cluster.bob_server.io.of("/").in_(&cluster.ids[2]).close();
    let kicked = json!([["disconnect", "io server disconnect"]]);
    assert_eq!(cluster.node.heard("nora", "disconnect").await, kicked, "Node has no other way");
}
