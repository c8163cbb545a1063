//! What goes through RabbitMQ beside jobs: the stream of what happens, and questions. The others are programs of their own.
#![allow(unreachable_pub, reason = "its parts are modules of their own")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else fails"
)]

mod log_stream;
mod others;
mod questions;

use std::time::Duration;

/// How long something may take that is to happen at all.
const DEADLINE: Duration = Duration::from_secs(60);
