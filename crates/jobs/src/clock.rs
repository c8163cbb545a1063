//! The time of day on this machine, for histories that people read. What is due is judged by the store's or the broker's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use chinwag_model::Millis;

pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
