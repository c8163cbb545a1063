//! What became of each command of a history, over all of its tries.

use std::collections::HashMap;

use crate::history::{Answer, Command, Event, History};

/// A command with all of its answers.
pub(super) struct Asked<'a> {
    pub(super) nonce: &'a str,
    pub(super) command: &'a Command,
    /// How often it was sent.
    pub(super) tries: usize,
    /// In the order in which they came.
    pub(super) answers: Vec<&'a Answer>,
    /// Where among the history's events it was first sent.
    pub(super) sent_at: usize,
    /// Where among the history's events it was first told to be stored.
    pub(super) done_at: Option<usize>,
}

/// What is known to have become of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is stored, at this revision.
    Done(u64),
    /// It is not stored.
    NotDone,
    /// Either may be.
    Open,
}

impl Asked<'_> {
    pub(super) fn fate(&self) -> Fate {
        let done = self.answers.iter().find_map(|answer| match answer {
            Answer::Done { rev, .. } => Some(*rev),
            _ => None,
        });
        if let Some(rev) = done {
            return Fate::Done(rev);
        }
        let refused = matches!(self.answers.last(), Some(Answer::Refused(_)));
        let never = self.answers.len() == self.tries
            && self.answers.iter().all(|answer| **answer == Answer::NotStored);
        if refused || never { Fate::NotDone } else { Fate::Open }
    }
}

/// All commands of a history in the order in which they were first sent.
pub(super) fn of(history: &History) -> Vec<Asked<'_>> {
    let mut commands: Vec<Asked<'_>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, event) in history.events.iter().enumerate() {
        match event {
            Event::Sent { nonce, command } => {
                let place = *places.entry(nonce).or_insert_with(|| {
                    commands.push(Asked {
                        nonce,
                        command,
                        tries: 0,
                        answers: Vec::new(),
                        sent_at: at,
                        done_at: None,
                    });
                    commands.len() - 1
                });
                if let Some(asked) = commands.get_mut(place) {
                    asked.tries += 1;
                }
            }
            Event::Answered { nonce, answer } => {
                let asked = places.get(nonce.as_str()).and_then(|place| commands.get_mut(*place));
                if let Some(asked) = asked {
                    if matches!(answer, Answer::Done { .. }) {
                        asked.done_at.get_or_insert(at);
                    }
                    asked.answers.push(answer);
                }
            }
            _ => {}
        }
    }
    commands
}
