//! Which back end of jobs is used.

use chinwag_jobs::{BackEnd, Table};

use crate::config::Config;

/// The back end, as it was configured; nothing, if this process has nothing to do with jobs. RabbitMQ need not be there yet.
pub(crate) fn configured(config: &Config) -> Option<Box<dyn BackEnd>> {
    match config.amqp() {
        Some(options) => Some(Box::new(options)),
        None if config.jobs > 0 => Some(Box::new(Table::default())),
        None => None,
    }
}
