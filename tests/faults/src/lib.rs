//! Makes the disk of a real server fail.
//!
//! Loaded by `LD_PRELOAD`, it stands before the functions of the C library by which SQLite and Rust read, write and sync
//! files. It touches nothing but a database of Chinwag (`chinwag.db`) and its write-ahead log (`chinwag.db-wal`), so it
//! does no harm to a program that merely starts the server. What it does it is told by a file while the server runs; see
//! `tests/src/faulty_disk.rs`, which writes that.
//!
//! | module | what it has |
//! |---|---|
//! | `orders` | what is to happen, from the folder that the environment names |
//! | `interposed` | the functions of the C library |

mod interposed;
mod orders;
