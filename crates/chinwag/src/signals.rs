//! Being asked to end.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT (Ctrl-C) and SIGTERM, from when this is made.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Takes the signals over.
    ///
    /// # Errors
    /// The system does not let it.
    pub(crate) fn take() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one; the answer is its name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }

    /// Waits for another one and then ends the process at once, as somebody wants who asks twice. Nothing that was
    /// acknowledged is lost by that, and it is no fault: what was asked for has happened.
    pub(crate) async fn then_end_at_once(mut self) {
        let name = self.next().await;
        tracing::warn!(signal = name, "asked a second time; ending at once");
        std::process::exit(0);
    }
}
