//! The server that the official protocol test suites of the Socket.IO project are run against:
//! Engine.IO echo at `/engine.io/`, Socket.IO at `/socket.io/`.
//!
//! `cargo run --release -p chinwag-socketio --example conformance -- --port 3000`

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chinwag_socketio::{Ack, Builder, Handshake, Namespace, RawArguments, Socket, SocketIo};
use serde_json::value::RawValue;

fn settings() -> Builder {
    SocketIo::builder()
        .ping_interval(Duration::from_millis(300))
        .ping_timeout(Duration::from_millis(200))
        .max_payload(1_000_000)
        .connect_timeout(Duration::from_secs(1))
}

/// A namespace that tells each client what it authenticated by.
fn namespace(name: &str) -> Namespace {
    Namespace::new(name).connect(async |handshake: Handshake| Ok(Arc::new(handshake.auth_json()))).on_connect(
        |socket: Socket| async move {
            if let Some(auth) = socket.data::<Box<RawValue>>() {
                let _ = socket.emit("auth", &*auth);
            }
        },
    )
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut port = 3000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--port", Some(value)) => port = value.parse()?,
            _ => return Err("usage: conformance [--port N]".into()),
        }
    }

    let main = namespace("/")
        .on("message", |socket: Socket, arguments: RawArguments| async move {
            let _ = socket.emit_all("message-back", &arguments);
        })
        .on("message-with-ack", |arguments: RawArguments, ack: Ack| async move { ack.send_all(&arguments) });
    let io = settings().namespace(main).namespace(namespace("/custom")).build()?;
    let echo = settings().build_engine_io(|socket, message| socket.send(&message))?;

    let app = Router::new().route_service("/socket.io/", io.service()).route_service("/engine.io/", echo);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("ready on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
