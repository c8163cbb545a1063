//! Acknowledgements of clients everywhere, and events between servers.

use std::time::Duration;

use chinwag_socketio::{Binary, Payload};
use serde::Deserialize;
use serde_json::json;
use xtask::Redis;

use crate::support::SOON;
use crate::support::{ALL, Cluster};

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    bytes: Binary,
}

#[tokio::test]
async fn clients_of_all_servers_acknowledge_to_ours() {
    let cluster = Cluster::start(Redis::shared()).await;
    let asking = cluster.ada_server.io.of("/");
    // It returns when all have answered, long before this time is over.
    let seven = Binary::from(vec![7]);
    let acks = asking.emit_with_ack::<Named, _>("ask", &seven, Duration::from_secs(3_600));
    let acks = crate::support::within(acks).await.unwrap();
    let mut replies: Vec<Named> = acks.replies.into_iter().map(Result::unwrap).collect();
    replies.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(replies.iter().map(|reply| &*reply.name).collect::<Vec<_>>(), ALL);
    assert!(replies.iter().all(|reply| reply.bytes == Binary::from(vec![1, 2])));
    assert_eq!(acks.asked, 3);
    for heard in cluster.heard("ask").await {
        assert_eq!(heard, json!([["ask", { "$bytes": [7] }]]));
    }
    let acks = asking.clone().to(&cluster.ids[2]).emit_with_ack::<Named, _>("ask", &1, SOON).await.unwrap();
    assert_eq!((acks.asked, acks.replies.len()), (1, 1), "of Node's alone");
    let acks = asking.to("nobody").emit_with_ack::<Named, _>("ask", &1, SOON).await.unwrap();
    assert_eq!((acks.asked, acks.replies.len()), (0, 0));
}

#[tokio::test]
async fn clients_of_all_servers_acknowledge_to_node() {
    let cluster = Cluster::start(Redis::shared()).await;
    let asked = json!([["timeout", 10_000], ["emitWithAck", "ask", { "$bytes": [7] }]]);
    let replies = cluster.node.run(asked).await;
    let mut replies = replies.as_array().unwrap().clone();
    replies.sort_by_key(|reply| reply["name"].as_str().unwrap().to_owned());
    let expected = ALL.map(|name| json!({ "name": name, "bytes": { "$bytes": [1, 2] } }));
    assert_eq!(replies, expected);
    for heard in cluster.heard("ask").await {
        assert_eq!(heard, json!([["ask", { "$bytes": [7] }]]));
    }
}

#[tokio::test]
async fn who_does_not_acknowledge_is_missed_in_time() {
    let cluster = Cluster::start(Redis::shared()).await;
    let with = json!({ "name": "silent", "at": cluster.bob_server.url, "silent": true });
    cluster.node.call("client", with).await;
    let short = Duration::from_millis(500);
    let acks = cluster.ada_server.io.of("/").emit_with_ack::<Named, _>("ask", &1, short).await.unwrap();
    assert_eq!((acks.asked, acks.replies.len()), (4, 3));
    let asked = json!({ "on": "server", "chain": [["timeout", 500], ["emitWithAck", "ask", 1]] });
    let error = cluster.node.try_call("run", asked).await.unwrap_err();
    assert_eq!(error["responses"].as_array().unwrap().len(), 3, "{error}");
}

#[tokio::test]
async fn servers_tell_each_other() {
    let cluster = Cluster::start(Redis::shared()).await;
    cluster.ada_server.io.of("/").server_side_emit("tell", &json!({ "from": "ours" })).unwrap();
    let expected = json!([{ "from": "ours" }]);
    assert_eq!(cluster.bob_server.told().await, expected);
    assert_eq!(cluster.node.call("told", json!({})).await, expected);
    cluster.node.run(json!([["serverSideEmit", "tell", "node", 2]])).await;
    assert_eq!(cluster.ada_server.told().await, json!(["node", 2]));
    assert_eq!(cluster.bob_server.told().await, json!(["node", 2]));
    cluster.node.emitter(json!([["serverSideEmit", "tell", "emitter"]])).await;
    assert_eq!(cluster.ada_server.told().await, json!(["emitter"]));
    assert_eq!(cluster.node.call("told", json!({})).await, json!(["emitter"]));
    // Bytes arrive as such.
    cluster.ada_server.io.of("/").server_side_emit("tell", &Binary::from(vec![1, 2])).unwrap();
    assert_eq!(cluster.node.call("told", json!({})).await, json!([{ "$bytes": [1, 2] }]));
}

#[tokio::test]
async fn servers_answer_each_other() {
    let cluster = Cluster::start(Redis::shared()).await;
    let all = cluster.ada_server.io.of("/");
    let doubled = all.server_side_emit_with_ack::<u64, _>("double", &21, Duration::from_secs(3_600));
    let doubled = crate::support::within(doubled).await.unwrap();
    assert_eq!((doubled.replies, doubled.asked), (vec![Ok(42), Ok(42)], 2));
    let doubled = cluster.node.run(json!([["serverSideEmitWithAck", "double", 4]])).await;
    assert_eq!(doubled, json!([8, 8]));
    let nothing = all.server_side_emit_with_ack::<u64, _>("unknown", &1, Duration::from_millis(300)).await;
    assert_eq!(nothing.unwrap().replies, []);
}

#[tokio::test]
async fn a_handler_that_takes_its_time_holds_nothing_else_up() {
    let redis = Redis::shared();
    let key = crate::support::key();
    let (gate, passed) = (tokio::sync::Semaphore::new(0), tokio::sync::Semaphore::new(0));
    let gates = std::sync::Arc::new((gate, passed));
    let inside = gates.clone();
    let namespace = chinwag_socketio::Namespace::new("/")
        .on("echo", |Payload(text): Payload<String>| async move { chinwag_socketio::Reply(text) })
        .on_server_side("slow", move |_| {
            let gates = inside.clone();
            async move {
                gates.1.add_permits(1);
                gates.0.acquire().await.unwrap().forget();
            }
        });
    let adapter = chinwag_socketio_redis::RedisAdapter::builder(redis.url()).key(&key).build().unwrap();
    let adapter = std::sync::Arc::new(adapter);
    let io =
        chinwag_socketio::SocketIo::builder().adapter(adapter.clone()).namespace(namespace).build().unwrap();
    crate::support::within(adapter.connected()).await;
    let other = crate::support::Ours::start(&redis.url(), &key).await;
    other.io.of("/").server_side_emit("slow", &()).unwrap();
    crate::support::within(gates.1.acquire()).await.unwrap().forget();
    // The handler still runs. The one that has it answers all the same.
    let rooms = crate::support::within(other.io.of("/").all_rooms(Duration::from_secs(3_600))).await;
    assert_eq!(rooms, Vec::<String>::new());
    gates.0.add_permits(1);
    drop(io);
}
