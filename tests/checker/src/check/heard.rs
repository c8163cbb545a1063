//! On one connection the changes of a stream come in order, without a hole, each once.
//!
//! Whoever was out of a room in between does not hear what was said then. Who was out and when is told by what is stored,
//! not by when they asked to come in again: their removal may be known to them, by an answer, before they hear the last
//! that was said before it.

use std::collections::HashMap;

use crate::fault::Fault;
use crate::history::{Event, History};
use crate::seen::{Change, Frame, Membership, Thing};
use crate::stored::{Stored, Target};

pub(super) fn check(history: &History, stored: &Stored) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Up to where each stream was heard on the connection in hand.
    let mut heard: HashMap<&str, u64> = HashMap::new();
    // Up to where it was known when that began, by asking or from before.
    let mut known: HashMap<&str, u64> = HashMap::new();
    // Before that a connection may begin with what comes after a hole.
    let mut synced = false;
    for event in &history.events {
        match event {
            Event::Connected => {
                heard.clear();
                synced = false;
            }
            Event::Synced => synced = true,
            Event::Heard(frame) => {
                match heard.insert(&frame.stream, frame.rev) {
                    Some(before) => faults.extend(follows(history, frame, before, stored)),
                    // What was asked for after the connection was made reaches to where that begins.
                    // Who has just come in is told where that begins, and may know less.
                    None if synced && frame.rev > frame.from => {
                        let known = known.get(frame.stream.as_str());
                        faults.extend(known.and_then(|known| hole(history, frame, *known, stored)));
                    }
                    None => {}
                }
                faults.extend(ordered(history, frame));
            }
            Event::CaughtUp(frame) => {
                known.insert(&frame.stream, frame.rev);
                faults.extend(ordered(history, frame));
            }
            Event::Loaded { stream, rev, .. } => {
                known.insert(stream, *rev);
            }
            // What was said until they went may still come, and they do not know where it begins.
            Event::Gone(room) => drop(known.remove(room.as_str())),
            Event::Sent { .. } | Event::Answered { .. } => {}
        }
        if let Event::Heard(frame) | Event::CaughtUp(frame) = event {
            // Whoever knows that they are out of a room does not follow it. When they come in again, it may begin with
            // what was said before they went: another node may be slow to hear of both.
            for room in frame.changes.iter().filter_map(gone) {
                known.remove(room);
                heard.remove(room);
            }
        }
        if let Event::Heard(frame) = event
            && let Some(known) = known.get_mut(frame.stream.as_str())
            && frame.from <= *known
        {
            *known = frame.rev.max(*known);
        }
    }
    faults
}

/// The room that somebody is told not to be in any more.
fn gone(change: &Change) -> Option<&str> {
    match &change.thing {
        Thing::Membership(Membership { room, gone: true }) => Some(&room.id),
        _ => None,
    }
}

fn hole(history: &History, frame: &Frame, known: u64, stored: &Stored) -> Option<Fault> {
    let is_hole = frame.from > known && !was_out(history, frame, known, stored);
    let (client, stream) = (history.client.clone(), frame.stream.clone());
    is_hole.then_some(Fault::Hole { client, stream, known, from: frame.from })
}

fn follows(history: &History, frame: &Frame, known: u64, stored: &Stored) -> Option<Fault> {
    if frame.from < known {
        let (client, stream) = (history.client.clone(), frame.stream.clone());
        return Some(Fault::Duplicate { client, stream, known, from: frame.from, rev: frame.rev });
    }
    hole(history, frame, known, stored)
}

/// Whether somebody who was a member at `known` had gone before this frame begins, as far as is known.
fn was_out(history: &History, frame: &Frame, known: u64, stored: &Stored) -> bool {
    stored.streams.get(&frame.stream).is_some_and(|stream| {
        let between = stream.changes.iter().filter(|change| change.rev > known && change.rev <= frame.from);
        let went = between.map(|change| &change.target).any(|target| match target {
            Target::Member(user) => *user == history.user,
            _ => false,
        });
        went || known < stream.floor
    })
}

/// Within a frame revisions rise, from after its beginning to its end.
fn ordered(history: &History, frame: &Frame) -> Option<Fault> {
    let mut before = frame.from;
    for rev in frame.changes.iter().map(|change| change.rev) {
        if rev <= before || rev > frame.rev {
            let (client, stream) = (history.client.clone(), frame.stream.clone());
            return Some(Fault::Reordered { client, stream, before, rev });
        }
        before = rev;
    }
    None
}
