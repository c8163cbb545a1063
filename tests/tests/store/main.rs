//! Nodes over one PostgreSQL: what the delivery rule promises, promised by several that write at once, die, and lose their
//! database for a while.
//!
//! The short forms run in `cargo xtask test`, the long ones by `cargo xtask prove store`.

mod away;
mod convergence;
mod forwarding;
mod jobs;
mod kill;
mod neighbours;
mod odd_input;
mod redis;
mod tokens;
mod turns;
mod unpublished;
mod versions;
mod writers;
