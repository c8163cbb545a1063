//! What `cargo xtask` and the whole-system tests share: the one list of programs that tests may start.

pub mod programs;
