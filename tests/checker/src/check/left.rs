//! Whoever is not a member any more hears nothing that comes later in the room, and is given no page of it.

use std::collections::BTreeMap;

use super::commands::{Asked, Fate};
use crate::fault::Fault;
use crate::history::{Command, Event, History};
use crate::stored::{Stored, StoredStream, Target};

pub(super) fn check(history: &History, commands: &[Asked<'_>], stored: &Stored) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut comings: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (at, event) in history.events.iter().enumerate() {
        let (room, rev) = match event {
            Event::Heard(frame) | Event::CaughtUp(frame) => (&frame.stream, frame.rev),
            Event::Loaded { stream, rev, .. } => (stream, *rev),
            _ => continue,
        };
        // Where changes were trimmed it is not known who came and went.
        let is_whole = |stream: &&StoredStream| stream.floor == 0 && stored.rooms.contains_key(room);
        let Some(stream) = stored.streams.get(room).filter(is_whole) else { continue };
        let comings = comings.entry(room).or_insert_with(|| comings_and_goings(stream, &history.user));
        let Some((left, back)) = is_out_since(comings, rev) else { continue };
        let told = match event {
            // Who has come in again may hear, a little late, what was said before that.
            Event::Heard(_) if back.is_some_and(|back| had_asked_to_join(commands, room, back, at)) => None,
            Event::Heard(frame) => frame.changes.iter().map(|change| change.rev).find(|&rev| rev > left),
            // Whoever is out is given no page at all.
            _ => Some(rev),
        };
        faults.extend(told.map(|rev| Fault::HeardAfterLeaving {
            client: history.client.clone(),
            room: room.clone(),
            left,
            rev,
        }));
    }
    faults
}

/// Whether the command that made somebody a member at `back` had been sent before the event `at`.
fn had_asked_to_join(commands: &[Asked<'_>], stream: &str, back: u64, at: usize) -> bool {
    commands.iter().any(|asked| {
        let joins = matches!(asked.command, Command::Join { room } if room == stream);
        joins && asked.sent_at < at && matches!(asked.fate(), Fate::Done(rev) if rev == back)
    })
}

/// The revisions at which somebody came into a room and went, in turns.
fn comings_and_goings(stream: &StoredStream, user: &str) -> Vec<u64> {
    let theirs = stream.changes.iter().filter(|change| match &change.target {
        Target::Member(member) => member == user,
        _ => false,
    });
    theirs.map(|change| change.rev).collect()
}

/// When somebody went who is out at `rev` (0 if they had never come), and when they came back if they did.
fn is_out_since(comings: &[u64], rev: u64) -> Option<(u64, Option<u64>)> {
    let until = comings.partition_point(|&coming| coming <= rev);
    if !until.is_multiple_of(2) {
        return None;
    }
    let left = until.checked_sub(1).and_then(|last| comings.get(last)).copied();
    Some((left.unwrap_or_default(), comings.get(until).copied()))
}
