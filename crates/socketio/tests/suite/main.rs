//! The engine over real sockets, spoken to in bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests fail loudly, and clippy sees only functions marked as tests as such"
)]

mod adapters;
mod bare_engine;
mod compression;
mod cookie;
mod cors;
mod coverage;
mod crowd;
mod events;
mod faults;
mod guide;
mod handshake;
mod hosts;
mod leaving;
mod lifecycle;
mod limits;
#[path = "../shared/masked.rs"]
mod masked;
mod message_pack;
mod messages;
mod middleware;
#[path = "../shared/moving.rs"]
mod moving;
mod namespaces;
mod observing;
mod old_clients;
mod operators;
mod patterns;
mod polling;
mod recovery;
mod requests;
mod rooms;
mod session;
mod session_prefix;
#[path = "../shared/session_rules.rs"]
mod session_rules;
mod stand_alone;
mod support;
mod transports;
mod upgrades;
