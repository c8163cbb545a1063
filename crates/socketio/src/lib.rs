//! A Socket.IO server for every client there is (1.x to 4.x): Engine.IO 3 and 4, Socket.IO 3 to 5, over WebSocket and
//! HTTP long-polling, as a tower service.
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use chinwag_socketio::{
//!     Ack, Closing, ConnectError, Data, Encoded, Handshake, Namespace, Payload, Refusal, Socket, SocketIo, State,
//! };
//!
//! struct App;
//! struct User { name: String }
//! #[derive(serde::Deserialize)]
//! struct Auth { token: String }
//! #[derive(serde::Deserialize)]
//! struct Post { room: String, text: String }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let io = SocketIo::builder()
//!     .state(Arc::new(App))
//!     // Before there is a connection: by headers and address, answered over HTTP.
//!     .allow_request(|parts| {
//!         let cross = parts.headers.get("origin").is_some_and(|origin| origin != "https://chat.example");
//!         async move { if cross { Err(Refusal::forbidden("cross_origin")) } else { Ok(()) } }
//!     })
//!     .namespace(
//!         Namespace::new("/")
//!             // Who may join; what it returns is attached to the socket.
//!             .connect(|handshake: Handshake| async move {
//!                 let auth: Auth = handshake.auth().map_err(|error| {
//!                     ConnectError::new("sign in first")
//!                         .with_data(serde_json::json!({ "code": "unauthenticated", "why": error.message() }))
//!                 })?;
//!                 Ok(Arc::new(User { name: auth.token }))
//!             })
//!             .on_connect(|socket: Socket| async move {
//!                 socket.join("lobby");
//!                 let _ = socket.emit("session:ready", &serde_json::json!({ "version": 1 }));
//!             })
//!             // Parameters are read from the event by their types.
//!             .on("post", |socket: Socket, State(app): State<App>, Data(user): Data<User>,
//!                          Payload(post): Payload<Post>, ack: Ack| async move {
//!                 let _ = app;
//!                 let sent = socket.io().of("/").to(post.room).emit("posted", &(&user.name, &post.text));
//!                 ack.send(&serde_json::json!({ "ok": sent.is_ok() }));
//!             })
//!             .on_disconnect(|socket: Socket, reason| async move {
//!                 println!("{} is gone: {reason}", socket.id());
//!             }),
//!     )
//!     .build()?;
//!
//! // Encoded once, sent as often as needed.
//! let packet = Encoded::event("/", "news", &"hello")?;
//! io.of("/").to("lobby").except("quiet").send(&packet)?;
//! io.of("/").in_("user:7").join("lobby");
//! io.of("/").in_("user:7").disconnect(&Closing::new("unavailable", 2_000));
//!
//! let app: axum::Router = axum::Router::new().route_service("/socket.io/", io.service());
//! # let _ = app;
//! io.shutdown(Closing::draining(1_000), Duration::from_secs(10)).await;
//! # Ok(()) }
//! ```
//!
//! # Where to find what
//!
//! - Who is let in: [`Builder::allow_request`], [`Namespace::guard`], [`Namespace::connect`]. What happens to all events:
//!   [`Namespace::before_event`], [`Namespace::on_any`], [`Namespace::on_any_outgoing`].
//! - What handlers take and return: [`FromEvent`], [`IntoReply`]. Bytes in payloads: [`Binary`].
//! - Whom something is sent to: [`Socket`], [`Broadcast`]. Clients that answer: [`Socket::emit_with_ack`],
//!   [`Broadcast::emit_with_ack`].
//! - One namespace for each game or document, by a pattern: [`Namespace::matching`], [`SocketIo::of_all`].
//! - Clients that were away for a moment: [`Recovery`]. How connections end: [`Closing`], [`DisconnectReason`].
//! - Several servers: [`adapter`], which has an example. `chinwag-socketio-redis` is one over Redis, for clusters with Node.
//! - Old clients (1.x and 2.x): [`Builder::protocol_3`]. Browsers without CORS: [`Builder::jsonp`].
//! - Clients with `socket.io-msgpack-parser`: [`Builder::parser`].
//! - Compression of WebSockets: [`Builder::compression`]; of polls: a layer around the service.
//! - What clients may cost: the limits of [`Builder`], each with its default.
//! - Where it runs: under axum or another server ([`SocketIo::service`]), or alone ([`SocketIo::serve`]). CORS is at
//!   [`SocketIoService`], a cookie for load balancers at [`Builder::cookie`].
//! - What it does: [`SocketIo::figures`], [`SocketIo::totals`] with an example for Prometheus, and spans of `tracing`,
//!   one for each run of a handler (`handler{namespace event socket}`, level debug).
//!
//! The README has a chat to try, and docs/from-nodejs.md in the repository is for those who know Socket.IO on Node.js.
//!
//! # What holds
//!
//! - The events of one client, in whatever namespaces, are handled one after the other, in the order in which they
//!   came; acknowledgements and heartbeats pass them, so that a handler may wait for its own client. What waits is
//!   bounded: beyond [`Builder::event_queue`] the client is not read from.
//! - A handler is never cancelled. [`Namespace::on_disconnect`] runs exactly once for each socket that has joined,
//!   after its last handler.
//! - A broadcast is encoded and framed once; outboxes refer to the same bytes. They are bounded in bytes. Nothing but
//!   volatile events is dropped in silence: whoever is too far behind is told
//!   `server:closing {code: "slow", retry_ms}`, if it can be written, and its transport is closed.
//! - What is queued for a client arrives in the order in which it was queued, broadcasts included. What one server sends
//!   to one room, or to one namespace, reaches everybody there in the same order.
//! - Whoever is to come back gets no DISCONNECT packet, because JavaScript clients take that for an order to stay
//!   away: see [`Closing`].
//!
//! # How it is made
//!
//! [`websocket`], [`engine_io`] and [`socket_io`] are the protocols, pure functions over bytes. The engine runs one
//! task per connection over them. An idle WebSocket keeps no buffers and timers: it is a task, its shared state
//! and its sockets. The request of its handshake is kept where there is middleware ([`Builder::forget_handshakes`]).

#![forbid(unsafe_code)]

mod ack;
mod acks;
pub mod adapter;
mod binary;
mod broadcast;
mod builder;
mod children;
mod client;
mod close;
mod cookie;
mod emitter;
mod encoded;
mod engine;
pub mod engine_io;
mod extract;
mod handler;
mod handshake;
mod hub;
mod id;
mod io;
mod local;
mod namespace;
mod panics;
mod parser;
mod raw;
mod recovery;
mod refusal;
mod rejection;
mod server;
mod server_side;
mod service;
mod session_prefix;
mod socket;
pub mod socket_io;
mod spaces;
mod totals;
pub mod websocket;

pub use ack::{Ack, AckError};
pub use acks::Acks;
pub use adapter::{Adapter, RemoteSocket};
pub use binary::Binary;
pub use broadcast::{Broadcast, EmitError};
pub use builder::{BuildError, Builder};
pub use children::Children;
pub use close::{Closing, DisconnectReason};
pub use cookie::{SameSite, SessionCookie};
pub use emitter::{Emitter, Outgoing};
pub use encoded::Encoded;
pub use extract::{AllPayloads, Data, Event, EventName, FromEvent, Payload, RawArguments, State};
pub use handler::{Handler, IntoReply, Reply};
pub use handshake::{Handshake, OverTls, PeerAddr};
pub use id::{InvalidId, SocketId};
pub use io::{Figures, SocketIo};
pub use local::Local;
pub use namespace::Namespace;
pub use parser::Parser;
pub use raw::EngineSocket;
pub use recovery::Recovery;
pub use refusal::{ConnectError, Refusal};
pub use rejection::Rejection;
pub use server::Server;
pub use server_side::ServerEvent;
pub use service::SocketIoService;
pub use session_prefix::SessionPrefix;
pub use socket::Socket;
pub use socket_io::{EncodeError, PayloadError};
pub use totals::{Total, Totals};
