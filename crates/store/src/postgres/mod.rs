//! The back end for many machines: PostgreSQL 15 or newer, shared by any number of nodes.
//!
//! What is decided is decided by the same code as with SQLite ([`commands`](crate::commands),
//! [`questions`](crate::questions)); here is how it is kept right and quick where others write at the same time:
//!
//! * A command first locks the streams that it changes, in the order of their ids ([`carry_out`]), in a transaction of its
//!   own. What waits to be posted to one room is one transaction ([`post`]).
//! * A question is answered from one snapshot; the ones that matter ([`read`]) are set-based: as many statements for a
//!   thousand streams as for one.
//! * The feed tells what this node has committed, in order ([`sequence`]); what others have is found by comparing heads.
//! * When PostgreSQL is away everything is refused at once, and tried again now and then ([`outage`]).

mod advice;
mod carry_out;
mod connections;
mod database;
mod failure;
mod hosts;
mod identity;
mod jobs;
mod migrate;
mod news;
mod open;
mod options;
mod outage;
mod post;
mod read;
mod sequence;
mod store;
mod target;
mod tasks;
mod tls;
mod transaction;
mod values;
mod workers;

pub use advice::advice;
pub(crate) use failure::Cause;
pub use open::OpenError;
pub use options::{Address, Options, Schema};
pub use store::PostgresStore;
pub(crate) use target::{State, TRANSFERRED, Target};
