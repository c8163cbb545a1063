//! What anybody was shown is stored, and everybody is shown the same.

use std::collections::HashMap;

use crate::fault::Fault;
use crate::history::{Event, History};
use crate::seen::{Message, Thing};
use crate::stored::{Stored, Target};

pub(super) fn check(histories: &[History], stored: &Stored) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut versions: HashMap<(&str, u64, u64), &Message> = HashMap::new();
    for history in histories {
        for event in &history.events {
            let (stream, through) = match event {
                Event::Heard(frame) | Event::CaughtUp(frame) => (frame.stream.as_str(), frame.rev),
                Event::Loaded { stream, rev, .. } => (stream.as_str(), *rev),
                _ => continue,
            };
            let head = stored.streams.get(stream).map_or(0, |stream| stream.head);
            if through > head {
                let what = format!("revision {through} of {stream}, whose head is {head}");
                faults.push(Fault::SeenNotStored { client: history.client.clone(), what });
            }
            for (_, message) in messages(event) {
                let what = || format!("{message:?} in {stream}");
                let client = || history.client.clone();
                if !is_stored(stored, stream, message) {
                    faults.push(Fault::SeenNotStored { client: client(), what: what() });
                }
                let first = *versions.entry((stream, message.seq, message.rev)).or_insert(message);
                if first != message {
                    faults.push(Fault::TwoTruths { client: client(), what: what() });
                }
            }
        }
    }
    faults
}

/// The messages that an event shows, each with its room.
pub(super) fn messages(event: &Event) -> Box<dyn Iterator<Item = (&str, &Message)> + '_> {
    match event {
        Event::Heard(frame) | Event::CaughtUp(frame) => {
            Box::new(frame.changes.iter().filter_map(|change| match &change.thing {
                Thing::Message(message) => Some((frame.stream.as_str(), message)),
                _ => None,
            }))
        }
        Event::Loaded { stream, messages, .. } => {
            Box::new(messages.iter().map(|message| (stream.as_str(), message)))
        }
        _ => Box::new(std::iter::empty()),
    }
}

/// Whether the version that was shown is or was one of the store's.
fn is_stored(stored: &Stored, room: &str, shown: &Message) -> bool {
    let Some(message) = stored.messages.get(room).and_then(|messages| messages.get(&shown.seq)) else {
        return false;
    };
    let Some(stream) = stored.streams.get(room) else { return false };
    let place = stream.changes.binary_search_by_key(&shown.rev, |change| change.rev);
    let change = place.ok().and_then(|place| stream.changes.get(place));
    let as_now = shown.rev != message.rev || (shown.text == message.text && shown.deleted == message.deleted);
    shown.author.id == message.author
        && as_now
        && change.is_some_and(|change| change.target == Target::Message(shown.seq))
}
