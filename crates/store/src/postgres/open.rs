//! Opening a database: whether it can be used, and bringing it to the present format.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::failure::Cause;
use super::hosts::Hosts;
use super::identity::Present;
use super::migrate::{self, KNOWN, MigrateError};
use super::news::News;
use super::options::Options;
use super::target;

/// The oldest version of PostgreSQL that will do.
const OLDEST: i64 = 150_000;

/// How long PostgreSQL may take to say what it is.
const FIRST_WORDS: Duration = Duration::from_secs(5);

/// Why a database cannot be opened. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be reached, or lets nobody in.
    #[error(
        "PostgreSQL at {address} cannot be used ({reason}). Check that it runs, and the URL given with --database."
    )]
    Unreachable {
        /// Where.
        address: String,
        /// What it says, or the way to it.
        reason: String,
    },
    /// The connection cannot be made safe.
    #[error("{0}")]
    Tls(String),
    /// It is too old.
    #[error("PostgreSQL at {address} is of version {found}; Chinwag needs version 15 or newer.")]
    TooOld {
        /// Where.
        address: String,
        /// Its version.
        found: String,
    },
    /// It cannot hold every text.
    #[error(
        "The database at {address} is encoded in {found}. Make one in UTF-8: createdb --encoding=UTF8 --template=template0 NAME"
    )]
    Encoding {
        /// Where.
        address: String,
        /// How it is encoded.
        found: String,
    },
    /// Written by a newer version.
    #[error(
        "The database at {address} was written by a newer Chinwag (format {found}; this one knows up to {known}). Run that version or a later one."
    )]
    Newer {
        /// Where.
        address: String,
        /// Its format.
        found: i64,
        /// The newest that this version knows.
        known: i64,
    },
    /// The schema holds something else.
    #[error("The schema {schema} at {address} is not Chinwag's. Choose another with --instance.")]
    Foreign {
        /// Where.
        address: String,
        /// Which.
        schema: String,
    },
    /// Not everything has been copied to it yet.
    #[error(
        "A transfer into the schema {schema} at {address} was not finished. Run that command again, it goes on where it stopped; or choose another schema with --instance."
    )]
    Unfinished {
        /// Where.
        address: String,
        /// Which.
        schema: String,
    },
    /// Connections cannot be kept.
    #[error("Connections to PostgreSQL cannot be made: {0}.")]
    Pools(deadpool::managed::BuildError),
    /// Threads cannot be started.
    #[error("Threads cannot be started: {0}.")]
    Threads(std::io::Error),
}

/// A connection for what comes before all others.
pub(super) struct First {
    pub(super) client: Client,
    /// The way that was found, for all others.
    pub(super) hosts: Arc<Hosts>,
    task: JoinHandle<()>,
}

impl First {
    /// Makes it, and looks whether the server will do.
    pub(super) async fn connect(options: &Options) -> Result<Self, OpenError> {
        let address = || options.address.shown().to_owned();
        let unreachable = |reason: String| OpenError::Unreachable { address: address(), reason };
        let hosts = Arc::new(Hosts::new(&options.address).map_err(OpenError::Tls)?);
        let (client, task) = hosts.connect().await.map_err(|cause| unreachable(cause.to_string()))?;
        let first = Self { client, hosts, task };
        let asked = first.client.query_one(
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_version'),
                    current_setting('server_encoding')",
            &[],
        );
        let row = match tokio::time::timeout(FIRST_WORDS, asked).await {
            Ok(row) => row.map_err(|error| unreachable(Cause::from(error).to_string()))?,
            Err(_) => {
                let seconds = FIRST_WORDS.as_secs();
                return Err(unreachable(format!("it does not answer within {seconds} s")));
            }
        };
        let (number, version, encoding): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
        if number < OLDEST {
            return Err(OpenError::TooOld { address: address(), found: version });
        }
        if encoding != "UTF8" {
            return Err(OpenError::Encoding { address: address(), found: encoding });
        }
        Ok(first)
    }

    /// Brings the database to the present format, and reads what is true of the installation, and from where on
    /// there is news.
    pub(super) async fn prepare(mut self, options: &Options) -> Result<(Present, News), OpenError> {
        let address = options.address.shown();
        let unreachable = |error: tokio_postgres::Error| OpenError::Unreachable {
            address: address.to_owned(),
            reason: Cause::from(error).to_string(),
        };
        let foreign =
            || OpenError::Foreign { address: address.to_owned(), schema: options.schema.as_str().to_owned() };
        match migrate::run(&mut self.client, &options.schema, true).await {
            Ok(()) => {}
            Err(MigrateError::Newer { found, .. }) => {
                return Err(OpenError::Newer { address: address.to_owned(), found, known: KNOWN });
            }
            Err(MigrateError::Foreign) => return Err(foreign()),
            Err(MigrateError::Postgres(error)) => return Err(unreachable(error)),
        }
        if target::is_unfinished(&self.client).await.map_err(unreachable)? {
            return Err(OpenError::Unfinished {
                address: address.to_owned(),
                schema: options.schema.as_str().to_owned(),
            });
        }
        let Some(present) = Present::find(&mut self.client).await.map_err(unreachable)? else {
            return Err(foreign());
        };
        let epoch = present.installation().epoch;
        Ok((present, News::begin(&self.client, epoch).await.map_err(unreachable)?))
    }
}

impl Drop for First {
    fn drop(&mut self) {
        self.task.abort();
    }
}
