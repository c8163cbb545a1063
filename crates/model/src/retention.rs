//! For how long a room keeps its messages.
//!
//! Off unless somebody sets it. What removes more than before is told first, and holds [`NOTICE`] later: whoever wants to
//! keep something can. What removes less holds at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::stream::Millis;

#[cfg(test)]
mod tests;

/// Most days that a rule can name: a hundred years.
pub const RETENTION_DAYS_MAX: u32 = 36_500;
/// How long members know of a rule that removes more before it holds: a day.
pub const NOTICE: Duration = Duration::from_secs(24 * 3_600);

/// A day, in milliseconds.
const DAY_MILLIS: i64 = 24 * 3_600 * 1_000;

/// A number of days, 1 to [`RETENTION_DAYS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Days(u32);

impl Days {
    /// Takes a number of days.
    ///
    /// # Errors
    /// [`Refusal::RetentionInvalid`]: it is 0, or more than [`RETENTION_DAYS_MAX`].
    pub fn new(days: u32) -> Result<Self, Refusal> {
        if (1..=RETENTION_DAYS_MAX).contains(&days) { Ok(Self(days)) } else { Err(Refusal::RetentionInvalid) }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// So many days before a time.
    #[must_use]
    pub fn before(self, at: Millis) -> Millis {
        Millis(at.0.saturating_sub(i64::from(self.0) * DAY_MILLIS))
    }

    /// So many days after a time.
    #[must_use]
    pub fn after(self, at: Millis) -> Millis {
        Millis(at.0.saturating_add(i64::from(self.0) * DAY_MILLIS))
    }
}

impl TryFrom<u32> for Days {
    type Error = Refusal;

    fn try_from(days: u32) -> Result<Self, Refusal> {
        Self::new(days)
    }
}

impl From<Days> for u32 {
    fn from(days: Days) -> Self {
        days.0
    }
}

/// For how long a room keeps its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Messages that are older are removed; `None`: none are.
    pub days: Option<Days>,
    /// What its members were told of and will hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Announced>,
}

/// A rule that will hold. It removes more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// Messages that are older are removed,
    pub days: Days,
    /// from then on.
    pub from: Millis,
}

impl Retention {
    /// Whether everything is kept and nothing else was told.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// The same, as it is at this time: what was to hold from then on holds.
    #[must_use]
    pub fn at(self, now: Millis) -> Self {
        match self.next {
            Some(next) if next.from <= now => Self { days: Some(next.days), next: None },
            _ => self,
        }
    }

    /// The same, after somebody has set another rule; and from when on that holds. What was told before and does not hold
    /// yet is taken back by it, unless it is the same.
    #[must_use]
    pub fn with(self, days: Option<Days>, now: Millis) -> (Self, Millis) {
        let present = self.at(now);
        match (days, present.days, present.next) {
            (Some(days), _, Some(next)) if next.days == days => (present, next.from),
            (Some(days), before, _) if before.is_none_or(|before| days < before) => {
                let from = now.plus(NOTICE);
                (Self { days: before, next: Some(Announced { days, from }) }, from)
            }
            _ => (Self { days, next: None }, now),
        }
    }
}
