//! Catching up, answered from one snapshot.

mod streams;
mod targets;

#[cfg(test)]
mod tests;

pub(super) use streams::{changes, followed, heads, sync};
