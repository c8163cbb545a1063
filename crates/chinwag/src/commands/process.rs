//! What commands have in common that run until they are asked to end.

use std::time::Duration;

use chinwag_jobs::amqp::Address;
use tokio::runtime::{Builder, Runtime};

use crate::config::advice::advice;
use crate::config::{Config, Loaded};
use crate::failure::Failure;
use crate::signals::Signals;
use crate::{logging, version};

/// How long threads may take to end once everything is stored.
pub(super) const THREADS_END: Duration = Duration::from_secs(1);
/// Threads for blocking work; they are made when they are needed.
const BLOCKING_THREADS: usize = 8;

/// Runs one, with the log and the threads that were configured.
pub(super) fn run<F: Future<Output = Result<(), Failure>>>(
    loaded: Loaded,
    command: impl FnOnce(Loaded, Signals) -> F,
) -> Result<(), Failure> {
    logging::start(&loaded.config.log, loaded.config.log_format);
    let runtime = runtime(&loaded.config)?;
    let ended = runtime.block_on(async {
        // Before anything else: whoever asks it to end at once is heard.
        let signals =
            Signals::take().map_err(|error| Failure::new(format!("Signals cannot be received: {error}.")))?;
        command(loaded, signals).await
    });
    // Everything is stored by now; a thread that still works does so for nobody.
    runtime.shutdown_timeout(THREADS_END);
    ended
}

fn runtime(config: &Config) -> Result<Runtime, Failure> {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().thread_name("chinwag-worker");
    builder.max_blocking_threads(BLOCKING_THREADS);
    if let Some(threads) = config.threads {
        builder.worker_threads(threads);
    }
    builder.build().map_err(|error| Failure::new(format!("Threads cannot be started: {error}.")))
}

/// Waits until it is asked to end. Asked once more, it ends at once.
pub(super) async fn asked_to_end(mut signals: Signals) {
    let signal = signals.next().await;
    tracing::info!(signal, "stopping");
    tokio::spawn(signals.then_end_at_once());
}

/// Logs what runs here and with what, and what is odd about that.
pub(super) fn log_start(loaded: &Loaded, descriptors: Option<u64>) {
    let config = &loaded.config;
    let data = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
    let place = config.database.as_ref().map(|address| address.shown().to_owned());
    tracing::info!(
        version = chinwag_server::VERSION,
        commit = version::COMMIT,
        data = %place.unwrap_or_else(|| data.display().to_string()),
        redis = config.redis.as_ref().map(|address| address.shown().to_owned()),
        amqp = config.amqp.as_ref().map(Address::shown),
        configuration = loaded.file.as_deref().map(|path| path.display().to_string()),
        descriptors,
        "starting"
    );
    for sentence in advice(loaded, descriptors) {
        tracing::warn!("{sentence}");
    }
}
