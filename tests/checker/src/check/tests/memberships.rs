//! Members, and the changes that say who is one.

use super::*;

#[test]
fn members_who_are_not_what_the_changes_say() {
    let members = |stored: &mut Stored, change: fn(&mut BTreeMap<String, StoredMember>)| {
        let members = stored.members.get_mut(ROOM).unwrap();
        change(members);
        stored.rooms.get_mut(ROOM).unwrap().members = members.len() as u64;
    };
    let mut missing = stored();
    members(&mut missing, BTreeMap::clear);
    finds!(good(), missing, Fault::MembershipWrong { .. });
    let mut unknown = stored();
    members(&mut unknown, |members| drop(members.insert("bob".to_owned(), members["ann"].clone())));
    finds!(good(), unknown, Fault::MembershipWrong { .. });
    let mut since = stored();
    members(&mut since, |members| members.get_mut("ann").unwrap().since = 2);
    finds!(good(), since, Fault::MembershipWrong { .. });
    // Gone by the changes, and still there.
    let mut still_there = stored();
    turn(&mut still_there, "ann", 5, 2);
    members(&mut still_there, |members| {
        members.insert("ann".to_owned(), StoredMember { role: "owner".to_owned(), since: 1 });
    });
    finds!(good(), still_there, Fault::MembershipWrong { .. });
}

#[test]
fn changes_that_only_one_of_two_streams_has() {
    let mut gone = stored();
    turn(&mut gone, "ann", 5, 2);
    let mut only_in_room = gone.clone();
    only_in_room.streams.get_mut("ann").unwrap().changes.pop();
    finds!(good(), only_in_room, Fault::MembershipWrong { .. });
    let mut only_in_user = gone.clone();
    only_in_user.streams.get_mut(ROOM).unwrap().changes.pop();
    finds!(good(), only_in_user, Fault::MembershipWrong { .. });
    let mut neither = stored();
    neither.streams.get_mut("ann").unwrap().changes.clear();
    finds!(good(), neither, Fault::MembershipWrong { .. });
}

#[test]
fn where_changes_were_trimmed_memberships_are_not_counted() {
    let mut trimmed = stored();
    let stream = trimmed.streams.get_mut(ROOM).unwrap();
    stream.floor = 1;
    stream.changes.remove(0);
    let stream = trimmed.streams.get_mut("ann").unwrap();
    stream.floor = 1;
    stream.changes.clear();
    assert_eq!(check(&[good()], &trimmed), []);
}
