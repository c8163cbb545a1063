//! What `cargo xtask` and the whole-system tests share: the one list of programs that tests may start, and the ports that
//! they listen on.

pub mod ports;
pub mod programs;
