//! What a client knows in the end is what is stored.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::fault::Fault;
use crate::history::History;
use crate::picture::{Picture, RoomPicture};
use crate::seen::Message;
use crate::stored::{Stored, StoredMember, StoredMessage};

pub(super) fn check(history: &History, stored: &Stored) -> Vec<Fault> {
    let Some(picture) = &history.picture else { return Vec::new() };
    let differences = differences(picture, &history.user, stored);
    let client = &history.client;
    differences.into_iter().map(|what| Fault::PictureDiffers { client: client.clone(), what }).collect()
}

fn differences(picture: &Picture, user: &str, stored: &Stored) -> Vec<String> {
    let mut found = Vec::new();
    let open = stored.rooms.iter().map(|(id, room)| (id.clone(), room.name.clone())).collect();
    found.extend(difference("open rooms", &picture.open, &open));
    let theirs = stored.members.iter().filter(|(_, members)| members.contains_key(user));
    let theirs: BTreeMap<&String, _> = theirs.collect();
    for (stream, cursor) in &picture.cursors {
        let head = stored.streams.get(stream).map(|stream| stream.head);
        if Some(cursor.rev) != head {
            found.push(format!("it knows {stream} up to {}, whose head is {head:?}", cursor.rev));
        }
    }
    for room in theirs.keys().filter(|room| !picture.rooms.contains_key(**room)) {
        found.push(format!("it does not know that they are in {room}"));
    }
    for (room, known) in &picture.rooms {
        match theirs.get(room) {
            None => found.push(format!("it has {room}, which they are not in")),
            Some(members) => found.extend(in_room(room, known, members, stored)),
        }
    }
    found
}

fn in_room(
    room: &str,
    known: &RoomPicture,
    members: &BTreeMap<String, StoredMember>,
    stored: &Stored,
) -> Vec<String> {
    let none = BTreeMap::new();
    let messages = stored.messages.get(room).unwrap_or(&none);
    let shown: BTreeMap<u64, _> =
        known.messages.iter().map(|(seq, message)| (*seq, shown(message))).collect();
    let messages = messages.iter().map(|(seq, message)| (*seq, to_be_shown(message))).collect();
    let of_messages = difference(&format!("messages of {room}"), &shown, &messages);
    let roles = members.iter().map(|(user, member)| (user.clone(), member.role.clone())).collect();
    let of_members = difference(&format!("members of {room}"), &known.members, &roles);
    of_messages.into_iter().chain(of_members).collect()
}

/// Version, author, text, whether it is a text, whether it was deleted.
type Shown<'a> = (u64, &'a str, Option<&'a str>, bool, bool);

fn shown(message: &Message) -> Shown<'_> {
    let is_text = message.kind.is_none();
    (message.rev, &message.author.id, message.text.as_deref(), is_text, message.deleted)
}

fn to_be_shown(message: &StoredMessage) -> Shown<'_> {
    (message.rev, &message.author, message.text.as_deref(), message.is_text, message.deleted)
}

/// The first thing in which two lists differ, and how many do.
fn difference<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    known: &BTreeMap<K, V>,
    stored: &BTreeMap<K, V>,
) -> Option<String> {
    let keys = known.keys().chain(stored.keys().filter(|key| !known.contains_key(key)));
    let mut differing = keys.filter(|key| known.get(key) != stored.get(key));
    let first = differing.next()?;
    let (known, stored) = (known.get(first), stored.get(first));
    Some(format!(
        "{what}: {first:?} is known as {known:?} and stored as {stored:?}, and {} more",
        differing.count()
    ))
}
