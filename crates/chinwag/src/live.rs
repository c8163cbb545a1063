//! Which back end of what passes is used.

use std::sync::Arc;
use std::time::Duration;

use chinwag_live::memory::MemoryLive;
use chinwag_live::redis::{Options, RedisLive};
use chinwag_live::{FanOut, Live};

use crate::config::Config;
use crate::failure::Failure;

/// How long Redis may take until somebody who checks is told that it cannot be reached.
const PATIENCE: Duration = Duration::from_secs(3);

/// The back end, as it was configured.
pub(crate) enum Opened {
    /// In the memory of this process.
    Memory(Arc<MemoryLive>),
    /// Shared through Redis.
    Redis(Arc<RedisLive>),
}

impl Opened {
    /// For the application.
    pub(crate) fn live(&self) -> Arc<dyn Live> {
        match self {
            Self::Memory(live) => Arc::clone(live) as Arc<dyn Live>,
            Self::Redis(live) => Arc::clone(live) as Arc<dyn Live>,
        }
    }

    /// Lets others know that this node ends.
    pub(crate) async fn close(&self) {
        if let Self::Redis(live) = self {
            live.close().await;
        }
    }
}

/// Opens it. Redis need not be there yet.
pub(crate) fn open_configured(config: &Config) -> Result<Opened, Failure> {
    match config.redis() {
        Some(options) => RedisLive::open(&options).map(Opened::Redis).map_err(Failure::new),
        None if config.database.is_some() => Ok(Opened::Memory(MemoryLive::among_others())),
        None => Ok(Opened::Memory(MemoryLive::new())),
    }
}

/// Connects to Redis, and answers with what an operator should know.
pub(crate) async fn advice(options: &Options) -> Result<Option<String>, Failure> {
    let live = RedisLive::open(options).map_err(Failure::new)?;
    let mut suspect = live.suspect();
    let reached = tokio::time::timeout(PATIENCE, suspect.wait_for(|suspect| !suspect)).await;
    let reached = reached.is_ok_and(|reached| reached.is_ok());
    live.close().await;
    Ok((!reached).then(|| {
        format!(
            "Redis at {} cannot be reached; a server starts all the same, and goes on without it. Check that it runs, and the \
             URL given with --redis.",
            options.address.shown()
        )
    }))
}
