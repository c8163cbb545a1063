//! `chinwag worker --log-stream`: showing or keeping what happens.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chinwag_jobs::amqp::read_log;
use tokio::fs::OpenOptions;
use tokio::io::AsyncWrite;

use crate::commands::process::{self, THREADS_END};
use crate::config::{Given, Loaded, load};
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;

/// Writes what happens to standard output or to the end of a file, until it is asked to end.
pub(crate) fn log_stream(file: Option<PathBuf>, given: &Given) -> Result<(), Failure> {
    process::run(load(given).map_err(Failure::Usage)?, |loaded, signals| run(file, loaded, signals))
}

async fn run(file: Option<PathBuf>, loaded: Loaded, signals: Signals) -> Result<(), Failure> {
    let Some(options) = loaded.config.amqp() else {
        return Err(Failure::Run("What happens is told through RabbitMQ; see --amqp.".to_owned()));
    };
    let (to, name): (Box<dyn AsyncWrite + Send + Unpin>, _) = match &file {
        Some(file) => (open(file).await?, file.display().to_string()),
        None => (Box::new(tokio::io::stdout()), "standard output".to_owned()),
    };
    process::log_start(&loaded, None);
    let (running, failure) = read_log(&options, to);
    if file.is_some() {
        output::tell(&format!("keeping what happens in {name}"));
    }
    let failed = tokio::select! {
        () = process::asked_to_end(signals) => None,
        Ok(error) = failure => Some(error),
    };
    running.stop(THREADS_END).await;
    match failed {
        // Whoever was shown it has seen enough.
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("Nothing more can be written to {name}: {error}.")))
        }
        _ => Ok(()),
    }
}

async fn open(file: &Path) -> Result<Box<dyn AsyncWrite + Send + Unpin>, Failure> {
    let opened = OpenOptions::new().append(true).create(true).open(file).await;
    let opened =
        opened.map_err(|error| Failure::new(format!("{} cannot be opened: {error}.", file.display())))?;
    Ok(Box::new(opened))
}
