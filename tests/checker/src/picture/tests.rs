use super::{Cursor, Picture, Step};
use crate::seen::{Change, Frame, Member, Membership, Message, Person, Room, Thing};

fn message(seq: u64, rev: u64) -> Thing {
    let author = Person { id: "ann".to_owned() };
    let text = Some(format!("version {rev}"));
    Thing::Message(Message { seq, rev, author, text, deleted: false, kind: None })
}

fn frame(stream: &str, from: u64, things: Vec<(u64, Thing)>) -> Frame {
    let changes: Vec<Change> = things.into_iter().map(|(rev, thing)| Change { rev, thing }).collect();
    let rev = changes.last().map_or(from, |change| change.rev);
    Frame { stream: stream.to_owned(), epoch: "e".to_owned(), from, rev, changes }
}

fn at(rev: u64) -> Cursor {
    Cursor { epoch: "e".to_owned(), rev }
}

/// Somebody who has loaded a room at revision 5.
fn picture() -> Picture {
    let mut picture = Picture { user: "ann".to_owned(), workspace: "all".to_owned(), ..Picture::default() };
    for (stream, rev) in [("ann", 1), ("all", 1), ("garden", 5)] {
        picture.loaded(stream, at(rev));
    }
    picture
}

#[test]
fn what_follows_is_taken_and_what_is_known_is_not() {
    let mut picture = picture();
    let first = frame("garden", 5, vec![(6, message(6, 6))]);
    assert_eq!(picture.take(&first), Step::Taken);
    assert_eq!(picture.take(&first), Step::Stale);
    let overlapping = frame("garden", 5, vec![(6, message(6, 99)), (7, message(7, 7))]);
    assert_eq!(picture.take(&overlapping), Step::Taken);
    let revs: Vec<u64> = picture.rooms["garden"].messages.values().map(|message| message.rev).collect();
    assert_eq!(revs, [6, 7], "of what overlaps only what is new counts");
    assert_eq!(picture.cursors["garden"].rev, 7);
}

#[test]
fn holes_and_other_epochs_are_not_taken() {
    let mut picture = picture();
    let before = picture.clone();
    assert_eq!(picture.take(&frame("garden", 6, vec![(7, message(7, 7))])), Step::Hole);
    let mut restored = frame("garden", 5, vec![(6, message(6, 6))]);
    restored.epoch = "f".to_owned();
    assert_eq!(picture.take(&restored), Step::Reset);
    assert_eq!(picture.take(&frame("shed", 5, vec![(6, message(6, 6))])), Step::Foreign);
    assert_eq!(picture, before);
}

#[test]
fn memberships_bring_rooms_and_take_them_away() {
    let mut picture = picture();
    let room = |id: &str| Room { id: id.to_owned(), name: None };
    let came = Thing::Membership(Membership { room: room("shed"), gone: false });
    picture.take(&frame("ann", 1, vec![(2, came)]));
    assert_eq!(picture.unloaded, ["shed"]);
    picture.loaded("shed", at(1));
    assert!(picture.unloaded.is_empty() && picture.rooms.contains_key("shed"));
    let went = Thing::Membership(Membership { room: room("garden"), gone: true });
    picture.take(&frame("ann", 2, vec![(3, went)]));
    assert!(!picture.rooms.contains_key("garden") && !picture.cursors.contains_key("garden"));
}

#[test]
fn members_and_open_rooms() {
    let mut picture = picture();
    let member = |role: Option<&str>, gone| {
        Thing::Member(Member { id: "bob".to_owned(), role: role.map(str::to_owned), gone })
    };
    picture.take(&frame("garden", 5, vec![(6, member(Some("member"), false))]));
    assert_eq!(picture.rooms["garden"].members["bob"], "member");
    picture.take(&frame("garden", 6, vec![(7, member(None, true))]));
    assert!(picture.rooms["garden"].members.is_empty());
    let open = Thing::Room(Room { id: "shed".to_owned(), name: Some("Shed".to_owned()) });
    picture.take(&frame("all", 1, vec![(2, open)]));
    assert_eq!(picture.open["shed"], "Shed");
}
