//! The Socket.IO engine beside its peers: one job, several servers, one load generator.
//!
//! The job is a room in which everybody hears what anybody says (`crates/socketio/examples/broadcast.rs`, and the
//! servers in `bench/peers`). [`protocol`] has every byte of it that both sides must agree on.

pub(crate) mod broadcast;
pub(crate) mod ceiling;

mod bystander;
mod connection;
mod files;
mod modes;
mod protocol;
mod report;
mod room;
