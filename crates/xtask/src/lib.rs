//! What `cargo xtask` and the tests of other crates share: the one list of programs that tests may start, the ports that
//! they listen on, PostgreSQL, Redis and RabbitMQ servers and proxies of one's own, and how they say that they are left out.

mod account;
mod guardian;
pub mod left_out;
pub mod ports;
mod postgres;
mod private_folder;
pub mod processes;
pub mod programs;
mod proxy;
pub mod rabbitmq;
pub mod redis;
#[cfg(test)]
mod traces;

pub use postgres::Postgres;
pub use proxy::{Proxy, ProxyKind};
pub use rabbitmq::{RabbitMq, Settings as RabbitMqSettings};
pub use redis::{Redis, RedisCluster};
