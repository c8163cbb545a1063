//! The store agrees with itself: each stream's revisions up to its head exist once, and what they name is there.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::stored::{Stored, StoredStream, Target};

pub(super) fn check(stored: &Stored) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (id, stream) in &stored.streams {
        faults.extend(each_once(id, stream));
    }
    for (room, messages) in &stored.messages {
        let last = stored.streams.get(room).map(last_changes).unwrap_or_default();
        let mut before = i64::MIN;
        for (seq, message) in messages {
            let last = last.get(seq).copied();
            if last != Some(message.rev) {
                let (room, seq, rev) = (room.clone(), *seq, message.rev);
                faults.push(Fault::VersionWrong { room, seq, rev, last });
            }
            if message.at < before {
                faults.push(Fault::TimeBackwards { room: room.clone(), seq: *seq });
            }
            before = message.at;
        }
    }
    for (id, room) in &stored.rooms {
        let found = stored.members.get(id).map_or(0, BTreeMap::len) as u64;
        if found != room.members {
            faults.push(Fault::MembersMiscounted { room: id.clone(), told: room.members, found });
        }
    }
    faults
}

fn each_once(id: &str, stream: &StoredStream) -> Vec<Fault> {
    let (floor, head) = (stream.floor, stream.head);
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    for change in &stream.changes {
        *times.entry(change.rev).or_default() += 1;
    }
    let missing = (floor + 1..=head).filter(|rev| !times.contains_key(rev));
    let missing = missing.map(|rev| Fault::RevisionMissing { stream: id.to_owned(), rev, head });
    let others = times.iter().filter_map(|(&rev, &times)| {
        if rev > head {
            Some(Fault::RevisionBeyondHead { stream: id.to_owned(), rev, head })
        } else {
            (times > 1).then(|| Fault::RevisionTwice { stream: id.to_owned(), rev })
        }
    });
    missing.chain(others).collect()
}

/// The last change of each message. A message whose birth was trimmed counts by what is left.
fn last_changes(stream: &StoredStream) -> BTreeMap<u64, u64> {
    let changes = stream.changes.iter().filter_map(|change| match change.target {
        Target::Message(seq) => Some((seq, change.rev)),
        _ => None,
    });
    changes.collect()
}
