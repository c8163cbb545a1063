//! On one connection the changes of a stream come in order, without a hole, each once.

use std::collections::HashMap;

use crate::fault::Fault;
use crate::history::{Command, Event, History};
use crate::seen::Frame;

pub(super) fn check(history: &History) -> Vec<Fault> {
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
            // Whoever comes in again hears a room from another place on.
            Event::Sent { command: Command::Join { room }, .. } => {
                heard.remove(room.as_str());
                known.remove(room.as_str());
            }
            Event::Heard(frame) => {
                match heard.insert(&frame.stream, frame.rev) {
                    Some(before) => faults.extend(follows(history, frame, before)),
                    // What was asked for after the connection was made reaches to where that begins.
                    None if synced => {
                        faults.extend(begins(history, frame, known.get(frame.stream.as_str())));
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
            Event::Sent { .. } | Event::Answered { .. } => {}
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

fn begins(history: &History, frame: &Frame, known: Option<&u64>) -> Option<Fault> {
    let &known = known.filter(|known| frame.from > **known)?;
    let (client, stream) = (history.client.clone(), frame.stream.clone());
    Some(Fault::Hole { client, stream, known, from: frame.from })
}

fn follows(history: &History, frame: &Frame, known: u64) -> Option<Fault> {
    let (client, stream) = (history.client.clone(), frame.stream.clone());
    if frame.from > known {
        Some(Fault::Hole { client, stream, known, from: frame.from })
    } else if frame.from < known {
        Some(Fault::Duplicate { client, stream, known, from: frame.from, rev: frame.rev })
    } else {
        None
    }
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
