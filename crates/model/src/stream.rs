//! Streams: revisions, epochs and cursors.

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// The number of a change within its stream: 1, 2, 3 … without holes; 0 is "before the first". Below 2^53, so that it is
/// exact as a JavaScript number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rev(pub u64);

impl Rev {
    /// Whether this is "before the first".
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The revision before this one; that of 0 is 0.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl std::fmt::Display for Rev {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Milliseconds since 1970-01-01 UTC on the server's clock. Shown, never used for order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// So much later; as late as there is if that is later still.
    #[must_use]
    pub fn plus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// So much earlier; as early as there is if that is earlier still.
    #[must_use]
    pub fn minus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Names one unbroken history of the installation. A restore from a backup starts another, since revisions that clients
/// have seen may now be given to other changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(pub u64);

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::fmt::Debug for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Epoch({self})")
    }
}

impl Serialize for Epoch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let digits = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match u64::from_str_radix(&text, 16) {
            Ok(number) if digits => Ok(Self(number)),
            _ => Err(serde::de::Error::custom("an epoch has 16 hexadecimal digits")),
        }
    }
}

/// "I know everything of this stream up to `rev`, in this epoch."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The history in which `rev` counts.
    pub epoch: Epoch,
    /// The last change that is known.
    pub rev: Rev,
}

/// What a cursor says, held against a stream as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is missing.
    UpToDate,
    /// Changes after the cursor are missing and can be had.
    Behind,
    /// The cursor cannot be continued: load afresh.
    Reset,
}

impl Cursor {
    /// Holds the cursor against a stream whose changes `floor < rev <= head` are kept. `since` is the revision before
    /// which the reader may not continue (where their present membership began), 0 if there is none.
    pub fn standing(self, epoch: Epoch, floor: Rev, head: Rev, since: Rev) -> Standing {
        if self.epoch != epoch || self.rev > head || self.rev < floor || self.rev < since {
            Standing::Reset
        } else if self.rev == head {
            Standing::UpToDate
        } else {
            Standing::Behind
        }
    }
}
