//! Rooms and memberships.

use chinwag_model::{Body, MemberRole, Refusal, Role, RoomId};
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
