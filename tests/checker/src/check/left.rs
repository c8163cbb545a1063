//! Whoever is not a member any more hears nothing that comes later in the room.

use std::collections::BTreeMap;

use super::commands::{Asked, Fate};
use crate::fault::Fault;
use crate::history::{Command, Event, History};
use crate::stored::{Stored, StoredStream, Target};

pub(super) fn check(history: &History, commands: &[Asked<'_>], stored: &Stored) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut comings: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (at, event) in history.events.iter().enumerate() {
        let Event::Heard(frame) = event else { continue };
        let Some(stream) = stored.streams.get(&frame.stream) else { continue };
        let comings =
            comings.entry(&frame.stream).or_insert_with(|| comings_and_goings(stream, &history.user));
        let Some((left, back)) = is_out_since(comings, frame.rev) else { continue };
        // Who has come in again may hear, a little late, what was said before that.
        if back.is_some_and(|back| had_asked_to_join(commands, &frame.stream, back, at)) {
            continue;
        }
        if let Some(change) = frame.changes.iter().find(|change| change.rev > left) {
            faults.push(Fault::HeardAfterLeaving {
                client: history.client.clone(),
                room: frame.stream.clone(),
                left,
                rev: change.rev,
            });
        }
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

/// When somebody went who is out at `rev`, and when they came back if they did.
fn is_out_since(comings: &[u64], rev: u64) -> Option<(u64, Option<u64>)> {
    let until = comings.partition_point(|&coming| coming <= rev);
    if until == 0 || !until.is_multiple_of(2) {
        return None;
    }
    comings.get(until - 1).map(|left| (*left, comings.get(until).copied()))
}
