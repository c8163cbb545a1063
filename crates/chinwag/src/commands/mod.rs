//! What each command does.

mod config;
mod serve;
mod user;
mod version;

pub(crate) use config::config;
pub(crate) use serve::serve;
pub(crate) use user::user;
pub(crate) use version::version;
