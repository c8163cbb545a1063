//! What each command does.

mod backup;
mod config;
mod jobs;
mod log_stream;
mod migrate;
mod operator;
mod process;
mod restore;
mod serve;
mod user;
mod version;
mod worker;

pub(crate) use backup::backup;
pub(crate) use config::config;
pub(crate) use jobs::jobs;
pub(crate) use log_stream::log_stream;
pub(crate) use migrate::migrate;
pub(crate) use restore::restore;
pub(crate) use serve::serve;
pub(crate) use user::user;
pub(crate) use version::version;
pub(crate) use worker::worker;

use std::path::PathBuf;

use crate::config::{Given, load};
use crate::failure::Failure;

/// The data folder, for commands that are about nothing else.
///
/// # Errors
/// Everything is in PostgreSQL, or the configuration is wrong.
fn data_folder(given: &Given) -> Result<PathBuf, Failure> {
    let config = load(given).map_err(Failure::Usage)?.config;
    match config.database {
        None => Ok(config.data),
        Some(database) => Err(Failure::Run(format!(
            "Everything is in {}, not in a data folder; back it up and restore it with PostgreSQL's own tools, like \
             pg_dump --schema={}.",
            database.shown(),
            config.instance.as_str(),
        ))),
    }
}
