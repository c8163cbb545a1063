//! Who is a member is what the changes of memberships say, and each of these is in the room's stream and in the user's.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::Fault;
use crate::stored::{Stored, StoredStream, Target};

/// The revisions at which a membership changed, by room and user: somebody comes in and goes in turns.
type Turns<'a> = BTreeMap<(&'a str, &'a str), Vec<u64>>;

pub(super) fn check(stored: &Stored) -> Vec<Fault> {
    let of_rooms = turns(stored, |stream, target| match target {
        Target::Member(user) => Some((stream, user)),
        _ => None,
    });
    let of_users = turns(stored, |stream, target| match target {
        Target::Membership(room) => Some((room, stream)),
        _ => None,
    });
    let members = stored.members.iter();
    let members =
        members.flat_map(|(room, users)| users.keys().map(move |user| (room.as_str(), user.as_str())));
    let all: BTreeSet<(&str, &str)> =
        members.chain(of_rooms.keys().copied()).chain(of_users.keys().copied()).collect();
    let mut faults = Vec::new();
    for (room, user) in all {
        let wrong =
            |what: String| Fault::MembershipWrong { room: room.to_owned(), user: user.to_owned(), what };
        // Where changes were trimmed nothing can be counted.
        if !is_whole(stored, room) {
            continue;
        }
        let in_room = of_rooms.get(&(room, user)).map(Vec::as_slice).unwrap_or_default();
        let since = stored.members.get(room).and_then(|users| users.get(user)).map(|member| member.since);
        let told = if in_room.len().is_multiple_of(2) { None } else { in_room.last().copied() };
        if since != told {
            faults
                .push(wrong(format!("they are a member since {since:?}, and by {in_room:?} since {told:?}")));
        }
        let in_user = of_users.get(&(room, user)).map(Vec::as_slice).unwrap_or_default();
        if is_whole(stored, user) && in_user.len() != in_room.len() {
            faults.push(wrong(format!("the room's stream has {in_room:?}, and the user's has {in_user:?}")));
        }
    }
    faults
}

fn turns<'a>(
    stored: &'a Stored,
    of: impl Fn(&'a str, &'a Target) -> Option<(&'a str, &'a str)>,
) -> Turns<'a> {
    let mut turns = Turns::new();
    for (id, stream) in &stored.streams {
        for change in &stream.changes {
            if let Some(place) = of(id, &change.target) {
                turns.entry(place).or_default().push(change.rev);
            }
        }
    }
    turns
}

fn is_whole(stored: &Stored, stream: &str) -> bool {
    stored.streams.get(stream).is_none_or(|stream: &StoredStream| stream.floor == 0)
}
