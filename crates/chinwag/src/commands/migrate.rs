//! `chinwag migrate`.

use std::path::PathBuf;
use std::time::Instant;

use chinwag_store::postgres::Address;
use chinwag_store::transfer::{TransferError, transfer};

use crate::config::{Config, Given, load};
use crate::failure::Failure;
use crate::{long_work, output, store};

/// Moves everything from a data folder into a PostgreSQL database.
pub(crate) fn migrate(from: Option<PathBuf>, to: Option<String>, given: &Given) -> Result<(), Failure> {
    let config = load(given).map_err(Failure::Usage)?.config;
    let folder = from.unwrap_or_else(|| config.data.clone());
    let database = match to {
        Some(url) => Some(address(&url)?),
        None => config.database.clone(),
    };
    let Some(options) = (Config { database, ..config }).postgres() else {
        return Err(Failure::Usage(vec![
            "Say with --to where everything is to go: postgres://user:password@host/database.".to_owned(),
        ]));
    };
    let begun = Instant::now();
    let (source, target) = (folder.clone(), options.clone());
    let moved = long_work::carry_out(
        move |progress| {
            transfer(&source, &target, progress).map_err(|error| match error {
                TransferError::Source(error) => store::explain(&source, error),
                error => Failure::new(error),
            })
        },
        |_| false,
    )?;
    let (seconds, folder, address) =
        (begun.elapsed().as_secs_f64(), folder.display(), options.address.shown());
    output::print(&format!(
        "Moved everything from {folder} to {address} in {seconds:.1} s: {}, {} and {}; both sides were compared. Start \
         the server with CHINWAG_DATABASE set to that URL, and no more on {folder}.\n",
        count(moved.people, "person", "people"),
        count(moved.rooms, "room", "rooms"),
        count(moved.messages, "message", "messages"),
    ))
}

fn address(url: &str) -> Result<Address, Failure> {
    // It may hold a password, so it is not quoted.
    url.parse().map_err(|reason: String| Failure::Usage(vec![format!("--to cannot be used: {reason}.")]))
}

fn count(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}
