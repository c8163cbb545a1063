//! What lasts in Chinwag: accounts, sessions, rooms, messages, the changes of every stream, jobs that are to be
//! done, and which nodes there are.
//!
//! [`Store`] is the contract, in one trait per aggregate; [`sqlite`] is its back end for one machine, [`postgres`] the
//! one for many, and a [transfer] leads from the one to the other. What every back end must keep (the
//! *delivery rule*):
//!
//! * An answer means: committed and synced to disk.
//! * Every lasting change takes the next revision of its stream in the transaction that commits it and leaves one row
//!   `change(stream, rev, kind, target)`; 1..head each exist once, above the floor that retention has raised.
//! * A command with a nonce that was used before gets its first answer and does not act again.
//! * Permission is decided in the transaction, by [`chinwag_model::permission`].
//! * After the commit the changes are handed to the [feed](feed), per stream in the order of their revisions. The feed is
//!   a hint: it may lose, and whoever reads it finds holes and asks [`contract::Streams::changes`].

mod back_end;
mod commands;
pub mod contract;
mod database;
mod digest;
mod error;
pub mod feed;
mod names;
mod places;
pub mod postgres;
mod progress;
mod questions;
mod rows;
pub mod sqlite;
pub mod transfer;

pub use contract::*;
pub use digest::Once;
pub use error::{Fatal, StoreError};
pub use progress::{At, Part, Progress};

/// The result of asking the store.
pub type Result<T> = std::result::Result<T, StoreError>;
