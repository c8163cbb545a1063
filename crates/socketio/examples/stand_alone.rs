//! A small chat without a web framework: rooms, names, and who comes and goes.
//!
//! `cargo run -p chinwag-socketio --example stand_alone`, then in a browser with socket.io-client:
//! `io("http://localhost:3000", { transports: ["websocket"], auth: { name: "Ada" } })`

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::{Closing, ConnectError, Data, Handshake, Namespace, Payload, Reply, Socket, SocketIo};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chat = Namespace::new("/")
        .connect(async |handshake: Handshake| {
            let mut auth: HashMap<String, String> = handshake.auth().unwrap_or_default();
            auth.remove("name").map(Arc::new).ok_or_else(|| ConnectError::new("what is your name?"))
        })
        .on("join", |socket: Socket, Data(name): Data<String>, Payload(room): Payload<String>| async move {
            socket.join(&room);
            Reply(socket.to(room).emit("joined", &*name).is_ok())
        })
        .on("say", |socket: Socket, Data(name): Data<String>, Payload(text): Payload<String>| async move {
            for room in socket.rooms() {
                let _ =
                    socket.to(&*room).emit("said", &json!({ "room": &*room, "name": &*name, "text": text }));
            }
        });
    let io = SocketIo::builder().namespace(chat).build()?;
    let served = tokio::spawn(io.serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?).into_future());
    tokio::signal::ctrl_c().await?;
    io.shutdown(Closing::draining(1_000), Duration::from_secs(10)).await;
    Ok(served.await?)
}
