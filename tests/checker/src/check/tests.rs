//! The checker finds each fault in a history that has it, and none in a good one.

use super::check;
use crate::fault::Fault;
use crate::history::{Answer, Command, Event, History};
use crate::picture::{Cursor, Picture, RoomPicture};
use crate::seen::{Change, Frame, Message, Person, Thing};
use crate::stored::{Stored, StoredChange, StoredMessage, StoredRoom, StoredStream, Target};

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

/// A room where Ann, its one member since revision 1, posted "one" (2) and "two" (3), and then edited "one" (4).
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
    stored.members.insert(ROOM.to_owned(), [("ann".to_owned(), "owner".to_owned())].into());
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

/// The good history with something more at its end.
fn with(events: &[Event]) -> History {
    let mut history = good();
    history.events.extend_from_slice(events);
    history
}

#[test]
fn a_good_history_has_no_fault() {
    assert_eq!(check(&[good()], &stored()), []);
}

#[test]
fn an_unanswered_command_may_be_stored_or_not() {
    assert_eq!(check(&[with(&[sent("4", &post("lost"))])], &stored()), []);
    let unknown = [sent("4", &post("lost")), answered("4", Answer::Unknown)];
    assert_eq!(check(&[with(&unknown)], &stored()), []);
    let mut unanswered = good();
    unanswered.events.retain(|event| !matches!(event, Event::Answered { nonce, .. } if nonce == "2"));
    assert_eq!(check(&[unanswered], &stored()), []);
}

#[test]
fn acknowledged_and_missing() {
    finds!(with(&[sent("4", &post("three")), done("4", 5)]), stored(), Fault::Missing { .. });
    let mut other = stored();
    other.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap().text = Some("not that".to_owned());
    finds!(good(), other, Fault::Missing { .. });
    let mut theirs = stored();
    theirs.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap().author = "bob".to_owned();
    finds!(good(), theirs, Fault::Missing { .. });
}

#[test]
fn an_edit_a_deletion_and_memberships_that_are_missing() {
    let mut unedited = stored();
    let message = unedited.messages.get_mut(ROOM).unwrap().get_mut(&2).unwrap();
    message.text = Some("one".to_owned());
    finds!(good(), unedited, Fault::Missing { .. });
    let room = ROOM.to_owned();
    let delete = Command::Delete { room: room.clone(), seq: 3 };
    finds!(with(&[sent("4", &delete), done("4", 5)]), stored(), Fault::Missing { .. });
    for command in [
        Command::Join { room: room.clone() },
        Command::Leave { room: room.clone() },
        Command::Remove { room, user: "bob".to_owned() },
    ] {
        finds!(with(&[sent("4", &command), done("4", 3)]), stored(), Fault::Missing { .. });
    }
    let create = Command::CreateRoom { name: "Shed".to_owned() };
    let made = Answer::Done { rev: 1, repeated: false, room: Some("shed".to_owned()) };
    finds!(with(&[sent("4", &create), answered("4", made)]), stored(), Fault::Missing { .. });
}

#[test]
fn refused_and_stored_all_the_same() {
    let mut refused = good();
    refused.events.retain(|event| !matches!(event, Event::Answered { nonce, .. } if nonce == "2"));
    let mut twice = refused.clone();
    refused.events.push(answered("2", Answer::Refused("not_a_member".to_owned())));
    finds!(refused, stored(), Fault::StoredAllTheSame { .. });
    // Nothing was stored by either of the two tries, they say.
    twice.events.extend([answered("2", Answer::NotStored), answered("2", Answer::NotStored)]);
    finds!(twice, stored(), Fault::StoredAllTheSame { .. });
}

#[test]
fn answered_differently() {
    finds!(with(&[sent("1", &post("one")), done("1", 3)]), stored(), Fault::AnsweredDifferently { .. });
    let refused = answered("1", Answer::Refused("not_a_member".to_owned()));
    finds!(with(&[sent("1", &post("one")), refused]), stored(), Fault::AnsweredDifferently { .. });
}

#[test]
fn stored_twice() {
    let mut twice = stored();
    let messages = twice.messages.get_mut(ROOM).unwrap();
    let copy = StoredMessage { rev: 5, ..messages[&3].clone() };
    messages.insert(5, copy);
    let stream = twice.streams.get_mut(ROOM).unwrap();
    stream.head = 5;
    stream.changes.push(StoredChange { rev: 5, target: Target::Message(5) });
    finds!(good(), twice, Fault::StoredTwice { .. });
    // Told by numbers where the texts are gone.
    for message in twice.messages.get_mut(ROOM).unwrap().values_mut() {
        (message.text, message.deleted) = (None, true);
    }
    finds!(good(), twice, Fault::TooMany { stored: 3, sent: 2, .. });
}

#[test]
fn two_commands_that_share_a_revision() {
    finds!(with(&[sent("4", &post("three")), done("4", 3)]), stored(), Fault::SharedRevision { rev: 3, .. });
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
    ];
    assert_eq!(check(&[history], &stored()), []);
}

#[test]
fn a_hole_a_duplicate_and_a_reordering() {
    let two = message(3, 3, "two");
    let edited = message(2, 4, "one, edited");
    let mut hole = good();
    hole.events = vec![
        Event::Connected,
        Event::Heard(frame(1, &[message(2, 2, "one")])),
        Event::Heard(frame(3, std::slice::from_ref(&edited))),
    ];
    finds!(hole.clone(), stored(), Fault::Hole { known: 2, from: 3, .. });
    let mut again = good();
    again.events = hole.events[..2].to_vec();
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
    seam.events = vec![
        Event::Connected,
        Event::CaughtUp(frame(1, &[message(2, 2, "one")])),
        Event::Synced,
        Event::Heard(frame(3, std::slice::from_ref(&edited))),
    ];
    finds!(seam.clone(), stored(), Fault::Hole { known: 2, from: 3, .. });
    seam.events[1] =
        Event::Loaded { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), rev: 2, messages: Vec::new() };
    finds!(seam.clone(), stored(), Fault::Hole { known: 2, from: 3, .. });
    seam.events.swap(2, 3);
    assert_eq!(check(&[seam], &stored()), [], "before it has asked a connection may begin anywhere");
    // A new connection, or coming in again, begins afresh.
    hole.events.insert(2, Event::Connected);
    assert_eq!(check(&[hole.clone()], &stored()), []);
    hole.events[2] = sent("9", &Command::Join { room: ROOM.to_owned() });
    assert_eq!(check(&[hole], &stored()), []);
}

#[test]
fn heard_after_leaving() {
    // Ann leaves (5), Bob speaks (6), Ann comes back (7).
    let mut left = stored();
    let stream = left.streams.get_mut(ROOM).unwrap();
    stream.changes.push(StoredChange { rev: 5, target: Target::Member("ann".to_owned()) });
    stream.changes.push(StoredChange { rev: 6, target: Target::Message(6) });
    stream.head = 6;
    let theirs =
        StoredMessage { rev: 6, at: 12, text: Some("psst".to_owned()), ..left.messages[ROOM][&3].clone() };
    left.messages.get_mut(ROOM).unwrap().insert(6, theirs);
    let mut history = good();
    history.picture = None;
    let psst = message(6, 6, "psst");
    history.events = vec![Event::Connected, Event::Heard(frame(5, std::slice::from_ref(&psst)))];
    finds!(history.clone(), left, Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    history.events[1] = Event::CaughtUp(frame(5, std::slice::from_ref(&psst)));
    finds!(history.clone(), left, Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    history.events[1] =
        Event::Loaded { stream: ROOM.to_owned(), epoch: EPOCH.to_owned(), rev: 6, messages: Vec::new() };
    finds!(history.clone(), left, Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    let stranger = History { user: "bob".to_owned(), ..history.clone() };
    finds!(stranger, left, Fault::HeardAfterLeaving { left: 0, rev: 6, .. });
    history.events[1] = Event::Heard(frame(2, &[message(3, 3, "two"), message(2, 4, "one, edited")]));
    assert_eq!(check(&[history.clone()], &left), [], "what came before may be heard late");
    let stream = left.streams.get_mut(ROOM).unwrap();
    stream.changes.push(StoredChange { rev: 7, target: Target::Member("ann".to_owned()) });
    stream.head = 7;
    history.events[1] = Event::Heard(frame(5, &[psst]));
    finds!(history.clone(), left, Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    let join = sent("9", &Command::Join { room: ROOM.to_owned() });
    history.events.extend([join, done("9", 7)]);
    finds!(history.clone(), left, Fault::HeardAfterLeaving { left: 5, rev: 6, .. });
    history.events.swap(1, 2);
    assert_eq!(check(&[history.clone()], &left), [], "who has come back may hear of the time between");
    history.events =
        vec![Event::Connected, Event::Heard(Frame { rev: 7, ..frame(5, &[message(6, 6, "psst")]) })];
    assert_eq!(check(&[history], &left), []);
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
