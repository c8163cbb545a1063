//! Rooms and memberships.

use chinwag_model::change::State;
use chinwag_model::{Body, MemberRole, Refusal, Role, RoomId, RoomKind, RoomName, User};
use chinwag_store::{Caught, InRoom};
use uuid::Uuid;

use super::{Subject, once, refused};

pub async fn a_room_is_made_with_its_maker_in_it(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let page = subject.store.room_page(room, ann.id, None, 50).await.unwrap();
    assert_eq!((page.room.name.as_str(), page.role, page.members), ("Garden", MemberRole::Owner, 1));
    assert_eq!(page.messages.len(), 1);
    assert_eq!(page.messages[0].body, Body::Joined);
    for alike in ["garden", "GARDEN", "Gаrden"] {
        assert_eq!(refused(subject.try_room(alike, &ann, None).await), Refusal::NameTaken);
    }
    assert_eq!(refused(subject.try_room("Lobby", &ann, None).await), Refusal::NameTaken);
}

pub async fn making_a_room_again_with_its_nonce_makes_it_once(subject: Subject) {
    let ann = subject.user("Ann").await;
    let first = subject.try_room("Garden", &ann, Some(once("n", "Garden"))).await.unwrap();
    let again = subject.try_room("Garden", &ann, Some(once("n", "Garden"))).await.unwrap();
    assert_eq!(first, again);
    let other = subject.try_room("Cellar", &ann, Some(once("n", "Cellar"))).await;
    assert_eq!(refused(other), Refusal::NonceReused);
}

pub async fn joining_and_leaving(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    assert_eq!(refused(store.room_page(room, bob.id, None, 50).await), Refusal::NotAMember);
    assert_eq!(refused(store.members(room, bob.id, None, 50).await), Refusal::NotAMember);
    assert_eq!(refused(store.leave(room, bob.id, None).await), Refusal::NotAMember);

    let joined = store.join(room, bob.id, None).await.unwrap();
    let head = subject.head(room).await;
    assert_eq!(
        store.join(room, bob.id, None).await.unwrap().rev,
        joined.rev,
        "joining again changes nothing"
    );
    assert_eq!(subject.head(room).await, head);
    assert_eq!(store.room_page(room, bob.id, None, 50).await.unwrap().members, 2);

    store.leave(room, bob.id, None).await.unwrap();
    let page = store.room_page(room, ann.id, None, 50).await.unwrap();
    assert_eq!(page.members, 1);
    let lines: Vec<_> =
        page.messages.iter().map(|line| (line.author.name.as_str(), line.body.clone())).collect();
    assert_eq!(lines, [("Ann", Body::Joined), ("Bob", Body::Joined), ("Bob", Body::Left)]);

    let nowhere = RoomId(Uuid::now_v7());
    assert_eq!(refused(store.join(nowhere, bob.id, None).await), Refusal::RoomUnknown);
    assert_eq!(refused(store.leave(nowhere, bob.id, None).await), Refusal::RoomUnknown);
    assert_eq!(refused(store.room_page(nowhere, bob.id, None, 5).await), Refusal::RoomUnknown);
}

pub async fn owners_and_administrators_remove(subject: Subject) {
    let (ann, bob, cem) = (subject.user("Ann").await, subject.user("Bob").await, subject.user("Cem").await);
    let root = subject.try_user("Root", Role::Administrator).await.unwrap();
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    for user in [&bob, &cem] {
        store.join(room, user.id, None).await.unwrap();
    }
    assert_eq!(refused(store.remove(room, cem.id, bob.id, None).await), Refusal::Forbidden);
    assert_eq!(refused(store.remove(room, ann.id, bob.id, None).await), Refusal::Forbidden);
    store.remove(room, cem.id, ann.id, None).await.unwrap();
    assert_eq!(refused(store.remove(room, cem.id, ann.id, None).await), Refusal::UserUnknown);
    store.remove(room, bob.id, root.id, None).await.unwrap();
    assert_eq!(refused(store.room_page(room, bob.id, None, 5).await), Refusal::NotAMember);
    let page = store.room_page(room, ann.id, None, 50).await.unwrap();
    let Body::Removed { about } = &page.messages.last().unwrap().body else { panic!("a removal") };
    assert_eq!((page.messages.last().unwrap().author.name.as_str(), about.name.as_str()), ("Root", "Bob"));
}

pub async fn the_maker_is_the_owner_again_after_coming_back(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    subject.store.join(room, bob.id, None).await.unwrap();
    subject.store.leave(room, ann.id, None).await.unwrap();
    subject.store.join(room, ann.id, None).await.unwrap();
    subject.store.remove(room, bob.id, ann.id, None).await.unwrap();
}

pub async fn a_repeated_membership_command_gets_its_first_answer(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    let joined = store.join(room, bob.id, Some(once("j", "join"))).await.unwrap().rev;
    let left = store.leave(room, bob.id, Some(once("l", "leave"))).await.unwrap();
    assert_eq!(store.leave(room, bob.id, Some(once("l", "leave"))).await.unwrap(), left);
    assert_eq!(store.join(room, bob.id, Some(once("j", "join"))).await.unwrap().rev, joined);
    assert_eq!(refused(store.room_page(room, bob.id, None, 5).await), Refusal::NotAMember, "he has left");
}

pub async fn the_list_of_rooms_is_paged_by_name(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    for name in ["delta", "Alpha", "charlie", "Bravo"] {
        subject.room(name, &ann).await;
    }
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = subject.store.workspace_page(bob.id, after, 2).await.unwrap();
        after = page.rooms.last().map(|listed| listed.room.id);
        names.extend(page.rooms.into_iter().map(|listed| (listed.room.name, listed.joined)));
        if !page.more {
            break;
        }
    }
    let expected =
        [("Alpha", false), ("Bravo", false), ("charlie", false), ("delta", false), ("lobby", true)];
    assert_eq!(names, expected.map(|(name, joined)| (name.to_owned(), joined)));
    let unknown = subject.store.workspace_page(bob.id, Some(RoomId(Uuid::now_v7())), 2).await;
    assert_eq!(refused(unknown), Refusal::RoomUnknown);
}

pub async fn who_lost_a_room_does_not_own_it_on_coming_back(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    store.join(room, bob.id, None).await.unwrap();
    store.set_room_role(room, bob.id, MemberRole::Owner, ann.id, None).await.unwrap();
    // A room's owners are safe from each other, but not from those above.
    let unmake = async |by: &User| store.set_room_role(room, ann.id, MemberRole::Member, by.id, None).await;
    assert_eq!(refused(unmake(&bob).await), Refusal::Forbidden);
    let root = subject.try_user("Root", Role::Administrator).await.unwrap();
    unmake(&root).await.unwrap();
    store.leave(room, ann.id, None).await.unwrap();
    store.join(room, ann.id, None).await.unwrap();
    assert_eq!(store.room_page(room, ann.id, None, 1).await.unwrap().role, MemberRole::Member);
    assert_eq!(refused(store.remove(room, bob.id, ann.id, None).await), Refusal::Forbidden);
}

pub async fn a_closed_room_is_for_those_who_are_brought_in(mut subject: Subject) {
    let (ann, bob, cem) = (subject.user("Ann").await, subject.user("Bob").await, subject.user("Cem").await);
    let owner = subject.try_user("Own", Role::Owner).await.unwrap();
    let store = subject.store.clone();
    let listed = subject.head(store.workspace()).await;
    let room = subject.closed_room("Cellar", &ann).await;
    assert_eq!(subject.head(store.workspace()).await, listed, "nobody else is told");
    for stranger in [&bob, &owner] {
        assert_eq!(refused(store.join(room, stranger.id, None).await), Refusal::RoomUnknown);
        assert_eq!(refused(store.room_page(room, stranger.id, None, 5).await), Refusal::RoomUnknown);
        assert_eq!(refused(subject.try_post(room, stranger, "hi", "n").await), Refusal::RoomUnknown);
        assert!(matches!(subject.caught(stranger, room, 0).await, Some(Caught::Gone)));
    }
    let page = store.workspace_page(bob.id, None, 50).await.unwrap();
    assert!(page.rooms.iter().all(|listed| listed.room.name != "Cellar"));

    let since = store.add(room, bob.id, ann.id, None).await.unwrap();
    assert_eq!(store.add(room, bob.id, ann.id, None).await.unwrap(), since, "again changes nothing");
    assert_eq!(refused(store.add(room, cem.id, bob.id, None).await), Refusal::Forbidden);
    let page = store.room_page(room, bob.id, None, 50).await.unwrap();
    assert_eq!(page.room.kind, RoomKind::Closed);
    let Body::Added { about } = &page.messages.last().unwrap().body else { panic!("an addition") };
    assert_eq!((page.messages.last().unwrap().author.name.as_str(), about.name.as_str()), ("Ann", "Bob"));
    let told = subject.told(bob.id).await;
    assert!(matches!(&told.last().unwrap().state, State::Membership { room: told, .. } if told.id == room));

    store.remove(room, bob.id, ann.id, None).await.unwrap();
    assert_eq!(refused(store.room_page(room, bob.id, None, 5).await), Refusal::RoomUnknown);
    let guest = subject.try_user("Visitor", Role::Guest).await.unwrap();
    assert_eq!(refused(store.add(room, guest.id, ann.id, None).await), Refusal::Forbidden);
}

async fn direct(subject: &Subject, user: &User, others: &[&User]) -> chinwag_store::Result<InRoom> {
    let others = others.iter().map(|other| other.id).collect();
    subject.store.open_direct(RoomId(Uuid::now_v7()), user.id, others, None).await
}

pub async fn there_is_one_direct_conversation_for_some_people(subject: Subject) {
    let (ann, bob, cem) = (subject.user("Ann").await, subject.user("Bob").await, subject.user("Cem").await);
    let store = &subject.store;
    let made = direct(&subject, &ann, &[&bob]).await.unwrap();
    assert_eq!((made.room.kind, made.room.name.as_str()), (RoomKind::Direct, ""));
    let names: Vec<_> = made.room.people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Ann", "Bob"]);
    for (user, others) in [(&bob, &[&ann][..]), (&ann, &[&bob, &bob, &ann])] {
        assert_eq!(direct(&subject, user, others).await.unwrap().room.id, made.room.id);
    }
    let three = direct(&subject, &ann, &[&bob, &cem]).await.unwrap();
    assert_ne!(three.room.id, made.room.id);
    let mine = store.me(bob.id).await.unwrap();
    let found = mine.rooms.iter().find(|mine| mine.room.id == made.room.id).unwrap();
    assert_eq!(found.room.people.len(), 2);
    subject.post(made.room.id, &bob, "hello").await;
    assert_eq!(refused(store.join(made.room.id, cem.id, None).await), Refusal::RoomUnknown);
    assert_eq!(refused(store.add(made.room.id, cem.id, ann.id, None).await), Refusal::Forbidden);
    assert_eq!(refused(store.remove(made.room.id, bob.id, ann.id, None).await), Refusal::Forbidden);

    // Who has left is in again when it is opened again.
    store.leave(made.room.id, ann.id, None).await.unwrap();
    assert_eq!(refused(store.room_page(made.room.id, ann.id, None, 5).await), Refusal::RoomUnknown);
    direct(&subject, &bob, &[&ann]).await.unwrap();
    store.room_page(made.room.id, ann.id, None, 5).await.unwrap();

    assert_eq!(refused(direct(&subject, &ann, &[]).await), Refusal::PeopleInvalid);
    assert_eq!(refused(direct(&subject, &ann, &[&ann]).await), Refusal::PeopleInvalid);
    let guest = subject.try_user("Visitor", Role::Guest).await.unwrap();
    assert_eq!(refused(direct(&subject, &ann, &[&guest]).await), Refusal::PeopleInvalid);
    assert_eq!(refused(direct(&subject, &guest, &[&ann]).await), Refusal::Forbidden);
    let mut crowd = Vec::new();
    for number in 0..10 {
        crowd.push(subject.user(&format!("person {number}")).await);
    }
    let crowd: Vec<_> = crowd.iter().collect();
    assert_eq!(refused(direct(&subject, &ann, &crowd).await), Refusal::PeopleInvalid);
    direct(&subject, &ann, &crowd[..9]).await.unwrap();
}

pub async fn a_direct_conversation_is_opened_once_by_its_nonce(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let open = async |fresh: RoomId| {
        subject.store.open_direct(fresh, ann.id, vec![bob.id], Some(once("n", "direct"))).await.unwrap()
    };
    let first = open(RoomId(Uuid::now_v7())).await;
    subject.store.leave(first.room.id, bob.id, None).await.unwrap();
    let again = open(RoomId(Uuid::now_v7())).await;
    assert_eq!((first.room.id, first.rev), (again.room.id, again.rev));
    assert_eq!(refused(subject.store.room_page(first.room.id, bob.id, None, 5).await), Refusal::RoomUnknown);
}

pub async fn a_room_gets_another_name(mut subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = subject.store.clone();
    store.join(room, bob.id, None).await.unwrap();
    let rename = async |by: &User, name: &str| {
        store.rename_room(room, RoomName::parse(name).unwrap(), by.id, None).await
    };
    assert_eq!(refused(rename(&bob, "Cellar").await), Refusal::Forbidden);
    assert_eq!(refused(rename(&ann, "Lobby").await), Refusal::NameTaken);
    rename(&ann, "GARDEN").await.unwrap();
    rename(&ann, "Cellar").await.unwrap();
    assert_eq!(store.room_page(room, bob.id, None, 5).await.unwrap().room.name, "Cellar");
    for stream in [room.into(), store.workspace()] {
        let told = subject.told(stream).await;
        assert!(
            told.iter().any(|change| matches!(&change.state, State::Room(room) if room.name == "Cellar"))
        );
    }
    subject.room("Garden", &bob).await;
}

pub async fn owners_make_owners(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    let make =
        async |by: &User, whom: &User, role| store.set_room_role(room, whom.id, role, by.id, None).await;
    assert_eq!(refused(make(&ann, &bob, MemberRole::Owner).await), Refusal::UserUnknown);
    store.join(room, bob.id, None).await.unwrap();
    assert_eq!(refused(make(&bob, &bob, MemberRole::Owner).await), Refusal::Forbidden);
    make(&ann, &bob, MemberRole::Owner).await.unwrap();
    let head = subject.head(room).await;
    make(&ann, &bob, MemberRole::Owner).await.unwrap();
    assert_eq!(subject.head(room).await, head, "again changes nothing");
    let root = subject.try_user("Root", Role::Administrator).await.unwrap();
    make(&root, &ann, MemberRole::Member).await.unwrap();
    assert_eq!(refused(make(&ann, &bob, MemberRole::Member).await), Refusal::Forbidden);
    let guest = subject.try_user("Visitor", Role::Guest).await.unwrap();
    store.join(room, guest.id, None).await.unwrap();
    assert_eq!(refused(make(&bob, &guest, MemberRole::Owner).await), Refusal::Forbidden);
}

pub async fn who_leaves_a_room_to_other_owners_has_no_more_of_it(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    store.join(room, bob.id, None).await.unwrap();
    store.set_room_role(room, bob.id, MemberRole::Owner, ann.id, None).await.unwrap();
    store.leave(room, ann.id, None).await.unwrap();
    store.join(room, ann.id, None).await.unwrap();
    assert_eq!(store.room_page(room, ann.id, None, 1).await.unwrap().role, MemberRole::Member);
}

pub async fn a_retry_tells_nothing_to_who_may_not_know_any_more(subject: Subject) {
    let (ann, root) =
        (subject.user("Ann").await, subject.try_user("Root", Role::Administrator).await.unwrap());
    let store = &subject.store;
    let make = async || {
        let room = chinwag_store::NewRoom {
            id: RoomId(Uuid::now_v7()),
            name: RoomName::parse("Cellar").unwrap(),
            kind: chinwag_store::NamedKind::Closed,
            maker: ann.id,
        };
        store.create_room(room, Some(once("n", "Cellar"))).await
    };
    let room = make().await.unwrap().room.id;
    assert_eq!(make().await.unwrap().room.id, room);
    store.remove(room, ann.id, root.id, None).await.unwrap();
    store.rename_room(room, RoomName::parse("Without Ann").unwrap(), root.id, None).await.unwrap();
    let again = make().await.unwrap().room;
    assert_eq!((again.id, again.name.as_str()), (room, "Cellar"));
}
