//! The adapter of `chinwag-socketio` over Redis, in the format of `@socket.io/redis-adapter`.
//!
//! Servers of ours, Node's `socket.io` with `@socket.io/redis-adapter`, and programs with `@socket.io/redis-emitter` that
//! share a Redis are one cluster: what is sent to a room reaches those who are in it on all servers. [`RedisAdapter`] is
//! all that an application needs; [`wire`] has the format by itself.
//!
//! # What holds
//!
//! - Nothing waits for Redis. What is sent reaches the clients of this server at once, and is queued for the others. While
//!   Redis is away, the queue keeps what fits, and who asks the others is answered at once, by this server alone.
//! - What one server sends arrives everywhere in its order, at most once. Redis keeps nothing: what is sent while a server
//!   has lost Redis does not reach it. That is as on Node.
//! - Everything is bounded: what waits to be sent, what has come and is not handled yet, questions both ways, the size and
//!   depth of messages. What does not fit is dropped and counted ([`RedisAdapter::totals`]).
//! - Whatever comes from Redis is checked. Who can publish there can make this server do everything that its
//!   cluster can, though, and no more: the format has no signatures.
//!
//! # How it is made
//!
//! One connection (RESP3) carries both ways; it is made again after growing, jittered waits, and subscribes
//! before it sends. One task handles what comes, in its order; requests that take time have tasks of their own, and events
//! between servers are handled one after the other beside it.
//!
//! A namespace is listened to by one pattern, as on Node, and not room by room: each socket's id is a room, so there would
//! be a subscription for each socket, and who has just joined would miss what is sent before Redis has confirmed. What is
//! meant for a room that nobody here is in is told by the name of its channel, and dropped before it is decoded.

#![forbid(unsafe_code)]

mod adapter;
mod answering;
mod asked;
mod asking;
mod backoff;
mod budget;
mod inbox;
mod incoming;
mod link;
mod namespaces;
mod outbox;
mod shared;
mod totals;
pub mod wire;

pub use adapter::{BuildError, Builder, RedisAdapter};
pub use totals::Totals;
