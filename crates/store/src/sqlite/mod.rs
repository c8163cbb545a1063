//! The back end for one machine: SQLite in a data folder.
//!
//! One thread writes ([`writer`]): everything that waits becomes one transaction with one sync, each command in a
//! savepoint of its own. A few threads read ([`readers`]), each with its own connection, from snapshots that the writer
//! does not disturb. One thread moves the write-ahead log into the database ([`checkpoint`]), off the writer's path.
//! The folder is locked against a second process.
//!
//! A [backup](backup()) reads beside all of that, from another process; [`restore()`] makes a folder from it.

mod backup;
mod checkpoint;
mod database;
mod failure;
mod identity;
mod jobs;
mod log_again;
mod migrate;
mod moved;
mod nonces;
mod open;
mod pieces;
mod post;
mod read;
mod readers;
mod restore;
mod source;
mod store;
mod unfinished;
mod writer;

pub use backup::{BackedUp, BackupError, backup, must_give_way};
pub use open::{OpenError, Options};
pub use restore::{RestoreError, Restored, restore};
pub(crate) use source::Source;
pub use store::SqliteStore;

pub use crate::progress::{At, Part, Progress};
