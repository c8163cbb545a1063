//! One room in which everybody hears what anybody says; for measuring.
//!
//! `cargo run --release -p chinwag-socketio --example broadcast -- --port 3000`

use std::sync::Arc;

use axum::Router;
use chinwag_socketio::{ConnectError, Data, Handshake, Namespace, Payload, Reply, Socket, SocketIo};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Auth {
    #[serde(default)]
    username: String,
    /// Another room than the one that all are in.
    #[serde(default = "everybody")]
    room: String,
}

fn everybody() -> String {
    "room".to_owned()
}

#[derive(Serialize)]
struct Message<'a> {
    username: &'a str,
    message: &'a str,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut port = 3000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--port", Some(value)) => port = value.parse()?,
            _ => return Err("usage: broadcast [--port N]".into()),
        }
    }

    let namespace = Namespace::new("/")
        .connect(async |handshake: Handshake| {
            let auth = handshake.auth::<Auth>();
            Ok(Arc::new(auth.map_err(|error| ConnectError::new(error.to_string()))?))
        })
        .on_connect(|socket: Socket| async move {
            if let Some(user) = socket.data::<Auth>() {
                socket.join(&user.room);
            }
        })
        .on(
            "chat message",
            |io: SocketIo, Data(user): Data<Auth>, Payload(text): Payload<String>| async move {
                let message = Message { username: &user.username, message: &text };
                if let Err(error) = io.of("/").to(&user.room).emit("chat message", &message) {
                    tracing::error!(%error, "not sent");
                }
            },
        )
        .on("echo", |Payload(text): Payload<String>| async move { Reply(text) });
    let io = SocketIo::builder().namespace(namespace).build()?;

    let app = Router::new().route_service("/socket.io/", io.service());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("ready on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
