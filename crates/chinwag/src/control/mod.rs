//! How commands reach a server that runs: a Unix socket in its data folder.
//!
//! The data folder is locked while a server runs, and only the server knows which sockets to close. So a command like
//! `chinwag user set-password` connects to `control.sock` there, which only the server's own user and root may do,
//! and asks. Requests and answers are lines of JSON (see [`protocol`]); one connection asks one thing after another.
//!
//! | module | what it holds |
//! |---|---|
//! | [`protocol`] | requests, answers, and their form on the wire |
//! | [`carry_out`] | requests carried out; also where no server runs, by the command itself |
//! | [`server`] | the server's end |
//! | [`client`] | the command's end |
//! | `path` | paths that are too long for a socket's address |

mod carry_out;
mod client;
mod path;
mod protocol;
mod server;

pub(crate) use carry_out::carry_out;
pub(crate) use client::Client;
pub(crate) use protocol::{Answer, Command, JobsAnswer, JobsCommand, Listed, ListedJob, ShownBody, State};
pub(crate) use server::Server;

/// The socket's name in the data folder.
const NAME: &str = "control.sock";
