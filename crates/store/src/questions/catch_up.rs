//! What all back ends have in common when somebody catches up: what an answer may hold, and what it leaves out.

use std::collections::HashMap;

use chinwag_model::change::State;
use chinwag_model::{Body, ChangeKind, Rev};

use crate::commands::Target;
use crate::{SYNC_BYTES, SYNC_CHANGES};

/// What is left of an answer's size.
pub(crate) struct Budget {
    /// Change rows that may still be gone through.
    pub(crate) changes: usize,
    bytes: usize,
}

impl Budget {
    /// That of an answer with nothing in it.
    pub(crate) const fn new() -> Self {
        Self { changes: SYNC_CHANGES, bytes: SYNC_BYTES }
    }

    /// Whether nothing more may be put in.
    pub(crate) const fn is_spent(&self) -> bool {
        self.changes == 0 || self.bytes == 0
    }

    /// Goes through one change row.
    pub(crate) fn take_change(&mut self) {
        self.changes = self.changes.saturating_sub(1);
    }

    /// Puts a state in. Says whether there is room for more.
    pub(crate) fn take_state(&mut self, state: &State) -> bool {
        self.bytes = self.bytes.saturating_sub(size(state));
        self.bytes > 0
    }
}

/// A change row. The kind is unknown if a newer version wrote it: who knows it will ask again.
#[derive(Clone, Copy)]
pub(crate) struct ChangeRow {
    pub(crate) rev: Rev,
    pub(crate) kind: Option<ChangeKind>,
    pub(crate) target: Target,
}

/// Of these rows, in order, which are the last of their target: those stand for all of them.
pub(crate) struct Last(HashMap<(Option<ChangeKind>, Target), Rev>);

impl Last {
    /// Among these.
    pub(crate) fn of(rows: &[ChangeRow]) -> Self {
        Self(rows.iter().map(|row| ((row.kind, row.target), row.rev)).collect())
    }

    /// What changed, if this row stands for it.
    pub(crate) fn stands_for(&self, row: &ChangeRow) -> Option<ChangeKind> {
        row.kind.filter(|_| self.0.get(&(row.kind, row.target)) == Some(&row.rev))
    }
}

/// About how many bytes a state takes in an answer.
fn size(state: &State) -> usize {
    const FRAME: usize = 200;
    match state {
        State::Message(message) => match &message.body {
            Body::Text { text, .. } => FRAME + text.len(),
            _ => FRAME,
        },
        _ => FRAME,
    }
}
