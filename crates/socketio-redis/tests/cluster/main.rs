//! Servers of ours and Node's in one cluster, with the real packages and a real Redis, in both directions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly, and clippy sees only functions marked as tests as such"
)]

mod asking;
mod broadcasts;
mod faults;
mod node;
mod sockets;
mod support;
