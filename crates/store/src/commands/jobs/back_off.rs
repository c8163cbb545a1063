//! When a job that has failed is due again: soon at first, then less and less often, and what has failed together not
//! together again.

use std::time::Duration;

use chinwag_model::Millis;

#[cfg(test)]
mod tests;

/// After the first try, at most.
const FIRST: Duration = Duration::from_secs(1);
/// After any, at most.
const MOST: Duration = Duration::from_secs(3_600);

/// When a job is due again that has failed now, after so many tries.
pub(super) fn again_at(now: Millis, tries: u32) -> Millis {
    now.plus(back_off(tries, getrandom::u32().unwrap_or(u32::MAX)))
}

/// How long to wait after so many tries: between a half and all of what that comes to, by a random number.
fn back_off(tries: u32, random: u32) -> Duration {
    let doubled = 1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX);
    let delay = FIRST.saturating_mul(doubled).min(MOST);
    delay.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
}
