//! A disk for tests: it lies under SQLite, records what is written and synced, and fails when it is told to.
//!
//! Killing a process shows nothing about syncs: what it wrote stays in the system's memory. Here the files of one folder
//! are watched from within SQLite's layer for the operating system, so that a test can ask what would be on the disk if
//! the power had been cut at any moment.
//!
//! | module | what it has |
//! |---|---|
//! | [`disk`] | a folder whose files are watched |
//! | [`faults`] | what can be made to fail |
//! | [`tape`] | what was asked of the disk, and what is left of it after a cut; pure |
//! | `watched` | folders that are watched, with their open files |
//! | `vfs` | the layer under SQLite: everything goes on to SQLite's own |
//! | `unsynced` | connections on which `synchronous` stays off |

pub mod disk;
pub mod faults;
pub mod tape;
mod unsynced;
mod vfs;
mod watched;

pub use disk::Disk;
pub use faults::{Met, Part, Threads, is_checkpointer};
pub use tape::{FileId, Image, Operation, Tape};
