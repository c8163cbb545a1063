//! What an operator may set, and where it is set.
//!
//! [`options::OPTIONS`] is the one table that everything is made from: flags and their help, the names in the
//! environment and in the file, validation, `chinwag config print` and the table in `docs/operating.md`. An option is
//! set by the file, by the environment over that, and by a flag over both.
//!
//! | module | what it holds |
//! |---|---|
//! | [`options`] | the table |
//! | [`option`] | what an option and its value are |
//! | `load` | the three sources laid over each other |
//! | `file`, `environment` | reading the one and the other |
//! | `nearest` | what somebody probably meant |
//! | `slash_commands` | what people can ask workers of others for, which is no option |
//! | `providers` | other services by which people may sign in, which are no options either |
//! | [`cluster`] | taking part with other nodes |
//! | [`listen`], `values` | values that are more than text and numbers |
//! | [`advice`] | what is valid but odd |
//! | [`print`] | the whole configuration as a file |

pub(crate) mod advice;
pub(crate) mod cluster;
mod environment;
mod file;
pub(crate) mod listen;
mod load;
mod nearest;
pub(crate) mod option;
pub(crate) mod options;
pub(crate) mod print;
mod providers;
mod slash_commands;
mod values;

use std::path::PathBuf;

use chinwag_jobs::amqp;
use chinwag_live::redis;
use chinwag_server::Settings;
use chinwag_store::postgres::{Address, Options, Schema};

use self::listen::Listen;
pub(crate) use self::load::{Given, Loaded, load};
use self::providers::Configured;
use crate::logging::{LogFilter, LogFormat};

/// The name of the configuration file that is read if no other is named.
pub(crate) const DEFAULT_FILE: &str = "chinwag.toml";

/// Everything that is set, checked and in its own type.
pub(crate) struct Config {
    /// Where people come in.
    pub(crate) listen: Vec<Listen>,
    /// Where everything is kept.
    pub(crate) data: PathBuf,
    /// The PostgreSQL database in which everything is kept instead, if there is one.
    pub(crate) database: Option<Address>,
    /// Redis, through which nodes reach each other, if there is one.
    pub(crate) redis: Option<redis::Address>,
    /// RabbitMQ, through which jobs get to workers, if there is one.
    pub(crate) amqp: Option<amqp::Address>,
    /// Whether what happens is told there.
    pub(crate) publish_log: bool,
    /// Which envelopes this node writes and reads: others than its own in tests only.
    pub(crate) envelopes: redis::Envelopes,
    /// The name of this installation among those that share a server.
    pub(crate) instance: Schema,
    /// Most connections to PostgreSQL.
    pub(crate) store_connections: usize,
    /// Where other nodes come in, if this one takes part.
    pub(crate) cluster_listen: Option<Listen>,
    /// Where they reach it, if that is not seen from where it listens.
    pub(crate) cluster_address: Option<String>,
    /// Where the metrics are served, if they are.
    pub(crate) metrics_listen: Option<Listen>,
    /// What is logged.
    pub(crate) log: LogFilter,
    /// How it is written.
    pub(crate) log_format: LogFormat,
    /// Worker threads; `None` is as many as there are cores.
    pub(crate) threads: Option<usize>,
    /// How many jobs are done at once.
    pub(crate) jobs: usize,
    /// Threads that read the store.
    pub(crate) store_readers: usize,
    /// Other services by which people may sign in, as they were written; the application has them as well.
    pub(crate) providers: Vec<Configured>,
    /// What concerns the application.
    pub(crate) application: Settings,
}

impl Config {
    /// How PostgreSQL is used, if it is.
    pub(crate) fn postgres(&self) -> Option<Options> {
        let address = self.database.clone()?;
        let (schema, connections) = (self.instance.clone(), self.store_connections);
        Some(Options { schema, connections, ..Options::new(address) })
    }

    /// How Redis is used, if it is.
    pub(crate) fn redis(&self) -> Option<redis::Options> {
        let address = self.redis.clone()?;
        // Whatever may name a schema may name an installation there.
        let instance = self.instance.as_str().parse().unwrap_or_default();
        Some(redis::Options { address, instance, envelopes: self.envelopes })
    }

    /// How RabbitMQ is used, if it is.
    pub(crate) fn amqp(&self) -> Option<amqp::Options> {
        let address = self.amqp.clone()?;
        Some(amqp::Options { address, instance: self.instance.as_str().to_owned() })
    }

    /// Nothing set yet; each option of the table sets its own part.
    fn unset() -> Self {
        Self {
            listen: Vec::new(),
            data: PathBuf::new(),
            database: None,
            redis: None,
            amqp: None,
            publish_log: true,
            envelopes: redis::Envelopes::Current,
            instance: Schema::default(),
            store_connections: 5,
            cluster_listen: None,
            cluster_address: None,
            metrics_listen: None,
            log: LogFilter::default(),
            log_format: LogFormat::Auto,
            threads: None,
            jobs: 0,
            store_readers: 1,
            providers: Vec::new(),
            application: Settings::default(),
        }
    }
}
