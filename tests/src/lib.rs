//! What the whole-system tests share: the real server in a temporary folder, and clients to talk to it.
//!
//! | module | what it gives |
//! |---|---|
//! | [`server`] | the built `chinwag`, started, killed, restarted on the same port |
//! | [`backup`] | a backup's file, taken apart and put together as docs/operating.md says |
//! | [`command`] | one run of a `chinwag` command to its end |
//! | [`disk`] | a small disk that fills up |
//! | [`faulty_disk`] | the disk of a real server, made to fail |
//! | [`namespace`] | a network of its own for a server, which can be cut off |
//! | [`http`] | a small HTTP client, and raw bytes over TCP for what no client would send |
//! | [`api`] | people who sign up, join and post by HTTP |
//! | [`socket`] | a small Socket.IO client over WebSocket or HTTP long-polling |
//! | [`follower`] | somebody who follows everything that is theirs and writes down what they do and hear |
//! | [`crowd`] | many of them, and the checker's word on what became of it all |
//! | [`insider`] | people who use a store of this process, and write down what they are told |
//! | [`issuer`] | another service, by which people sign in |
//! | [`random`] | seeded random numbers, the seed printed |
//!
//! Everything waits for events with generous deadlines, [`DEADLINE`] at most; nothing sleeps for luck.

use std::time::Duration;

pub mod api;
pub mod backup;
pub mod command;
pub mod crowd;
pub mod disk;
pub mod example_worker;
pub mod faulty_disk;
pub mod follower;
pub mod http;
pub mod insider;
pub mod issuer;
pub mod log_reader;
pub mod namespace;
mod process;
pub mod random;
pub mod relay;
pub mod server;
pub mod socket;
pub mod worker;

/// How long anything that must happen may take before a test gives up on it.
pub const DEADLINE: Duration = Duration::from_secs(40);

/// How much a test is to do: the number in this variable of the environment, or what is enough for every day.
///
/// # Panics
/// If the variable is no number.
#[must_use]
pub fn long(variable: &str, every_day: u64) -> u64 {
    std::env::var(variable)
        .map_or(every_day, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}
