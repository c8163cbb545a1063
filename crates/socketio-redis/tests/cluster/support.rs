//! Our servers, and clusters of them and Node's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chinwag_socketio::{Ack, Handshake, Namespace, Payload, ServerEvent, Socket, SocketIo};
use chinwag_socketio_redis::RedisAdapter;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};
use xtask::Redis;

use crate::node::Node;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the other servers may take to answer.
pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it takes too long")
}

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

/// One of our servers.
pub(crate) struct Ours {
    pub(crate) io: SocketIo,
    pub(crate) adapter: Arc<RedisAdapter>,
    pub(crate) url: String,
    /// What other servers told it.
    told: Mutex<mpsc::UnboundedReceiver<Value>>,
}

/// A key that no other test has.
pub(crate) fn key() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn namespace(name: Namespace, told: mpsc::UnboundedSender<Value>) -> Namespace {
    name.connect(async |handshake: Handshake| {
        let auth: Value = handshake.auth().unwrap_or_default();
        Ok::<_, chinwag_socketio::ConnectError>(Arc::new(auth["name"].clone()))
    })
    .describe(|socket: &Socket| json!({ "name": socket.data::<Value>().as_deref() }))
    .on("join", |socket: Socket, Payload(room): Payload<String>, ack: Ack| async move {
        socket.join(room);
        ack.send(&());
    })
    .on_server_side("tell", move |event: ServerEvent| {
        let _ = told.send(serde_json::from_str(&event.arguments().to_json()).unwrap());
        async {}
    })
    .on_server_side("double", |event: ServerEvent| async move {
        let number: u64 = event.payload().unwrap();
        event.reply(&(number * 2)).unwrap();
    })
}

impl Ours {
    pub(crate) async fn start(redis: &str, key: &str) -> Self {
        Self::start_with(RedisAdapter::builder(redis).key(key).build().unwrap()).await
    }

    pub(crate) async fn start_with(adapter: RedisAdapter) -> Self {
        let adapter = Arc::new(adapter);
        let (tell, told) = mpsc::unbounded_channel();
        let io = SocketIo::builder()
            .adapter(adapter.clone())
            .namespace(namespace(Namespace::new("/"), tell.clone()))
            .namespace(namespace(
                Namespace::matching("games", |name| name == "/chat" || name.starts_with("/game-")),
                tell,
            ))
            .build()
            .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(io.serve(listener).into_future());
        within(adapter.connected()).await;
        Self { io, adapter, url, told: Mutex::new(told) }
    }

    /// What another server told it next.
    pub(crate) async fn told(&self) -> Value {
        within(async { self.told.lock().await.recv().await }).await.unwrap()
    }
}

/// Two of our servers, one of Node's, and a client of each: `ada`, `bob` and `nora`.
pub(crate) struct Cluster {
    pub(crate) ada_server: Ours,
    pub(crate) bob_server: Ours,
    pub(crate) node: Node,
    pub(crate) ids: [String; 3],
}

pub(crate) const ALL: [&str; 3] = ["ada", "bob", "nora"];

impl Cluster {
    pub(crate) async fn start(redis: &Redis) -> Self {
        Self::start_with(redis, false).await
    }

    pub(crate) async fn start_with(redis: &Redis, specific_responses: bool) -> Self {
        let (url, key) = (redis.url(), key());
        let ours = || {
            let adapter = RedisAdapter::builder(&url).key(&key).specific_responses(specific_responses);
            Ours::start_with(adapter.build().unwrap())
        };
        let (ada_server, bob_server) = (ours().await, ours().await);
        let node = Node::start(&url, &key, specific_responses).await;
        let channel = format!("{key}-request#/#");
        let count = async || redis.ask(&["PUBSUB", "NUMSUB", &channel]).unwrap() == format!("{channel}\n3");
        eventually("all three are subscribed", count).await;
        let ids = [
            node.client("ada", &ada_server.url).await,
            node.client("bob", &bob_server.url).await,
            node.client("nora", &node.url).await,
        ];
        Self { ada_server, bob_server, node, ids }
    }

    /// Has a client of each join a room.
    pub(crate) async fn all_join(&self, room: &str) {
        for name in ALL {
            self.node.join(name, room).await;
        }
    }

    /// What each of the three has heard up to an event.
    pub(crate) async fn heard(&self, until: &str) -> [Value; 3] {
        [
            self.node.heard("ada", until).await,
            self.node.heard("bob", until).await,
            self.node.heard("nora", until).await,
        ]
    }
}
