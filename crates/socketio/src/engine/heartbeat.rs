//! One timer for all connections.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::Engine;
use super::registry::Key;
use super::wheel::Wheel;
use crate::engine_io::Timing;

#[cfg(test)]
mod tests;

/// How many connections are looked at before others get their turn.
const SLICE: usize = 256;

/// When which connection is to be looked at.
pub(crate) struct Heartbeats {
    wheel: Mutex<Wheel<Key>>,
    wake: Arc<Notify>,
}

impl Heartbeats {
    pub(super) fn new(timing: &Timing) -> Self {
        let tick = tick(timing);
        let first_ping = timing.ping_interval + most_later(timing);
        let span = first_ping.max(timing.ping_timeout).max(timing.connect_timeout.unwrap_or(0));
        Self { wheel: Mutex::new(Wheel::new(tick, span.max(timing.grace))), wake: Arc::default() }
    }

    pub(super) fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Looks at a connection at this time, or a little after. Returns when.
    pub(super) fn schedule(&self, at: u64, key: Key) -> u64 {
        let mut wheel = self.wheel.lock().unwrap_or_else(PoisonError::into_inner);
        let before = wheel.next_due();
        let at = wheel.insert(at, key);
        if before.is_none_or(|before| at < before) {
            self.wake.notify_one();
        }
        at
    }
}

/// How far apart the times are at which connections are looked at, in milliseconds: much less than a sixteenth of any
/// interval, and not more often than that.
fn tick(timing: &Timing) -> u64 {
    let shortest = timing.ping_interval.min(timing.ping_timeout);
    (shortest.min(timing.connect_timeout.unwrap_or(u64::MAX)) / 64).clamp(1, 250)
}

/// How much later than due a connection may be sent its first ping.
pub(super) fn most_later(timing: &Timing) -> u64 {
    (timing.ping_timeout / 4).min(u64::from(u32::MAX))
}

/// A time up to this, another one for each connection: clients that came together, as after a restart, should not all be
/// asked together.
pub(super) fn spread(key: Key, most: u64) -> u64 {
    // Places follow one another; the golden ratio strews them.
    let strewn = u32::try_from(key.place()).unwrap_or_default().wrapping_mul(0x9e37_79b9);
    (most * u64::from(strewn)) >> 32
}

/// Runs until the engine is gone.
pub(super) async fn run(engine: Weak<Engine>, wake: Arc<Notify>) {
    loop {
        let sleep = {
            let Some(engine) = engine.upgrade() else { return };
            let due =
                engine.heartbeats.wheel.lock().unwrap_or_else(PoisonError::into_inner).advance(engine.now());
            for some in due.chunks(SLICE) {
                look(&engine, some);
                if due.len() > SLICE {
                    tokio::task::yield_now().await;
                }
            }
            let wheel = engine.heartbeats.wheel.lock().unwrap_or_else(PoisonError::into_inner);
            wheel.next_due().map(|due| Duration::from_millis(due.saturating_sub(engine.now())))
        };
        match sleep {
            Some(sleep) => {
                let _ = tokio::time::timeout(sleep, wake.notified()).await;
            }
            None => wake.notified().await,
        }
    }
}

fn look(engine: &Engine, keys: &[Key]) {
    let now = engine.now();
    for key in keys {
        let conn = engine.registry.lock().unwrap_or_else(PoisonError::into_inner).get(*key);
        if let Some(conn) = conn {
            conn.timer(now);
        }
    }
}
