//! Nothing happened in a room that nobody asked for; so what was refused has not happened either, whatever came after it.
//!
//! This counts, so it looks only at rooms of which everybody who was ever there has a history.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::commands::{self, Asked, Fate};
use crate::fault::Fault;
use crate::history::{Command, History};
use crate::stored::{Stored, StoredStream, Target};

/// What a command can do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deed<'a> {
    Posted(&'a str),
    Edited(u64),
    Deleted(u64),
    CameIn(&'a str),
    Went(&'a str),
}

/// What the commands of all histories say about one deed.
#[derive(Default)]
struct Account<'a> {
    /// The revisions at which it was told to be stored.
    done: HashSet<u64>,
    /// How many commands may have done it and may not.
    open: usize,
    /// Those that were told that they did not.
    not_done: Vec<(&'a str, &'a Command)>,
}

pub(super) fn check(histories: &[History], stored: &Stored) -> Vec<Fault> {
    let accounts = accounts(histories, stored);
    let users: HashSet<&str> = histories.iter().map(|history| history.user.as_str()).collect();
    let mut faults = Vec::new();
    for (room, stream) in stored.streams.iter().filter(|(id, _)| stored.rooms.contains_key(*id)) {
        if !is_all_told(room, stream, stored, &users) {
            continue;
        }
        for (deed, revs) in deeds(room, stream, stored) {
            let account = accounts.get(&(room.as_str(), deed));
            let is_accounted = |rev: &u64| account.is_some_and(|account| account.done.contains(rev));
            let revs: Vec<u64> = revs.into_iter().filter(|rev| !is_accounted(rev)).collect();
            let open = account.map_or(0, |account| account.open) + came_by_signing_up(room, deed, stored);
            if revs.len() <= open {
                continue;
            }
            let refused = account.map(|account| account.not_done.as_slice()).unwrap_or_default();
            match refused.first() {
                Some((client, command)) => faults.push(Fault::StoredAllTheSame {
                    client: (*client).to_owned(),
                    what: format!("{command:?}"),
                }),
                None => {
                    faults.push(Fault::NobodyAsked { room: room.clone(), what: format!("{deed:?}"), revs });
                }
            }
        }
    }
    faults
}

/// Whether all of the room's changes are kept and everybody whom they name has a history.
fn is_all_told(room: &str, stream: &StoredStream, stored: &Stored, users: &HashSet<&str>) -> bool {
    let members = stream.changes.iter().filter_map(|change| match &change.target {
        Target::Member(user) => Some(user.as_str()),
        _ => None,
    });
    let authors = stored.messages.get(room).into_iter().flat_map(BTreeMap::values);
    let named: BTreeSet<&str> = members.chain(authors.map(|message| message.author.as_str())).collect();
    stream.floor == 0 && named.iter().all(|user| users.contains(user))
}

/// What happened in a room, and at which revisions. Lines about memberships come with these.
fn deeds<'a>(room: &str, stream: &'a StoredStream, stored: &'a Stored) -> BTreeMap<Deed<'a>, Vec<u64>> {
    let mut deeds: BTreeMap<Deed<'_>, Vec<u64>> = BTreeMap::new();
    let mut is_in: HashSet<&str> = HashSet::new();
    let messages = stored.messages.get(room);
    for change in &stream.changes {
        let deed = match &change.target {
            Target::Message(seq) => {
                let Some(message) = messages.and_then(|messages| messages.get(seq)) else { continue };
                if change.rev == *seq {
                    if !message.is_text {
                        continue;
                    }
                    Deed::Posted(&message.author)
                } else if message.deleted && change.rev == message.rev {
                    Deed::Deleted(*seq)
                } else {
                    Deed::Edited(*seq)
                }
            }
            Target::Member(user) if is_in.insert(user) => Deed::CameIn(user),
            Target::Member(user) => {
                is_in.remove(user.as_str());
                Deed::Went(user)
            }
            Target::Room(_) | Target::Membership(_) | Target::Other => continue,
        };
        deeds.entry(deed).or_default().push(change.rev);
    }
    deeds
}

/// An account begins with a membership that no command asked for: the first of its user's stream.
fn came_by_signing_up(room: &str, deed: Deed<'_>, stored: &Stored) -> usize {
    let Deed::CameIn(user) = deed else { return 0 };
    let first = stored.streams.get(user).and_then(|stream| stream.changes.first());
    usize::from(
        first.is_some_and(|change| matches!(&change.target, Target::Membership(theirs) if theirs == room)),
    )
}

fn accounts<'a>(histories: &'a [History], stored: &'a Stored) -> BTreeMap<(&'a str, Deed<'a>), Account<'a>> {
    let mut accounts: BTreeMap<(&str, Deed<'_>), Account<'_>> = BTreeMap::new();
    for history in histories {
        for asked in commands::of(history) {
            let Some(place) = place(history, &asked, stored) else { continue };
            let account = accounts.entry(place).or_default();
            match asked.fate() {
                Fate::Done(rev) => drop(account.done.insert(rev)),
                Fate::Open => account.open += 1,
                Fate::NotDone => account.not_done.push((&history.client, asked.command)),
            }
        }
    }
    accounts
}

/// The room in which a command does something, and what.
fn place<'a>(history: &'a History, asked: &Asked<'a>, stored: &'a Stored) -> Option<(&'a str, Deed<'a>)> {
    Some(match asked.command {
        Command::Post { room, .. } => (room, Deed::Posted(&history.user)),
        Command::Edit { room, seq, .. } => (room, Deed::Edited(*seq)),
        Command::Delete { room, seq } => (room, Deed::Deleted(*seq)),
        Command::Join { room } => (room, Deed::CameIn(&history.user)),
        Command::Leave { room } => (room, Deed::Went(&history.user)),
        Command::Remove { room, user } => (room, Deed::Went(user)),
        Command::CreateRoom { name } => {
            let (room, _) = stored.rooms.iter().find(|(_, room)| room.name == *name)?;
            (room, Deed::CameIn(&history.user))
        }
    })
}
