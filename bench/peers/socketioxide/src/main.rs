//! The broadcast job on socketioxide: the same as `crates/socketio/examples/broadcast.rs`.
//!
//! `chinwag-peer-socketioxide PORT`

use axum::Router;
use serde::{Deserialize, Serialize};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, Extension, SocketRef};

#[derive(Clone, Deserialize)]
struct Auth {
    username: String,
    #[serde(default = "the_room")]
    room: String,
}

fn the_room() -> String {
    "room".to_owned()
}

#[derive(Serialize)]
struct Message<'a> {
    username: &'a str,
    message: &'a str,
}

async fn connected(socket: SocketRef, Data(auth): Data<Auth>) {
    socket.join(auth.room.clone());
    socket.extensions.insert(auth);
    socket.on("chat message", async |io: SocketIo, Extension(auth): Extension<Auth>, Data(text): Data<String>| {
        let message = Message { username: &auth.username, message: &text };
        if let Err(error) = io.to(auth.room).emit("chat message", &message).await {
            eprintln!("not sent: {error}");
        }
    });
    socket.on("echo", async |acknowledge: AckSender, Data(said): Data<String>| {
        if let Err(error) = acknowledge.send(&said) {
            eprintln!("not acknowledged: {error}");
        }
    });
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("usage: chinwag-peer-socketioxide PORT")?.parse()?;
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", connected);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("ready on {}", listener.local_addr()?);
    axum::serve(listener, Router::new().layer(layer)).await?;
    Ok(())
}
