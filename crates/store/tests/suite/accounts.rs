//! Accounts and sessions.

use chinwag_model::SessionKey;
use chinwag_model::{Millis, Refusal, Role, UserId, UserName};
use chinwag_store::NewSession;
use uuid::Uuid;

use super::{HASH, Subject, refused};

fn session(number: u8, expires_at: i64) -> NewSession {
    NewSession { key: SessionKey([number; 32]), expires_at: Millis(expires_at) }
}

pub async fn names_that_look_alike_are_taken(subject: Subject) {
    subject.user("Paul").await;
    for alike in ["paul", "PAUL", "раul", "PauI"] {
        assert_eq!(refused(subject.try_user(alike, Role::Member).await), Refusal::NameTaken, "{alike}");
    }
    let found = subject.store.credentials(&UserName::parse("pAuL").unwrap()).await.unwrap().unwrap();
    assert_eq!(found.user.name, "Paul");
    assert!(subject.store.credentials(&UserName::parse("paula").unwrap()).await.unwrap().is_none());
    // A refused name leaves nothing behind that would take it.
    subject.user("Paula").await;
}

pub async fn everybody_lands_in_the_first_room(subject: Subject) {
    let ann = subject.user("Ann").await;
    let me = subject.store.me(ann.id).await.unwrap();
    assert_eq!(me.rooms.len(), 1);
    assert_eq!(me.rooms[0].room.name, "lobby");
    assert_eq!(me.rooms[0].room.maker, None);
}

pub async fn only_the_first_administrator_is_made_by_the_link(subject: Subject) {
    let new = |name: &str| chinwag_store::NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: String::new(),
        role: Role::Administrator,
        only_as_first_administrator: true,
        session: None,
    };
    assert!(!subject.store.has_administrator().await.unwrap());
    subject.store.create_user(new("Ann")).await.unwrap();
    assert!(subject.store.has_administrator().await.unwrap());
    assert_eq!(refused(subject.store.create_user(new("Bob")).await), Refusal::Forbidden);
}

pub async fn sessions_begin_move_and_end(subject: Subject) {
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    let far = 32_503_680_000_000;
    store.create_session(ann.id, HASH.into(), session(1, far)).await.unwrap();
    store.create_session(ann.id, HASH.into(), session(2, 1)).await.unwrap();
    assert_eq!(store.session(SessionKey([1; 32])).await.unwrap().unwrap().user, ann);
    assert!(store.session(SessionKey([2; 32])).await.unwrap().is_none(), "it has expired");
    assert!(store.extend_session(SessionKey([2; 32]), Millis(far)).await.unwrap());
    assert!(!store.extend_session(SessionKey([9; 32]), Millis(far)).await.unwrap());
    assert!(store.session(SessionKey([2; 32])).await.unwrap().is_some());
    assert!(store.end_session(SessionKey([1; 32])).await.unwrap());
    assert!(!store.end_session(SessionKey([1; 32])).await.unwrap());
    assert!(store.session(SessionKey([1; 32])).await.unwrap().is_none());
    let nobody = UserId(Uuid::now_v7());
    assert_eq!(
        refused(store.create_session(nobody, HASH.into(), session(3, far)).await),
        Refusal::UserUnknown
    );
}

pub async fn a_new_password_ends_all_sessions(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let store = &subject.store;
    let far = 32_503_680_000_000;
    for (user, number) in [(&ann, 1), (&ann, 2), (&bob, 3)] {
        store.create_session(user.id, HASH.into(), session(number, far)).await.unwrap();
    }
    let mut ended = store.set_password(ann.id, "new".into()).await.unwrap();
    ended.sort_by_key(|key| key.0);
    assert_eq!(ended, [SessionKey([1; 32]), SessionKey([2; 32])]);
    assert!(store.session(SessionKey([1; 32])).await.unwrap().is_none());
    assert!(store.session(SessionKey([3; 32])).await.unwrap().is_some());
    let known = store.credentials(&UserName::parse("Ann").unwrap()).await.unwrap().unwrap();
    assert_eq!(known.password_hash, "new");
    let late = store.create_session(ann.id, HASH.into(), session(4, far)).await.unwrap();
    assert!(!late, "who gave the old password while it was changed is not let in");
    assert!(store.session(SessionKey([4; 32])).await.unwrap().is_none());
}

pub async fn accounts_are_listed_in_pages(subject: Subject) {
    for name in ["Ann", "Bob", "Cem"] {
        subject.user(name).await;
    }
    let first = subject.store.accounts(None, 2).await.unwrap();
    let second = subject.store.accounts(Some(first[1].user.id), 2).await.unwrap();
    let names: Vec<_> = first.iter().chain(&second).map(|account| account.user.name.as_str()).collect();
    assert_eq!(names, ["Ann", "Bob", "Cem"]);
}
