//! The checker finds each fault in a history that has it, and none in a good one.

use std::collections::BTreeMap;

use super::check;
use crate::fault::Fault;
use crate::history::{Answer, Command, Event, History};
use crate::picture::{Cursor, Picture, RoomPicture};
use crate::seen::{Change, Frame, Membership, Message, Person, Room, Thing};
use crate::stored::{Stored, StoredChange, StoredMember, StoredMessage, StoredRoom, StoredStream, Target};

const ROOM: &str = "garden";
const EPOCH: &str = "e";

fn message(seq: u64, rev: u64, text: &str) -> Message {
    let author = Person { id: "ann".to_owned() };
    Message { seq, rev, author, text: Some(text.to_owned()), deleted: false, kind: None }
}

fn frame(from: u64, messages: &[Message]) -> Frame {
    let changes: Vec<Change> = messages
        .iter()
        .map(|message| Change { rev: message.rev, thing: Thing::Message(message.clone()) })
        .collect();
    let rev = changes.last().map_or(from, |change| change.rev);
    Frame { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), from, rev, changes }
}

fn sent(nonce: &str, command: &Command) -> Event {
    Event::Sent { nonce: nonce.to_owned(), command: command.clone() }
}

fn done(nonce: &str, rev: u64) -> Event {
    let answer = Answer::Done { rev, repeated: false, room: None };
    Event::Answered { nonce: nonce.to_owned(), answer }
}

fn answered(nonce: &str, answer: Answer) -> Event {
    Event::Answered { nonce: nonce.to_owned(), answer }
}

fn post(text: &str) -> Command {
    Command::Post { room: ROOM.to_owned(), text: text.to_owned() }
}

/// A room where Ann, its one member since revision 1 because that is where new accounts land, posted "one" (2) and "two" (3), and then edited "one" (4).
fn stored() -> Stored {
    let mut stored = Stored::default();
    let change = |rev, target| StoredChange { rev, target };
    let changes = vec![
        change(1, Target::Member("ann".to_owned())),
        change(2, Target::Message(2)),
        change(3, Target::Message(3)),
        change(4, Target::Message(2)),
    ];
    stored.streams.insert(ROOM.to_owned(), StoredStream { head: 4, floor: 0, changes });
    let message = |rev, at, text: &str| StoredMessage {
        rev,
        author: "ann".to_owned(),
        at,
        is_text: true,
        text: Some(text.to_owned()),
        deleted: false,
    };
    let messages = [(2, message(4, 10, "one, edited")), (3, message(3, 11, "two"))];
    stored.messages.insert(ROOM.to_owned(), messages.into());
    let membership = vec![change(1, Target::Membership(ROOM.to_owned()))];
    stored.streams.insert("ann".to_owned(), StoredStream { head: 1, floor: 0, changes: membership });
    let owner = StoredMember { role: "owner".to_owned(), since: 1 };
    stored.members.insert(ROOM.to_owned(), [("ann".to_owned(), owner)].into());
    stored.rooms.insert(ROOM.to_owned(), StoredRoom { name: "Garden".to_owned(), members: 1 });
    stored
}

/// What Ann knows after all of that.
fn picture() -> Picture {
    let mut picture = Picture { user: "ann".to_owned(), ..Picture::default() };
    picture.loaded(ROOM, Cursor { epoch: EPOCH.to_owned(), rev: 4 });
    picture.open.insert(ROOM.to_owned(), "Garden".to_owned());
    let room: &mut RoomPicture = picture.rooms.get_mut(ROOM).unwrap();
    room.message(&message(2, 4, "one, edited"));
    room.message(&message(3, 3, "two"));
    room.members.insert("ann".to_owned(), "owner".to_owned());
    picture
}

fn edit() -> Command {
    Command::Edit { room: ROOM.to_owned(), seq: 2, text: "one, edited".to_owned() }
}

/// What Ann did and heard.
fn good() -> History {
    let events = vec![
        Event::Connected,
        Event::Loaded { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), rev: 1, messages: Vec::new() },
        sent("1", &post("one")),
        done("1", 2),
        Event::Heard(frame(1, &[message(2, 2, "one")])),
        sent("2", &post("two")),
        Event::Heard(frame(2, &[message(3, 3, "two")])),
        // The line was cut before the answer came.
        Event::Connected,
        sent("2", &post("two")),
        done("2", 3),
        sent("3", &edit()),
        done("3", 4),
        Event::CaughtUp(frame(3, &[message(2, 4, "one, edited")])),
    ];
    History { client: "Ann".to_owned(), user: "ann".to_owned(), events, picture: Some(picture()) }
}

#[track_caller]
fn finds(history: History, stored: &Stored, is_it: impl Fn(&Fault) -> bool) {
    let faults = check(&[history], stored);
    assert!(faults.iter().any(is_it), "it is not found: {faults:?}");
}

macro_rules! finds {
    ($history:expr, $stored:expr, $fault:pat) => {
        finds($history, &$stored, |fault| matches!(fault, $fault))
    };
}

// Here, because what comes after a macro may use it.
mod commands;
mod memberships;

/// The good history with something more at its end.
fn with(events: &[Event]) -> History {
    let mut history = good();
    history.events.extend_from_slice(events);
    history
}

/// Ann's commands, and then this.
fn after_commands(events: &[Event]) -> Vec<Event> {
    let is_of_command = |event: &Event| matches!(event, Event::Sent { .. } | Event::Answered { .. });
    let mut all: Vec<Event> = good().events.into_iter().filter(is_of_command).collect();
    all.extend_from_slice(events);
    all
}

#[test]
fn a_good_history_has_no_fault() {
    assert_eq!(check(&[good()], &stored()), []);
}

#[test]
fn revisions_that_are_missing_doubled_or_too_many() {
    let mut missing = stored();
    missing.streams.get_mut(ROOM).unwrap().changes.remove(1);
    finds!(good(), missing, Fault::RevisionMissing { rev: 2, .. });
    let mut doubled = stored();
    let changes = &mut doubled.streams.get_mut(ROOM).unwrap().changes;
    changes.push(changes[1].clone());
    finds!(good(), doubled, Fault::RevisionTwice { rev: 2, .. });
    let mut beyond = stored();
    beyond.streams.get_mut(ROOM).unwrap().head = 3;
    finds!(good(), beyond, Fault::RevisionBeyondHead { rev: 4, .. });
    let mut nameless = stored();
    nameless.streams.get_mut(ROOM).unwrap().changes[3].target = Target::Message(3);
    finds!(good(), nameless, Fault::VersionWrong { seq: 2, .. });
}

#[test]
fn trimmed_revisions_are_not_missing() {
    let mut trimmed = stored();
    let stream = trimmed.streams.get_mut(ROOM).unwrap();
    stream.floor = 1;
    stream.changes.remove(0);
    assert_eq!(check(&[good()], &trimmed), []);
}

#[test]
fn times_and_numbers_of_members() {
    let mut backwards = stored();
    backwards.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap().at = 9;
    finds!(good(), backwards, Fault::TimeBackwards { seq: 3, .. });
    let mut miscounted = stored();
    miscounted.rooms.get_mut(ROOM).unwrap().members = 2;
    finds!(good(), miscounted, Fault::MembersMiscounted { told: 2, found: 1, .. });
}

#[test]
fn a_seq_that_does_not_rise() {
    // The first two posts, with each other's revisions.
    let mut swapped = good();
    for event in &mut swapped.events {
        match event {
            Event::Sent { nonce, command } if nonce == "1" => *command = post("two"),
            Event::Sent { nonce, command } if nonce == "2" => *command = post("one"),
            Event::Answered { nonce, answer: Answer::Done { rev, .. } } if nonce == "1" => *rev = 3,
            Event::Answered { nonce, answer: Answer::Done { rev, .. } } if nonce == "2" => *rev = 2,
            _ => {}
        }
    }
    finds!(swapped, stored(), Fault::SeqNotRising { first: 3, second: 2, .. });
    // Sent on one connection, the second before the first was answered.
    let mut together = good();
    together.events =
        vec![Event::Connected, sent("2", &post("two")), sent("1", &post("one")), done("1", 2), done("2", 3)];
    finds!(together, stored(), Fault::SeqNotRising { first: 3, second: 2, .. });
}

#[test]
fn posts_of_two_connections_may_overtake_each_other() {
    let mut history = good();
    history.events = vec![
        Event::Connected,
        sent("2", &post("two")),
        Event::Connected,
        sent("1", &post("one")),
        done("1", 2),
        sent("2", &post("two")),
        done("2", 3),
        sent("3", &edit()),
        done("3", 4),
    ];
    assert_eq!(check(&[history], &stored()), []);
}

#[test]
fn a_hole_a_duplicate_and_a_reordering() {
    let two = message(3, 3, "two");
    let edited = message(2, 4, "one, edited");
    let mut hole = good();
    let one = Event::Heard(frame(1, &[message(2, 2, "one")]));
    let four = Event::Heard(frame(3, std::slice::from_ref(&edited)));
    hole.events = after_commands(&[Event::Connected, one.clone(), four.clone()]);
    finds!(hole.clone(), stored(), Fault::Hole { known: 2, from: 3, .. });
    let mut again = good();
    again.events = vec![Event::Connected, one.clone()];
    again.events.push(Event::Heard(frame(1, &[message(2, 2, "one"), two.clone()])));
    finds!(again, stored(), Fault::Duplicate { known: 2, .. });
    for event in [Event::Heard, Event::CaughtUp] {
        let mut reordered = good();
        let mut frame = frame(2, &[edited.clone(), two.clone()]);
        frame.rev = 4;
        reordered.events = vec![Event::Connected, event(frame)];
        finds!(reordered, stored(), Fault::Reordered { before: 4, rev: 3, .. });
    }
    // Between what was asked for and what is heard then.
    let mut seam = good();
    seam.picture = None;
    let caught_up = Event::CaughtUp(frame(1, &[message(2, 2, "one")]));
    seam.events = after_commands(&[Event::Connected, caught_up, Event::Synced, four.clone()]);
    finds!(seam.clone(), stored(), Fault::Hole { known: 2, from: 3, .. });
    let loaded =
        Event::Loaded { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), rev: 2, messages: Vec::new() };
    seam.events = after_commands(&[Event::Connected, loaded.clone(), Event::Synced, four.clone()]);
    finds!(seam.clone(), stored(), Fault::Hole { known: 2, from: 3, .. });
    seam.events = after_commands(&[Event::Connected, loaded.clone(), four.clone(), Event::Synced]);
    assert_eq!(check(&[seam.clone()], &stored()), [], "before it has asked a connection may begin anywhere");
    let gone = Event::Gone(ROOM.to_owned());
    let mut left = seam.clone();
    left.events = after_commands(&[Event::Connected, loaded.clone(), gone, Event::Synced, four.clone()]);
    assert_eq!(check(&[left], &stored()), [], "they do not know where what is still heard of it begins");
    let room = Room { id: ROOM.to_owned(), name: None };
    let thing = Thing::Membership(Membership { room, gone: true });
    let told = Frame { stream: "ann".to_owned(), changes: vec![Change { rev: 2, thing }], ..frame(1, &[]) };
    for told in [Event::Heard(told.clone()), Event::CaughtUp(told)] {
        let mut out = seam.clone();
        out.events = after_commands(&[Event::Connected, loaded.clone(), Event::Synced, told, four.clone()]);
        let faults = check(&[out], &stored());
        let hole = faults.iter().find(|fault| matches!(fault, Fault::Hole { .. }));
        assert_eq!(hole, None, "who knows that they are out does not follow it");
    }
    let mark = Event::Heard(frame(3, &[]));
    let mut told = seam;
    told.events = after_commands(&[Event::Connected, loaded, Event::Synced, mark, four.clone()]);
    assert_eq!(check(&[told], &stored()), [], "they were told that they hear it from there on");
    // A new connection begins afresh; asking to come in again does not.
    hole.events = after_commands(&[Event::Connected, one.clone(), Event::Connected, four.clone()]);
    assert_eq!(check(&[hole.clone()], &stored()), []);
    let join = sent("9", &Command::Join { room: ROOM.to_owned() });
    hole.events = after_commands(&[Event::Connected, one, join, four]);
    finds!(hole, stored(), Fault::Hole { known: 2, from: 3, .. });
}

#[test]
fn who_was_out_heard_nothing_of_it() {
    let mut stored = left();
    turn(&mut stored, "ann", 7, 3);
    turn(&mut stored, "bob", 8, 1);
    turn(&mut stored, "bob", 9, 2);
    let mut history = good();
    history.picture = None;
    // That they were out was known to them before the last that was said until then reached them.
    let join = [sent("9", &Command::Join { room: ROOM.to_owned() }), done("9", 7)];
    let last = Event::Heard(frame(3, &[message(2, 4, "one, edited")]));
    let after = |from| Event::Heard(Frame { rev: from + 1, ..frame(from, &[]) });
    let heard = |events: &[Event]| {
        let all = [&[Event::Connected], &join[..], std::slice::from_ref(&last), events].concat();
        History { events: after_commands(&all), ..history.clone() }
    };
    assert_eq!(check(&[heard(&[after(6)])], &stored), [], "from where they came in again");
    assert_eq!(check(&[heard(&[after(8)])], &stored), [], "or from later, when the node learned of it");
    finds!(heard(&[after(6), after(8)]), stored, Fault::Hole { known: 7, from: 8, .. });
}

/// The room after Ann left it (5) and Bob spoke in it (6), who has no history.
fn left() -> Stored {
    let mut left = stored();
    turn(&mut left, "ann", 5, 2);
    let stream = left.streams.get_mut(ROOM).unwrap();
    stream.changes.push(StoredChange { rev: 6, target: Target::Message(6) });
    stream.head = 6;
    let text = Some("psst".to_owned());
    let theirs =
        StoredMessage { rev: 6, at: 12, author: "bob".to_owned(), text, ..left.messages[ROOM][&3].clone() };
    left.messages.get_mut(ROOM).unwrap().insert(6, theirs);
    left
}

/// Somebody comes into the room or goes, at one revision of its stream and another of their own.
fn turn(stored: &mut Stored, user: &str, rev: u64, their_rev: u64) {
    let of_room = stored.streams.get_mut(ROOM).unwrap();
    of_room.changes.push(StoredChange { rev, target: Target::Member(user.to_owned()) });
    of_room.head = rev;
    let of_user = stored.streams.entry(user.to_owned()).or_default();
    of_user.changes.push(StoredChange { rev: their_rev, target: Target::Membership(ROOM.to_owned()) });
    of_user.head = their_rev;
    let members = stored.members.get_mut(ROOM).unwrap();
    if members.remove(user).is_none() {
        members.insert(user.to_owned(), StoredMember { role: "member".to_owned(), since: rev });
    }
    stored.rooms.get_mut(ROOM).unwrap().members = members.len() as u64;
}

#[test]
fn heard_after_leaving() {
    let mut history = good();
    history.picture = None;
    let psst = Message { author: Person { id: "bob".to_owned() }, ..message(6, 6, "psst") };
    let heard = Event::Heard(frame(5, std::slice::from_ref(&psst)));
    let loaded =
        Event::Loaded { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), rev: 6, messages: Vec::new() };
    for event in [heard.clone(), Event::CaughtUp(frame(5, std::slice::from_ref(&psst))), loaded] {
        history.events = after_commands(&[Event::Connected, event]);
        finds!(history.clone(), left(), Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    }
    let stranger = History { user: "cem".to_owned(), ..history.clone() };
    finds!(stranger, left(), Fault::HeardAfterLeaving { left: 0, rev: 6, .. });
    let before = Event::Heard(frame(2, &[message(3, 3, "two"), message(2, 4, "one, edited")]));
    history.events = after_commands(&[Event::Connected, before]);
    assert_eq!(check(&[history.clone()], &left()), [], "what came before may be heard late");

    // Ann comes back.
    let mut back = left();
    turn(&mut back, "ann", 7, 3);
    history.events = after_commands(&[Event::Connected, heard.clone()]);
    finds!(history.clone(), back, Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    let join = sent("9", &Command::Join { room: ROOM.to_owned() });
    history.events = after_commands(&[Event::Connected, heard.clone(), join.clone(), done("9", 7)]);
    finds!(history.clone(), back, Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    history.events = after_commands(&[Event::Connected, join, heard, done("9", 7)]);
    assert_eq!(check(&[history.clone()], &back), [], "who has come back may hear of the time between");
    let until_now = Event::Heard(Frame { rev: 7, ..frame(5, &[psst]) });
    history.events = after_commands(&[Event::Connected, until_now]);
    assert_eq!(check(&[history], &back), []);
}

#[test]
fn shown_and_not_stored() {
    let lost = Event::Heard(frame(4, &[message(5, 5, "three")]));
    finds!(with(&[Event::Connected, lost]), stored(), Fault::SeenNotStored { .. });
    let ahead =
        Event::Loaded { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), rev: 5, messages: Vec::new() };
    finds!(with(&[ahead]), stored(), Fault::SeenNotStored { .. });
    let mut loaded =
        Event::Loaded { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), rev: 4, messages: Vec::new() };
    if let Event::Loaded { messages, .. } = &mut loaded {
        messages.push(message(3, 3, "something else"));
    }
    finds!(with(&[loaded]), stored(), Fault::SeenNotStored { .. });
}

#[test]
fn shown_to_two_in_two_ways() {
    let mut other = good();
    other.events = vec![Event::Connected, Event::Heard(frame(1, &[message(2, 2, "otherwise")]))];
    let faults = check(&[good(), other], &stored());
    assert!(faults.iter().any(|fault| matches!(fault, Fault::TwoTruths { .. })), "{faults:?}");
}

#[test]
fn pictures_that_differ() {
    let changes: [fn(&mut Picture); 8] = [
        |picture| drop(picture.rooms.get_mut(ROOM).unwrap().messages.remove(&3)),
        |picture| picture.rooms.get_mut(ROOM).unwrap().message(&message(9, 9, "a ghost")),
        |picture| picture.rooms.get_mut(ROOM).unwrap().message(&message(3, 5, "another version")),
        |picture| drop(picture.rooms.get_mut(ROOM).unwrap().members.insert("bob".into(), "member".into())),
        |picture| picture.forget(ROOM),
        |picture| drop(picture.rooms.insert("shed".to_owned(), RoomPicture::default())),
        |picture| picture.open.clear(),
        |picture| picture.cursors.get_mut(ROOM).unwrap().rev = 3,
    ];
    for change in changes {
        let mut history = good();
        change(history.picture.as_mut().unwrap());
        finds!(history, stored(), Fault::PictureDiffers { .. });
    }
}
