//! Load generators and yardsticks for `cargo xtask bench`. Each subcommand prints one JSON object per line.

mod chat;
mod commit;
mod engine;
mod fill;
mod http;
mod pages;
mod post;
mod process;
mod sign_in;
mod websocket;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Load generators and yardsticks for `cargo xtask bench`")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Clients post to a running chat server and count what is delivered.
    Post(post::Arguments),
    /// One synced SQLite commit of the rows of one message, again and again, and one bare fdatasync.
    Commit(commit::Arguments),
    /// Fills a data folder, or a database, with a room of many messages.
    Fill(fill::Arguments),
    /// Asks a running server for room pages and for `sync` of 100 changes.
    Pages(pages::Arguments),
    /// Clients sign in to a running server, again and again.
    SignIn(sign_in::Arguments),
    /// Members of one room load a running Socket.IO server and check what they hear.
    Broadcast(engine::broadcast::Arguments),
    /// A server that does no more than it must: what others are measured by.
    Ceiling(engine::ceiling::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match (runtime, arguments.what) {
        (Err(error), _) => Err(error.into()),
        (Ok(runtime), What::Post(arguments)) => runtime.block_on(post::run(&arguments)),
        (Ok(_), What::Commit(arguments)) => commit::run(&arguments),
        (Ok(runtime), What::Fill(arguments)) => runtime.block_on(fill::run(&arguments)),
        (Ok(runtime), What::Pages(arguments)) => runtime.block_on(pages::run(&arguments)),
        (Ok(runtime), What::SignIn(arguments)) => runtime.block_on(sign_in::run(&arguments)),
        (Ok(runtime), What::Broadcast(arguments)) => runtime.block_on(engine::broadcast::run(&arguments)),
        (Ok(_), What::Ceiling(arguments)) => engine::ceiling::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chinwag-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;

/// Anything that ends a measurement.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The value below which `part` of the sorted samples lie.
fn percentile(sorted: &[u32], part: f64) -> u32 {
    let place = (sorted.len() as f64 * part) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}
