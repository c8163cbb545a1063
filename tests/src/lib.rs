//! What the whole-system tests share: the real server in a temporary folder, and clients to talk to it.
//!
//! | module | what it gives |
//! |---|---|
//! | [`server`] | the built `chinwag`, started, killed, restarted on the same port |
//! | [`backup`] | a backup's file, taken apart and put together as docs/operating.md says |
//! | [`command`] | one run of a `chinwag` command to its end |
//! | [`disk`] | a small disk that fills up |
//! | [`http`] | a small HTTP client, and raw bytes over TCP for what no client would send |
//! | [`api`] | people who sign up, join and post by HTTP |
//! | [`socket`] | a small Socket.IO client over WebSocket |
//! | [`picture`] | a client's picture of a room, kept by the delivery rule of docs/api.md |
//! | [`random`] | seeded random numbers, the seed printed |
//!
//! Everything waits for events with generous deadlines, [`DEADLINE`] at most; nothing sleeps for luck.

use std::time::Duration;

pub mod api;
pub mod backup;
pub mod command;
pub mod disk;
pub mod http;
pub mod picture;
pub mod ports;
mod process;
pub mod random;
pub mod server;
pub mod socket;

/// How long anything that must happen may take before a test gives up on it.
pub const DEADLINE: Duration = Duration::from_secs(20);
