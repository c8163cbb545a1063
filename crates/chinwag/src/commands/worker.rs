//! `chinwag worker`: doing jobs and nothing else.

use crate::broker::Broker;
use crate::commands::process;
use crate::config::{Given, Loaded, load};
use crate::failure::Failure;
use crate::signals::Signals;
use crate::{jobs, live, logging, output, store};

/// Does jobs until it is asked to end.
pub(crate) fn worker(given: &Given) -> Result<(), Failure> {
    process::run(load(given).map_err(Failure::Usage)?, run)
}

async fn run(loaded: Loaded, signals: Signals) -> Result<(), Failure> {
    let config = &loaded.config;
    let Some(back_end) = jobs::configured(config).filter(|_| config.jobs > 0) else {
        return Err(Failure::Run("A worker that does 0 jobs at once does nothing; see --jobs.".to_owned()));
    };
    let store = store::open_configured(config).await?;
    let live = live::open_configured(config)?;
    process::log_start(&loaded, None);
    let broker = Broker::for_worker(config);
    logging::tell_errors_to(broker.log_stream.clone());
    let (log_stream, jobs) = (broker.log_stream.clone(), config.jobs);
    let worker = chinwag_server::Worker::start(store.store(), live.live(), log_stream, &*back_end, jobs);
    let worker = worker.await.map_err(Failure::new)?;
    drop(store);
    output::tell("doing jobs");
    let worked = worker.until(process::asked_to_end(signals)).await;
    live.close().await;
    broker.leave().await;
    worked.map_err(Failure::new)?;
    tracing::info!("stopped");
    Ok(())
}
