//! Nothing is stored twice.

use std::collections::{BTreeMap, HashMap};

use super::commands::{self, Fate};
use crate::fault::Fault;
use crate::history::{Command, History};
use crate::stored::Stored;

pub(super) fn check(histories: &[History], stored: &Stored) -> Vec<Fault> {
    let mut faults = texts(stored);
    faults.extend(revisions(histories));
    faults.extend(numbers(histories, stored));
    faults
}

/// No two messages say the same, since nobody said the same twice.
fn texts(stored: &Stored) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (room, messages) in &stored.messages {
        let mut times: HashMap<&str, usize> = HashMap::new();
        for text in messages.values().filter_map(|message| message.text.as_deref()) {
            *times.entry(text).or_default() += 1;
        }
        let twice = times.into_iter().filter(|(_, times)| *times > 1);
        faults.extend(twice.map(|(text, times)| Fault::StoredTwice {
            room: room.clone(),
            text: text.to_owned(),
            times,
        }));
    }
    faults
}

/// No two posts or edits are told the same revision.
fn revisions(histories: &[History]) -> Vec<Fault> {
    let mut told: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for history in histories {
        for asked in commands::of(history) {
            if let (Command::Post { room, .. } | Command::Edit { room, .. }, Fate::Done(rev)) =
                (asked.command, asked.fate())
            {
                *told.entry((room, rev)).or_default() += 1;
            }
        }
    }
    let shared = told.into_iter().filter(|(_, times)| *times > 1);
    shared.map(|((room, rev), _)| Fault::SharedRevision { room: room.to_owned(), rev }).collect()
}

/// Nobody has more messages than they sent: this finds doubles whose texts were edited or deleted since.
fn numbers(histories: &[History], stored: &Stored) -> Vec<Fault> {
    let mut sent: HashMap<(&str, &str), usize> = HashMap::new();
    for history in histories {
        for asked in commands::of(history) {
            if let Command::Post { room, .. } = asked.command {
                let may_be = usize::from(asked.fate() != Fate::NotDone);
                *sent.entry((room, &history.user)).or_default() += may_be;
            }
        }
    }
    let found = sent.into_iter().filter_map(|((room, user), sent)| {
        let messages = stored.messages.get(room)?.values();
        let stored = messages.filter(|message| message.is_text && message.author == user).count();
        let fault = Fault::TooMany { room: room.to_owned(), user: user.to_owned(), stored, sent };
        (stored > sent).then_some(fault)
    });
    found.collect()
}
