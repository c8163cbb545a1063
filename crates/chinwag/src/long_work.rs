//! Work that takes long: on a thread of its own, shown to whoever looks on, stopped by signals.

mod bar;

use std::time::{Duration, Instant};

use chinwag_store::sqlite::{At, Progress};
use tokio::runtime::Builder;
use tokio::time::{MissedTickBehavior, interval};

use self::bar::Bar;
pub(crate) use self::bar::Size;
use crate::failure::Failure;
use crate::signals::Signals;

#[cfg(test)]
mod tests;

/// Between two looks at the work, each of which is shown.
const LOOK: Duration = Duration::from_millis(100);
/// How long the work may go on when it has to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Does it. The first signal asks it to stop, the second one does not wait for that. `must_end` is asked now and then
/// whether the work has to end by itself; if it does not, it is left where it is.
///
/// # Errors
/// Why it was not done.
pub(crate) fn carry_out<T: Send + 'static>(
    work: impl FnOnce(&Progress) -> Result<T, Failure> + Send + 'static,
    must_end: impl Fn(At) -> bool,
) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("The command cannot run: {error}.")))?;
    let done = runtime.block_on(watch(work, must_end, PATIENCE));
    // A thread that is stuck must not keep the process.
    runtime.shutdown_background();
    done
}

async fn watch<T: Send + 'static>(
    work: impl FnOnce(&Progress) -> Result<T, Failure> + Send + 'static,
    must_end: impl Fn(At) -> bool,
    patience: Duration,
) -> Result<T, Failure> {
    let signals = Signals::take();
    let mut signals =
        signals.map_err(|error| Failure::new(format!("Signals cannot be received: {error}.")))?;
    let progress = Progress::default();
    let its = progress.clone();
    let mut work = tokio::task::spawn_blocking(move || work(&its));
    // Dropped, and wiped away, before anything else is said.
    let mut bar = Bar::new();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_asked = false;
    let mut overdue: Option<Instant> = None;
    loop {
        tokio::select! {
            done = &mut work => {
                return done.unwrap_or_else(|error| Err(Failure::new(format!("The command failed: {error}."))));
            }
            _ = signals.next() => {
                if is_asked {
                    return Err(Failure::new(
                        "Ended at once, as it was asked to twice; an unfinished file may be left.",
                    ));
                }
                is_asked = true;
                progress.stop();
            }
            _ = looks.tick() => {
                bar.show(progress.at());
                if !must_end(progress.at()) {
                    overdue = None;
                } else if overdue.get_or_insert_with(Instant::now).elapsed() > patience {
                    return Err(Failure::new(
                        "The disk that is written to does not answer, and the server needs the room that is held \
                         meanwhile. Ended at once; an unfinished file may be left.",
                    ));
                }
            }
        }
    }
}
