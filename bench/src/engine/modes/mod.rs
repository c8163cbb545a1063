//! The ways to load a room that is full, a file each.

pub(super) mod acknowledge;
pub(super) mod connect;
pub(super) mod rate;
pub(super) mod saturate;
