//! `chinwag worker`: doing jobs and nothing else.

use crate::broker::Broker;
use crate::commands::serve::{THREADS_END, log_start, runtime};
use crate::config::{Given, Loaded, load};
use crate::failure::Failure;
use crate::signals::Signals;
use crate::{jobs, live, logging, output, store};

/// Does jobs until it is asked to end.
pub(crate) fn worker(given: &Given) -> Result<(), Failure> {
    let loaded = load(given).map_err(Failure::Usage)?;
    logging::start(&loaded.config.log, loaded.config.log_format);
    let runtime = runtime(&loaded.config)?;
    let ended = runtime.block_on(run(loaded));
    runtime.shutdown_timeout(THREADS_END);
    ended
}

async fn run(loaded: Loaded) -> Result<(), Failure> {
    let mut signals =
        Signals::take().map_err(|error| Failure::new(format!("Signals cannot be received: {error}.")))?;
    let config = &loaded.config;
    let Some(back_end) = jobs::configured(config).filter(|_| config.jobs > 0) else {
        return Err(Failure::Run("A worker that does 0 jobs at once does nothing; see --jobs.".to_owned()));
    };
    let store = store::open_configured(config).await?;
    let live = live::open_configured(config)?;
    log_start(&loaded, None);
    let broker = Broker::for_worker(config);
    logging::tell_errors_to(broker.log_stream.clone());
    let (log_stream, jobs) = (broker.log_stream.clone(), config.jobs);
    let worker = chinwag_server::Worker::start(store.store(), live.live(), log_stream, &*back_end, jobs);
    let worker = worker.await.map_err(Failure::new)?;
    drop(store);
    output::tell("doing jobs");
    let stop = async move {
        let signal = signals.next().await;
        tracing::info!(signal, "stopping");
        tokio::spawn(signals.then_end_at_once());
    };
    let worked = worker.until(stop).await;
    live.close().await;
    broker.leave().await;
    worked.map_err(Failure::new)?;
    tracing::info!("stopped");
    Ok(())
}
