//! What `cargo xtask` and the tests of other crates share: the one list of programs that tests may start, the ports that
//! they listen on, a PostgreSQL server of one's own, and how they say that they are left out.

pub mod left_out;
pub mod ports;
mod postgres;
pub mod processes;
pub mod programs;

pub use postgres::Postgres;
