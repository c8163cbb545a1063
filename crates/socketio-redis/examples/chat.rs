//! A chat of as many servers as are started, over one Redis; Node servers with the same handlers may be among them.
//!
//!     cargo run -p chinwag-socketio-redis --example chat -- 127.0.0.1:3000 redis://127.0.0.1:6379

use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::{Ack, Namespace, Payload, Socket, SocketIo};
use chinwag_socketio_redis::RedisAdapter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".into());
    let redis = arguments.next().unwrap_or_else(|| "redis://127.0.0.1:6379".into());

    let chat = Namespace::new("/")
        .on("join", |socket: Socket, Payload(room): Payload<String>, ack: Ack| async move {
            socket.join(&room);
            // How many are in the room, on all servers.
            let members = socket.io().of("/").in_(&room).fetch_sockets(Duration::from_secs(2)).await;
            ack.send(&members.len());
        })
        .on("say", |socket: Socket, Payload((room, text)): Payload<(String, String)>| async move {
            let _ = socket.to(room).emit("said", &text);
        });
    let adapter = Arc::new(RedisAdapter::new(redis)?);
    let io = SocketIo::builder().adapter(adapter).namespace(chat).build()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    io.serve(listener).await;
    Ok(())
}
