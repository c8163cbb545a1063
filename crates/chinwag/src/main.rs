//! The Chinwag binary: command line, configuration, composition. Back ends are chosen here and nowhere else.
//!
//! | module | what it holds |
//! |---|---|
//! | [`command_line`] | commands and flags |
//! | [`config`] | what can be set, where, and what it is |
//! | [`commands`] | what each command does; [`commands::serve`] puts the server together |
//! | [`control`] | how commands reach a server that runs |
//! | [`metrics`] | the listener for Prometheus |
//! | [`long_work`] | what takes long: shown to people, stopped by signals |
//! | the rest | one thing of the system each: signals, listeners, descriptors, the log |

mod broker;
mod command_line;
mod commands;
mod config;
mod control;
mod date;
mod descriptors;
mod failure;
mod jobs;
mod listeners;
mod live;
mod logging;
mod long_work;
mod metrics;
mod output;
mod signals;
mod store;
mod version;

use std::process::ExitCode;

use command_line::Action;
use rustix::fs::Mode;

/// glibc's allocator is as lean when idle, but keeps the 19 MiB of every hashed password for each of its arenas: 360 MB
/// after sixty sign-ins, where this one goes back to 16 MB.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (action, mut given) = match command_line::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        // Prints help to standard output, or what is wrong to standard error with code 2.
        Err(error) => error.exit(),
    };
    // What is made here is for this user's eyes, wherever the data folder is.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    given.environment = std::env::vars_os().collect();
    let done = match action {
        Action::Serve { no_worker } => commands::serve(&given, no_worker),
        Action::Worker { log_stream: None } => commands::worker(&given),
        Action::Worker { log_stream: Some(file) } => commands::log_stream(file, &given),
        Action::Config(action) => commands::config(action, &given),
        Action::User(action) => commands::user(action, &given),
        Action::Jobs(action) => commands::jobs(action, &given),
        Action::Backup { file } => commands::backup(file, &given),
        Action::Restore { file } => commands::restore(file, &given),
        Action::Migrate { from, to } => commands::migrate(from, to, &given),
        Action::Version => commands::version(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
