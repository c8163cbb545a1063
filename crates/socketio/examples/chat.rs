//! A chat, and a page to try it with.

use std::sync::Arc;

use axum::{Router, response::Html, routing::get};
use chinwag_socketio::{ConnectError, Data, Handshake, Namespace, Payload, Reply, Socket, SocketIo};

#[derive(serde::Deserialize)]
struct User {
    name: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chat = Namespace::new("/")
        // What it returns stays with the socket.
        .connect(async |handshake: Handshake| {
            let user: User = handshake.auth().map_err(|_| ConnectError::new("What is your name?"))?;
            Ok(Arc::new(user))
        })
        // To everybody else; the sender gets the acknowledgement.
        .on("say", |socket: Socket, Data(user): Data<User>, Payload(text): Payload<String>| async move {
            Reply(socket.broadcast().emit_all("said", &(&user.name, text)).is_ok())
        })
        .on_disconnect(|socket: Socket, reason| async move {
            let name = socket.data::<User>().map(|user| user.name.clone());
            let _ = socket.broadcast().emit_all("gone", &(name, reason.as_str()));
        });
    let io = SocketIo::builder().namespace(chat).build()?;

    let app = Router::new()
        .route("/", get(Html(include_str!("chat.html"))))
        .route_service("/socket.io/", io.service());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
