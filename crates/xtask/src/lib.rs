//! What `cargo xtask` and the whole-system tests share: the one list of programs that tests may start, the ports that they
//! listen on, and how they say that they are left out.

pub mod left_out;
pub mod ports;
pub mod programs;
