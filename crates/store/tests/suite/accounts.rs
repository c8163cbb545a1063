//! Accounts: names, passwords, how somebody comes to one, and its end.

use chinwag_model::{Body, Refusal, Role, SessionKey, UserId, UserName};
use chinwag_store::{Caught, Confirmation, Entry, FirstProof, JobKind, JobState, NewUser, Proof};
use uuid::Uuid;

use super::sessions::{FAR, session};
use super::{HASH, Subject, refused};

pub async fn names_that_look_alike_are_taken(subject: Subject) {
    subject.user("Paul").await;
    for alike in ["paul", "PAUL", "раul", "PauI"] {
        assert_eq!(refused(subject.try_user(alike, Role::Member).await), Refusal::NameTaken, "{alike}");
        assert_eq!(refused(subject.try_user(alike, Role::Guest).await), Refusal::NameTaken, "{alike}");
    }
    let found = subject.store.credentials(&UserName::parse("pAuL").unwrap()).await.unwrap().unwrap();
    assert_eq!(found.user.name, "Paul");
    assert!(subject.store.credentials(&UserName::parse("paula").unwrap()).await.unwrap().is_none());
    // A refused name leaves nothing behind that would take it.
    subject.user("Paula").await;
    for reserved in ["former member", "Former Guest"] {
        assert_eq!(refused(subject.try_user(reserved, Role::Member).await), Refusal::NameTaken);
    }
}

pub async fn everybody_lands_in_the_first_room(subject: Subject) {
    let ann = subject.user("Ann").await;
    let me = subject.store.me(ann.id).await.unwrap();
    assert_eq!(me.rooms.len(), 1);
    assert_eq!(me.rooms[0].room.name, "lobby");
    assert_eq!(me.rooms[0].room.maker, None);
}

pub async fn only_the_first_administrator_is_made_by_the_link(subject: Subject) {
    let new = |name: &str| NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: Some(HASH.into()),
        identity: None,
        role: Role::Owner,
        entry: Entry::FirstAdministrator,
        session: None,
    };
    subject.try_user("Mod", Role::Moderator).await.unwrap();
    assert!(!subject.store.has_administrator().await.unwrap());
    subject.store.create_user(new("Ann")).await.unwrap();
    assert!(subject.store.has_administrator().await.unwrap());
    assert_eq!(refused(subject.store.create_user(new("Bob")).await), Refusal::Forbidden);
}

pub async fn a_new_password_ends_all_sessions(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let store = &subject.store;
    for (user, number) in [(&ann, 1), (&ann, 2), (&bob, 3)] {
        store.create_session(user.id, Proof::password(HASH), session(number, FAR)).await.unwrap();
    }
    let mut ended = store.set_password(ann.id, "new".into()).await.unwrap().ended;
    ended.sort_by_key(|key| key.0);
    assert_eq!(ended, [SessionKey([1; 32]), SessionKey([2; 32])]);
    assert!(store.session(SessionKey([1; 32])).await.unwrap().is_none());
    assert!(store.session(SessionKey([3; 32])).await.unwrap().is_some());
    let known = store.credentials(&UserName::parse("Ann").unwrap()).await.unwrap().unwrap();
    assert_eq!(known.password_hash.as_deref(), Some("new"));
    let late = store.create_session(ann.id, Proof::password(HASH), session(4, FAR)).await.unwrap();
    assert!(late.is_none(), "who gave the old password while it was changed is not let in");
    assert!(store.session(SessionKey([4; 32])).await.unwrap().is_none());
}

pub async fn a_hash_is_made_anew_on_signing_in(subject: Subject) {
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    store.create_session(ann.id, rehashed("fresh"), session(1, FAR)).await.unwrap().unwrap();
    let known = store.credentials_of(ann.id).await.unwrap().unwrap();
    assert_eq!(known.password_hash.as_deref(), Some("fresh"));
    let late = store.create_session(ann.id, rehashed("other"), session(2, FAR)).await.unwrap();
    assert!(late.is_none(), "the hash that was verified is not hers any more");
}

pub async fn changing_ones_password_keeps_the_session_in_hand(subject: Subject) {
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    for number in [1, 2] {
        store.create_session(ann.id, Proof::password(HASH), session(number, FAR)).await.unwrap();
    }
    let keep = SessionKey([1; 32]);
    let wrong =
        store.change_password(ann.id, Confirmation::password("other"), "new".into(), keep).await.unwrap();
    assert!(wrong.is_none(), "the password that was given is not hers any more");
    let changed = store
        .change_password(ann.id, Confirmation::password(HASH), "new".into(), keep)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changed.ended, [SessionKey([2; 32])]);
    assert!(store.session(keep).await.unwrap().is_some());
}

pub async fn who_deletes_their_account_is_a_former_member(mut subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = subject.store.clone();
    store.join(room, bob.id, None).await.unwrap();
    subject.post(room, &bob, "hello").await;
    store.create_session(bob.id, Proof::password(HASH), session(1, FAR)).await.unwrap();
    store.set_avatar(bob.id, Some(vec![1, 2, 3])).await.unwrap();
    assert!(store.delete_account(bob.id, Confirmation::password("other"), false).await.unwrap().is_none());
    let changed = store.delete_account(bob.id, Confirmation::password(HASH), false).await.unwrap().unwrap();
    assert_eq!(changed.ended, [SessionKey([1; 32])]);
    assert_eq!((changed.user.name.as_str(), changed.user.gone), ("former member", true));

    let page = store.room_page(room, ann.id, None, 50).await.unwrap();
    assert_eq!(page.members, 1);
    let said = page.messages.iter().find(|line| matches!(line.body, Body::Text { .. })).unwrap();
    assert_eq!(said.author.name, "former member", "what was said stays");
    assert!(store.avatar(bob.id).await.unwrap().is_none());
    assert!(store.credentials(&UserName::parse("Bob").unwrap()).await.unwrap().is_none());
    assert_eq!(refused(subject.try_post(room, &bob, "again", "n").await), Refusal::UserUnknown);
    let told = subject.told(store.workspace()).await;
    assert!(told.iter().any(|change| matches!(
        &change.state, chinwag_model::change::State::Person(user) if user.id == bob.id && user.gone
    )));
    // The name is free, and nobody takes the second Bob for the first.
    let second = subject.user("Bob").await;
    assert_ne!(second.id, bob.id);
    // Two may be gone, though they have one name.
    store.delete_account(second.id, Confirmation::password(HASH), false).await.unwrap().unwrap();
}

pub async fn messages_go_with_the_account_if_that_was_decided(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let store = &subject.store;
    store.join(room, bob.id, None).await.unwrap();
    for number in 0..120 {
        subject.post(room, &bob, &format!("bob {number}")).await;
        subject.post(room, &ann, &format!("ann {number}")).await;
    }
    let before = subject.head(room).await;
    store.delete_account(bob.id, Confirmation::password(HASH), true).await.unwrap().unwrap();
    // It is asked for with the deletion, and whoever does jobs does it step by step.
    let asked_for = store.jobs(JobState::Waiting, None, 10).await.unwrap().jobs;
    assert_eq!(asked_for.iter().map(|job| job.kind.clone()).collect::<Vec<_>>(), [JobKind::PURGE]);
    let mut steps = 1;
    while store.purge_messages().await.unwrap().is_some() {
        steps += 1;
    }
    assert!(steps > 2, "a few at once: {steps} steps");
    assert!(store.own_messages(bob.id, None, 1).await.unwrap().is_empty(), "they are gone");
    assert_eq!(store.own_messages(ann.id, None, 1_000).await.unwrap().len(), 120, "others' messages stay");
    // Each deletion is a change of its own, so that whoever catches up hears of it.
    let mut from = before.0;
    let mut deleted = 0;
    while let Some(Caught::Page(page)) = subject.caught(&ann, room, from).await {
        from = page.through.0;
        deleted += page
            .changes
            .iter()
            .filter(|change| {
                matches!(&change.state,
                chinwag_model::change::State::Message(message) if message.body == Body::Deleted)
            })
            .count();
    }
    assert_eq!(deleted, 120);
}

pub async fn the_last_owner_stays(subject: Subject) {
    let owner = subject.try_user("Ann", Role::Owner).await.unwrap();
    let store = &subject.store;
    assert_eq!(
        refused(store.delete_account(owner.id, Confirmation::password(HASH), false).await),
        Refusal::LastOwner
    );
    let other = subject.try_user("Bob", Role::Owner).await.unwrap();
    store.delete_account(owner.id, Confirmation::password(HASH), false).await.unwrap().unwrap();
    assert_eq!(
        refused(store.delete_account(other.id, Confirmation::password(HASH), false).await),
        Refusal::LastOwner
    );
}

/// The password that everybody has here, with another hash of it.
fn rehashed(fresh: &str) -> Proof {
    Proof { first: FirstProof::Password { verified: HASH.into(), fresh: Some(fresh.into()) }, second: None }
}
