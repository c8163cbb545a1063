//! What README.md and docs/from-nodejs.md show is here, or is an example, and does what they say.

use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::{
    Adapter, AllPayloads, BuildError, Builder, Closing, ConnectError, Data, EmitError, EncodeError, Event,
    Handshake, Namespace, Recovery, Rejection, Reply, Socket, SocketIo,
};
use serde_json::{Value, json};

use crate::support::{Got, Ws, eventually, http_with, quick, serve, serve_with, within};

/// Reads the blocks of code in this language, without white space.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let blocks = page.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(bare).collect()
}

fn bare(code: &str) -> String {
    code.split_whitespace().collect()
}

#[test]
fn the_readme_shows_the_example() {
    let readme = include_str!("../../README.md");
    assert_eq!(blocks(readme, "rust"), [bare(include_str!("../../examples/chat.rs"))]);
    assert_eq!(blocks(readme, "html"), [bare(include_str!("../../examples/chat.html"))]);
}

#[test]
fn the_guide_shows_what_is_here() {
    let here = bare(include_str!("guide.rs"));
    let shown = blocks(include_str!("../../../../docs/from-nodejs.md"), "rust");
    assert!(shown.len() >= 10);
    for block in shown {
        assert!(here.contains(&block), "not here: {block}");
    }
}

async fn join(io: &SocketIo) -> (Ws, Socket) {
    let (ws, id) = Ws::joined(serve(io).await).await;
    let socket = io.socket("/", id.parse().unwrap()).unwrap();
    (ws, socket)
}

fn plain() -> SocketIo {
    quick().namespace(Namespace::new("/")).build().unwrap()
}

#[tokio::test]
async fn emit() {
    let namespace = Namespace::new("/")
        .on_connect(|socket: Socket| async move {
            let _ = socket.emit("welcome", &"hello");
        })
        .on("move", |socket: Socket, AllPayloads((x, y)): AllPayloads<(i32, i32)>| async move {
            let _ = socket.emit_all("moved", &(x, y));
        });
    let (mut ws, _) = join(&quick().namespace(namespace).build().unwrap()).await;
    assert_eq!(ws.event().await, json!(["welcome", "hello"]));
    ws.send("42[\"move\",3,-4]").await;
    assert_eq!(ws.event().await, json!(["moved", 3, -4]));
}

#[tokio::test]
async fn broadcast() {
    fn send(io: &SocketIo, socket: &Socket) -> Result<(), EmitError> {
        io.of("/").emit("news", &"to everybody")?;
        socket.broadcast().emit("news", &"to everybody else")?;
        Ok(())
    }
    let io = plain();
    let address = serve(&io).await;
    let (mut one, id) = Ws::joined(address).await;
    let (mut other, _) = Ws::joined(address).await;
    send(&io, &io.socket("/", id.parse().unwrap()).unwrap()).unwrap();
    assert_eq!(one.event().await, json!(["news", "to everybody"]));
    one.silence().await;
    assert_eq!(other.event().await, json!(["news", "to everybody"]));
    assert_eq!(other.event().await, json!(["news", "to everybody else"]));
}

#[tokio::test]
async fn rooms() {
    fn use_rooms(io: &SocketIo, socket: &Socket) -> Result<(), EmitError> {
        socket.join("lobby");
        socket.to("lobby").emit("joined", &socket.id())?;
        io.of("/").to("lobby").to("kitchen").except("muted").emit("dinner", &"soup")?;
        io.of("/").in_("lobby").join("kitchen");
        socket.leave("lobby");
        Ok(())
    }
    let io = plain();
    let (mut ws, socket) = join(&io).await;
    use_rooms(&io, &socket).unwrap();
    assert_eq!(ws.event().await, json!(["dinner", "soup"]));
    assert_eq!(socket.rooms().iter().map(|room| room.to_string()).collect::<Vec<_>>(), ["kitchen"]);
}

#[tokio::test]
async fn acks() {
    async fn ask(io: &SocketIo, socket: &Socket) -> Result<(), Box<dyn std::error::Error>> {
        let name: String = socket.emit_with_ack("name?", &(), Duration::from_secs(5)).await?;
        let votes = io.of("/").emit_with_ack::<bool, _>("agreed?", &name, Duration::from_secs(5)).await?;
        println!("{} of {} have answered", votes.replies.len(), votes.asked);
        Ok(())
    }
    let namespace = Namespace::new("/")
        .on("add", |AllPayloads((a, b)): AllPayloads<(i32, i32)>| async move { Reply(a + b) });
    let io = quick().namespace(namespace).build().unwrap();
    let (mut ws, socket) = join(&io).await;
    assert_eq!(ws.ask(1, "[\"add\",2,3]").await, json!([5]));
    let (asked, ()) = tokio::join!(ask(&io, &socket), async {
        assert_eq!(ws.text().await, r#"420["name?",null]"#);
        ws.send("430[\"ann\"]").await;
        assert_eq!(ws.text().await, r#"421["agreed?","ann"]"#);
        ws.send("431[true]").await;
    });
    asked.unwrap();
}

#[tokio::test]
async fn middleware() {
    struct User {
        name: String,
    }
    async fn user_of(token: String) -> Option<User> {
        (token == "good").then(|| User { name: "ann".into() })
    }
    #[derive(serde::Deserialize)]
    struct Auth {
        token: String,
    }
    let namespace = Namespace::new("/")
        .connect(async |handshake: Handshake| {
            let auth: Auth = handshake.auth().map_err(|_| ConnectError::new("sign in first"))?;
            match user_of(auth.token).await {
                Some(user) => Ok(Arc::new(user)),
                None => Err(ConnectError::new("not allowed").with_data(json!({ "code": 7 }))),
            }
        })
        .before_event(|event: &Event| {
            let allowed = event.name() != "sweep";
            async move { if allowed { Ok(()) } else { Err(Rejection::new("forbidden", "Not you.")) } }
        })
        .on("who am i", |Data(user): Data<User>| async move { Reply(user.name.clone()) });
    let address = serve(&quick().namespace(namespace).build().unwrap()).await;
    let mut ws = Ws::session(address).await;
    ws.send("40").await;
    assert_eq!(ws.text().await, r#"44{"message":"sign in first"}"#);
    ws.send(r#"40{"token":"bad"}"#).await;
    assert_eq!(ws.text().await, r#"44{"message":"not allowed","data":{"code":7}}"#);
    ws.join(r#"40{"token":"good"}"#).await;
    assert_eq!(ws.ask(1, "[\"who am i\"]").await, json!(["ann"]));
    assert_eq!(ws.ask(2, "[\"sweep\"]").await[0]["error"]["code"], "forbidden");
}

#[tokio::test]
async fn dynamic_namespaces() {
    fn pause(io: &SocketIo) -> Result<(), EmitError> {
        io.of("/game-7").emit("pause", &())?;
        io.of_all("games").emit("pause", &())?;
        Ok(())
    }
    let is_game = |name: &str| name.strip_prefix("/game-").is_some_and(|id| id.parse::<u32>().is_ok());
    let games = Namespace::matching("games", is_game)
        .on("move", |socket: Socket| async move { Reply(socket.namespace().to_owned()) });
    let io = quick().namespace(games).build().unwrap();
    let mut ws = Ws::session(serve(&io).await).await;
    ws.send("40/game-7,").await;
    assert!(ws.text().await.starts_with("40/game-7,{"));
    ws.send("42/game-7,1[\"move\"]").await;
    assert_eq!(ws.text().await, r#"43/game-7,1["/game-7"]"#);
    pause(&io).unwrap();
    assert_eq!(ws.text().await, r#"42/game-7,["pause",null]"#);
    assert_eq!(ws.text().await, r#"42/game-7,["pause",null]"#);
    ws.send("40/game-x,").await;
    assert_eq!(ws.text().await, r#"44/game-x,{"message":"Invalid namespace"}"#);
}

#[tokio::test]
async fn disconnecting() {
    fn end(socket: &Socket, how: &str) {
        match how {
            "for good" => socket.kick(),
            "to come back" => socket.disconnect(Closing::new("moved", 500)),
            _ => socket.close(),
        }
    }
    let io = plain();
    for (how, told) in [
        ("for good", Some("41")),
        ("to come back", Some(r#"42["server:closing",{"code":"moved","retry_ms":500}]"#)),
        ("without a word", None),
    ] {
        let (mut ws, socket) = join(&io).await;
        end(&socket, how);
        if let Some(told) = told {
            assert_eq!(ws.text().await, told);
        }
        if how == "for good" {
            ws.silence().await;
        } else {
            assert_eq!(ws.next().await, Got::Close(Some(1000)));
        }
        eventually("its end", || !socket.is_connected()).await;
    }
}

/// `disconnect(true)` on Node: one namespace only is told to stay away.
#[tokio::test]
async fn kicking_and_closing() {
    let io = quick().namespace(Namespace::new("/")).namespace(Namespace::new("/other")).build().unwrap();
    let (mut ws, socket) = join(&io).await;
    ws.join("40/other,").await;
    socket.kick();
    socket.close();
    assert_eq!(ws.text().await, "41");
    assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
    // All of somebody, by a room in each namespace.
    let (mut ws, socket) = join(&io).await;
    let other = ws.join("40/other,").await;
    socket.join("user:7");
    io.socket("/other", other.parse().unwrap()).unwrap().join("user:7");
    for namespace in ["/", "/other"] {
        io.of(namespace).in_("user:7").kick();
    }
    socket.close();
    assert_eq!((ws.text().await, ws.text().await), ("41".to_owned(), "41/other,".to_owned()));
    assert_eq!(ws.rest().await, [Got::Close(Some(1000))]);
}

#[tokio::test]
async fn sockets_that_were_fetched_are_spoken_to_by_their_rooms() {
    let io = plain();
    let (mut ws, socket) = join(&io).await;
    let second = Duration::from_secs(1);
    let [remote] = &io.of("/").fetch_sockets(second).await[..] else { panic!("one is there") };
    assert_eq!((&*remote.id, &remote.data), (&*socket.id().to_string(), &Value::Null));
    io.of("/").in_(&*remote.id).emit("you", &1).unwrap();
    assert_eq!(ws.event().await, json!(["you", 1]));
    io.of("/").in_(&*remote.id).join("lobby");
    assert_eq!(io.of("/").in_("lobby").sockets(), std::slice::from_ref(&socket));
    io.of("/").in_(&*remote.id).leave("lobby");
    assert!(socket.rooms().is_empty());
    let to = io.of("/").in_(&*remote.id);
    // Several values go as one, and of several replies the first is read.
    let (acks, ()) = tokio::join!(to.emit_with_ack::<(i32, i32), _>("move?", &(3, 4), second), async {
        assert_eq!(ws.text().await, r#"420["move?",[3,4]]"#);
        ws.send("430[[5,6],7]").await;
    });
    assert_eq!(acks.unwrap().replies, [Ok((5, 6))]);
    io.of("/").in_(&*remote.id).kick();
    assert_eq!(ws.text().await, "41");
}

/// Everything that the guide calls `Type::name` is in the source under that name.
#[test]
fn the_guide_names_what_is_here() {
    let mut source = String::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                source += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    let guide = include_str!("../../../../docs/from-nodejs.md");
    let mut count = 0;
    // What stands in blocks is compiled.
    for line in guide.split("```").step_by(2).flat_map(str::lines) {
        for code in line.split('`').skip(1).step_by(2) {
            let Some((kind, name)) = code.split_once("::") else { continue };
            let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            if !kind.starts_with(char::is_uppercase) || !kind.chars().all(char::is_alphanumeric) {
                continue;
            }
            let known = [format!("fn {name}("), format!("fn {name}<"), format!("pub {name}:")];
            let is_variant =
                name.starts_with(char::is_uppercase) && source.contains(&format!("\n    {name}"));
            assert!(is_variant || known.iter().any(|known| source.contains(known)), "{code} is not here");
            assert!(source.contains(kind), "{kind} is not here");
            count += 1;
        }
    }
    assert!(count > 60, "{count} are found");
}

#[tokio::test]
async fn recovery() {
    let namespace = Namespace::new("/").on_connect(|socket: Socket| async move {
        if !socket.recovered() {
            socket.join("lobby");
        }
    });
    let io = SocketIo::builder()
        .recovery(Recovery::new().window(Duration::from_secs(120)))
        .namespace(namespace)
        .build()
        .unwrap();
    let address = serve(&io).await;
    let mut ws = Ws::session(address).await;
    ws.send("40").await;
    let joined: Value = serde_json::from_str(ws.text().await.strip_prefix("40").unwrap()).unwrap();
    drop(ws);
    eventually("it is away", || io.of("/").count() == 0).await;
    io.of("/").to("lobby").emit("missed", &1).unwrap();
    let mut ws = Ws::session(address).await;
    ws.send(&format!("40{}", json!({ "pid": joined["pid"] }))).await;
    assert!(ws.text().await.starts_with("40{"));
    assert_eq!(ws.event().await, json!(["missed", 1, "1"]), "with its number");
}

#[tokio::test]
async fn volatile() {
    fn tell(io: &SocketIo, socket: &Socket) -> Result<(), EmitError> {
        socket.volatile().emit("position", &(3, 4))?;
        io.of("/").volatile().emit("position", &(3, 4))?;
        Ok(())
    }
    let io = plain();
    let (mut ws, socket) = join(&io).await;
    tell(&io, &socket).unwrap();
    assert_eq!(ws.event().await, json!(["position", [3, 4]]));
    assert_eq!(ws.event().await, json!(["position", [3, 4]]));
}

#[tokio::test]
async fn cluster() {
    fn build(adapter: impl Adapter) -> Result<SocketIo, BuildError> {
        SocketIo::builder().adapter(Arc::new(adapter)).namespace(Namespace::new("/")).build()
    }
    async fn ask(io: &SocketIo) -> Result<(), EmitError> {
        io.of("/").local().emit("restarting", &"this server only")?;
        io.of("/").server_side_emit("reload", &"settings")?;
        for socket in io.of("/").in_("lobby").fetch_sockets(Duration::from_secs(5)).await {
            println!("{} is in {:?}", socket.id, socket.rooms);
        }
        Ok(())
    }
    struct Alone;
    impl Adapter for Alone {
        fn start(&self, _: chinwag_socketio::Local) {}

        fn publish(&self, _: &str, _: chinwag_socketio::adapter::Command) {}

        fn ask(
            &self,
            _: &str,
            _: chinwag_socketio::adapter::Question,
            _: Duration,
        ) -> chinwag_socketio::adapter::Answers {
            Box::pin(futures_util::stream::empty())
        }
    }
    within(ask(&build(Alone).unwrap())).await.unwrap();
}

#[test]
fn errors_are_values() {
    let number_as_key = std::collections::HashMap::from([((1, 2), 3)]);
    let io = plain();
    let sent = io.of("/").emit("map", &number_as_key);
    assert!(matches!(sent, Err(EmitError::Encode(EncodeError::Json(_)))));
}

/// Polls are compressed by a layer, and WebSockets come about all the same.
#[tokio::test]
async fn a_layer_compresses_polls() {
    let io = Builder::build(SocketIo::builder().namespace(Namespace::new("/"))).unwrap();
    let app = axum::Router::new().route_service("/socket.io/", io.service());
    let address = serve_with(app.layer(tower_http::compression::CompressionLayer::new())).await;
    let answer = http_with(address, "GET", "EIO=4&transport=polling", "", b"").await;
    assert!(!answer.head.contains("content-encoding"), "{}", answer.head);
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
                   Accept-Encoding: gzip\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    within(tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer)).await.unwrap();
    assert!(String::from_utf8_lossy(&answer).contains("content-encoding: gzip"));
    Ws::joined(address).await;
}
