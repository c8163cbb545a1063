//! For how long a room keeps its messages, in words.

use chinwag_model::{Days, Millis, Retention};

use crate::times;

#[cfg(test)]
mod tests;

/// What everybody in the room is told, as it is at this time; nothing where everything is kept.
pub(super) fn rule(retention: Retention, now: Millis) -> Option<String> {
    let Retention { days: kept, next } = retention.at(now);
    let present = kept.map(|kept| format!("Messages are kept for {}.", days(kept)));
    let future = next.map(|next| {
        format!("From {} on, messages older than {} are removed.", times::human(&next.from), days(next.days))
    });
    match (present, future) {
        (Some(present), Some(future)) => Some(format!("{present} {future}")),
        (present, future) => present.or(future),
    }
}

/// What somebody did who has set it, behind their name.
pub(super) fn line(kept: Option<&Days>, from: &Millis) -> String {
    match kept {
        Some(kept) => {
            format!(
                "set that from {} on, messages older than {} are removed",
                times::human(from),
                days(*kept)
            )
        }
        None => "set that messages are kept for ever".to_owned(),
    }
}

fn days(kept: Days) -> String {
    if kept.get() == 1 { "1 day".to_owned() } else { format!("{} days", kept.get()) }
}
