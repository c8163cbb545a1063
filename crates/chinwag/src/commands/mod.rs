//! What each command does.

mod backup;
mod config;
mod restore;
mod serve;
mod user;
mod version;

pub(crate) use backup::backup;
pub(crate) use config::config;
pub(crate) use restore::restore;
pub(crate) use serve::serve;
pub(crate) use user::user;
pub(crate) use version::version;
