//! The promises, one file each.

mod acknowledged;
mod asked_for;
mod commands;
mod heard;
mod left;
mod memberships;
mod once;
mod pictures;
mod revisions;
mod said;
mod shown;

#[cfg(test)]
mod tests;

use crate::fault::Fault;
use crate::history::History;
use crate::stored::Stored;

/// Everything that cannot be true of both what clients did, heard and know and what is stored.
///
/// What is stored must have been read after the last of the histories' events.
#[must_use]
pub fn check(histories: &[History], stored: &Stored) -> Vec<Fault> {
    let mut faults = revisions::check(stored);
    faults.extend(memberships::check(stored));
    for history in histories {
        let commands = commands::of(history);
        faults.extend(acknowledged::check(history, &commands, stored));
        faults.extend(heard::check(history, stored));
        faults.extend(left::check(history, &commands, stored));
        faults.extend(pictures::check(history, stored));
    }
    faults.extend(once::check(histories, stored));
    faults.extend(asked_for::check(histories, stored));
    faults.extend(said::check(histories, stored));
    faults.extend(shown::check(histories, stored));
    faults
}
