//! Whether PostgreSQL is away, and when to try again: soon at first, then less and less often, and never all nodes at
//! the same moment.

use std::time::{Duration, Instant};

use super::failure::Cause;

#[cfg(test)]
mod tests;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(50);
/// At most.
const MOST: Duration = Duration::from_secs(2);

/// Nothing, or the way in which PostgreSQL is away.
#[derive(Default)]
pub(super) struct Outage(Option<Away>);

struct Away {
    reason: String,
    since: Instant,
    delay: Duration,
    again: Instant,
    /// Somebody tries again.
    tried: bool,
}

impl Outage {
    /// Whether a connection may be tried. Of many who ask only one tries.
    ///
    /// # Errors
    /// PostgreSQL is away, and it is too early to try again.
    pub(super) fn may_try(&mut self) -> Result<(), Cause> {
        let Some(away) = &mut self.0 else { return Ok(()) };
        let now = Instant::now();
        if now < away.again {
            return Err(Cause::Away(away.reason.clone()));
        }
        away.again = now + away.delay;
        away.tried = true;
        Ok(())
    }

    /// A connection could not be made, for this reason.
    pub(super) fn begins(&mut self, reason: String) -> Cause {
        let now = Instant::now();
        let away = self.0.get_or_insert_with(|| {
            tracing::error!(reason, "PostgreSQL cannot be reached; it is tried again");
            Away {
                reason: String::new(),
                since: now,
                delay: FIRST,
                again: now + jittered(FIRST),
                tried: false,
            }
        });
        // Whoever had begun before it was known does not make it longer.
        if std::mem::take(&mut away.tried) {
            away.delay = (away.delay * 2).min(MOST);
            away.again = now + jittered(away.delay);
        }
        away.reason.clone_from(&reason);
        Cause::Away(reason)
    }

    /// A connection was made.
    pub(super) fn is_over(&mut self) {
        if let Some(away) = self.0.take() {
            let seconds = away.since.elapsed().as_secs_f64();
            tracing::info!(seconds, "PostgreSQL can be reached again");
        }
    }
}

/// Between half of it and all of it.
fn jittered(delay: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX);
    delay.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
}
