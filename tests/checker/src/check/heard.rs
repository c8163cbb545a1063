//! On one connection the changes of a stream come in order, without a hole, each once.

use std::collections::HashMap;

use crate::fault::Fault;
use crate::history::{Command, Event, History};
use crate::seen::Frame;

pub(super) fn check(history: &History) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Up to where each stream was heard on the connection in hand.
    let mut known: HashMap<&str, u64> = HashMap::new();
    for event in &history.events {
        match event {
            Event::Connected => known.clear(),
            // Whoever comes in again hears a room from another place on.
            Event::Sent { command: Command::Join { room }, .. } => {
                known.remove(room.as_str());
            }
            Event::Heard(frame) => {
                if let Some(known) = known.insert(&frame.stream, frame.rev) {
                    faults.extend(follows(history, frame, known));
                }
                faults.extend(ordered(history, frame));
            }
            Event::CaughtUp(frame) => faults.extend(ordered(history, frame)),
            Event::Sent { .. } | Event::Answered { .. } | Event::Loaded { .. } => {}
        }
    }
    faults
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
