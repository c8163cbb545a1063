//! What a message says, in each version that anybody was shown and in the one that is stored, its author said there.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::commands::{self, Fate};
use super::shown;
use crate::fault::Fault;
use crate::history::{Command, History};
use crate::stored::Stored;

/// What somebody said somewhere.
struct Said {
    /// The message that it was to replace the text of; none where it was posted.
    seq: Option<u64>,
    fate: Fate,
}

/// A version of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version<'a> {
    room: &'a str,
    seq: u64,
    rev: u64,
    author: &'a str,
    text: &'a str,
}

pub(super) fn check(histories: &[History], stored: &Stored) -> Vec<Fault> {
    let users: HashSet<&str> = histories.iter().map(|history| history.user.as_str()).collect();
    let mut said: HashMap<(&str, &str, &str), Vec<Said>> = HashMap::new();
    for history in histories {
        for asked in commands::of(history) {
            let (room, text, seq) = match asked.command {
                Command::Post { room, text } => (room, text, None),
                Command::Edit { room, seq, text } => (room, text, Some(*seq)),
                _ => continue,
            };
            let one = Said { seq, fate: asked.fate() };
            said.entry((room, &history.user, text)).or_default().push(one);
        }
    }
    // Of those who have no history it is not known what they said.
    let versions = versions(histories, stored).into_iter().filter(|version| users.contains(version.author));
    let never_said = versions.filter(|version| {
        let theirs = said.get(&(version.room, version.author, version.text));
        !theirs.into_iter().flatten().any(|said| said.is(version))
    });
    never_said.map(Version::fault).collect()
}

impl Said {
    /// Whether this can have become that version.
    fn is(&self, version: &Version<'_>) -> bool {
        let is_its_place = match self.seq {
            None => version.rev == version.seq,
            Some(seq) => seq == version.seq && version.rev > seq,
        };
        let is_its_rev = match self.fate {
            Fate::Done(rev) => rev == version.rev,
            Fate::Open => true,
            Fate::NotDone => false,
        };
        is_its_place && is_its_rev
    }
}

impl Version<'_> {
    fn fault(self) -> Fault {
        let Self { room, seq, rev, text, .. } = self;
        Fault::NeverSaid { room: room.to_owned(), seq, rev, text: text.to_owned() }
    }
}

/// Every version that anybody was shown or that is stored and that says something, each once.
fn versions<'a>(histories: &'a [History], stored: &'a Stored) -> BTreeSet<Version<'a>> {
    let mut versions = BTreeSet::new();
    for event in histories.iter().flat_map(|history| &history.events) {
        for (room, message) in shown::messages(event) {
            let Some(text) = &message.text else { continue };
            let (seq, rev, author) = (message.seq, message.rev, message.author.id.as_str());
            versions.insert(Version { room, seq, rev, author, text });
        }
    }
    for (room, messages) in &stored.messages {
        for (&seq, message) in messages {
            let Some(text) = &message.text else { continue };
            let (rev, author) = (message.rev, message.author.as_str());
            versions.insert(Version { room, seq, rev, author, text });
        }
    }
    versions
}
