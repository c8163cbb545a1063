//! What `cargo xtask` and the tests of other crates share: the one list of programs that tests may start, the ports that
//! they listen on, PostgreSQL and Redis servers of one's own, and how they say that they are left out.

mod guardian;
pub mod left_out;
pub mod ports;
mod postgres;
mod private_folder;
pub mod processes;
pub mod programs;
pub mod redis;

pub use postgres::Postgres;
pub use redis::{Redis, RedisCluster};
