//! What happened to somebody's connections lately, told where a test gives up on them.

use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

/// How much is remembered.
const ENTRIES: usize = 40;

/// When what happened, the latest last.
#[derive(Debug, Default)]
pub(super) struct Diary(VecDeque<(Instant, String)>);

impl Diary {
    /// Something has just happened.
    pub(super) fn note(&mut self, what: impl Into<String>) {
        if self.0.len() == ENTRIES {
            self.0.pop_front();
        }
        self.0.push_back((Instant::now(), what.into()));
    }
}

impl fmt::Display for Diary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (when, what) in &self.0 {
            write!(f, "\n  {:.1} s ago: {what}", when.elapsed().as_secs_f64())?;
        }
        Ok(())
    }
}
