//! The server that real Socket.IO clients of several versions are tested with (`tests/node/clients`).
//!
//! `cargo run -p chinwag-socketio --example clients -- [--port N] [--ping-interval MS] [--recovery SECONDS]
//! [--compress-from BYTES]`
//!
//! It prints `ready on ADDRESS`, and `left NAMESPACE: REASON` whenever a socket has ended. On SIGTERM it sends its
//! clients away, so that they come back by themselves, and ends.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use chinwag_socketio::{
    Ack, AllPayloads, Binary, Closing, ConnectError, Handshake, Namespace, Parser, Payload, RawArguments,
    Recovery, Reply, Socket, SocketIo,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

/// Over what the tests send: 1 MB, as base64 where the client polls.
const MAX_PAYLOAD: usize = 4_000_000;

/// What a socket's handshake said; sent to it as `welcome`.
#[derive(Serialize)]
struct Welcome {
    id: String,
    namespace: String,
    query: String,
    auth: Box<RawValue>,
}

/// Bytes at several depths.
#[derive(Serialize, Deserialize)]
struct Folder {
    name: String,
    parts: Vec<Binary>,
    inner: Inner,
}

#[derive(Serialize, Deserialize)]
struct Inner {
    last: Binary,
    note: Option<String>,
}

/// What `/garden` wants to know of newcomers.
#[derive(Deserialize)]
struct Auth {
    key: String,
}

#[derive(Deserialize)]
struct Question {
    text: Value,
    /// How long its answer may take, in milliseconds.
    patience: u64,
}

#[derive(Deserialize)]
struct Large {
    /// What it is made of, if it is not to be bytes.
    text: Option<String>,
    bytes: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut port = 0;
    let mut builder =
        SocketIo::builder().parser(Parser::Either).max_payload(MAX_PAYLOAD).outbox_limit(4 * MAX_PAYLOAD);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--port", Some(value)) => port = value.parse()?,
            ("--ping-interval", Some(value)) => {
                builder = builder.ping_interval(Duration::from_millis(value.parse()?));
            }
            ("--recovery", Some(value)) => {
                builder = builder.recovery(Recovery::new().window(Duration::from_secs(value.parse()?)));
            }
            ("--compress-from", Some(value)) => builder = builder.compression(value.parse()?),
            _ => {
                let usage =
                    "clients [--port N] [--ping-interval MS] [--recovery SECONDS] [--compress-from BYTES]";
                return Err(format!("usage: {usage}").into());
            }
        }
    }
    let io = builder
        .namespace(namespace("/", |handshake| handshake.query().contains("stranger=yes")))
        .namespace(namespace("/garden", |handshake| {
            handshake.auth().is_ok_and(|auth: Auth| auth.key == "rusty")
        }))
        .build()?;

    let mut stop = signal(SignalKind::terminate())?;
    let app = Router::new().route_service("/socket.io/", io.service());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("ready on {}", listener.local_addr()?);
    // New connections are taken up to the end, because what is said last may be fetched by one.
    tokio::spawn(async move { axum::serve(listener, app).await });
    stop.recv().await;
    if !io.shutdown(Closing::draining(50), Duration::from_secs(10)).await {
        return Err("some clients did not end in time".into());
    }
    Ok(())
}

/// Both namespaces do the same, and differ in whom they refuse.
fn namespace(name: &str, refused: fn(&Handshake) -> bool) -> Namespace {
    let namespace = Namespace::new(name)
        .connect(move |handshake: Handshake| async move {
            if refused(&handshake) {
                return Err(
                    ConnectError::new("no entry").with_data(json!({ "code": "stranger", "doors": [1, 2] }))
                );
            }
            if handshake.query().contains("stranger=plain") {
                return Err(ConnectError::new("no entry today"));
            }
            Ok(Arc::new(Welcome {
                id: handshake.id().to_string(),
                namespace: handshake.namespace().to_owned(),
                query: handshake.query().to_owned(),
                auth: handshake.auth_json(),
            }))
        })
        .on_connect(|socket: Socket| async move {
            if socket.recovered() {
                return;
            }
            socket.join("everybody");
            if let Some(welcome) = socket.data::<Welcome>() {
                report(socket.emit("welcome", &*welcome));
            }
        })
        .on_disconnect(
            |socket: Socket, reason| async move { println!("left {}: {reason}", socket.namespace()) },
        );
    ends(acknowledgements(events(namespace)))
}

/// Events either way.
fn events(namespace: Namespace) -> Namespace {
    namespace
        .on("echo", |socket: Socket, arguments: RawArguments| async move {
            report(socket.emit_all("echoed", &arguments));
        })
        .on("count", |socket: Socket, Payload(to): Payload<u32>| async move {
            for number in 0..to {
                report(socket.emit("number", &number));
            }
        })
        .on("tell everybody", |socket: Socket, arguments: RawArguments| async move {
            let everybody = socket.io().of(socket.namespace()).to("everybody");
            report(everybody.emit_all("told", &arguments));
        })
        .on(
            "make folder",
            |socket: Socket, AllPayloads((sizes, note)): AllPayloads<(Vec<usize>, String)>| async move {
                let parts = sizes.into_iter().map(|size| Binary(pattern(size))).collect();
                let inner = Inner { last: Binary(pattern(3)), note: Some(note) };
                report(socket.emit("folder", &Folder { name: "made here".into(), parts, inner }));
            },
        )
        .on("make large", |socket: Socket, Payload(wanted): Payload<Large>| async move {
            if let Some(text) = wanted.text {
                let text = text.repeat(wanted.bytes / text.len().max(1));
                report(socket.emit("large", &text));
            } else {
                report(socket.emit("large", &Binary(pattern(wanted.bytes))));
            }
        })
}

/// Events that ask for an answer, of the server or of the client.
fn acknowledgements(namespace: Namespace) -> Namespace {
    namespace
        .on("echo back", |arguments: RawArguments, ack: Ack| async move { ack.send_all(&arguments) })
        .on("weigh folder", |Payload(folder): Payload<Folder>| async move {
            let last = &folder.inner.last;
            let weights: Vec<Value> = folder.parts.iter().chain([last]).map(weigh).collect();
            Reply(json!({ "name": folder.name, "note": folder.inner.note, "weights": weights }))
        })
        // Text that the client has not written itself.
        .on("spell", |Payload(letters): Payload<Vec<u32>>| async move {
            Reply(letters.into_iter().filter_map(char::from_u32).collect::<String>())
        })
        .on("weigh", |Payload(bytes): Payload<Binary>| async move { Reply(weigh(&bytes)) })
        .on("weigh text", |Payload(text): Payload<String>| async move {
            Reply(weigh(&Binary(text.into_bytes().into())))
        })
        .on("never answered", async || {})
        // The handler waits for the same client that waits for it.
        .on("ask me", |socket: Socket, Payload(question): Payload<Question>| async move {
            let patience = Duration::from_millis(question.patience);
            let answer = socket.emit_with_ack::<Value, _>("question", &question.text, patience).await;
            Reply(answer.map_or_else(
                |error| json!({ "failed": error.to_string() }),
                |answer| json!({ "answer": answer }),
            ))
        })
        .on("ask me for bytes", |socket: Socket| async move {
            let answer = socket.emit_with_ack::<Binary, _>("bytes wanted", &7, Duration::from_secs(20)).await;
            Reply(answer.map_or_else(|error| json!({ "failed": error.to_string() }), |bytes| weigh(&bytes)))
        })
}

/// The ways in which a server ends a socket.
fn ends(namespace: Namespace) -> Namespace {
    namespace
        .on("kick me", |socket: Socket| async move { socket.kick() })
        .on("close me", |socket: Socket| async move { socket.close() })
        .on("send me away", |socket: Socket| async move { socket.disconnect(Closing::new("moved", 20)) })
}

/// Bytes that are not all the same, and no UTF-8.
fn pattern(size: usize) -> Bytes {
    (0..=u8::MAX).rev().cycle().take(size).collect()
}

/// Something that both sides can work out and that tells order and content: the length, and a sum in which each byte
/// counts by its place.
fn weigh(bytes: &Binary) -> Value {
    let sum = bytes.0.iter().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    json!([bytes.0.len(), sum])
}

fn report<T, E: std::fmt::Display>(sent: Result<T, E>) {
    if let Err(error) = sent {
        eprintln!("not sent: {error}");
    }
}
