//! Sessions: how they begin, are used, listed and ended, and guests, who go with theirs.

use chinwag_model::{Millis, Refusal, Role, SessionKey, UserId, UserName};
use chinwag_store::{Entry, NewSession, NewUser, Proof, SESSIONS_PER_USER, Use, Which};
use uuid::Uuid;

use super::{HASH, Subject, refused};

/// A time in the year 3000.
pub const FAR: i64 = 32_503_680_000_000;

pub fn session(number: u8, expires_at: i64) -> NewSession {
    NewSession {
        key: SessionKey([number; 32]),
        expires_at: Millis(expires_at),
        ends_at: Millis(FAR),
        device: "Firefox on Linux".into(),
        address: "192.0.2.1".into(),
    }
}

fn used(number: u8, expires_at: i64) -> Use {
    Use {
        key: SessionKey([number; 32]),
        expires_at: Millis(expires_at),
        device: "Safari on iPhone".into(),
        address: "192.0.2.2".into(),
    }
}

pub async fn sessions_begin_move_and_end(subject: Subject) {
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    store.create_session(ann.id, Proof::password(HASH), session(1, FAR)).await.unwrap().unwrap();
    store.create_session(ann.id, Proof::password(HASH), session(2, 1)).await.unwrap().unwrap();
    assert_eq!(store.session(SessionKey([1; 32])).await.unwrap().unwrap().user, ann);
    assert!(store.session(SessionKey([2; 32])).await.unwrap().is_none(), "it has expired");
    assert!(store.use_session(used(1, FAR)).await.unwrap());
    assert!(!store.use_session(used(2, FAR)).await.unwrap(), "what is over does not come back");
    assert!(!store.use_session(used(9, FAR)).await.unwrap());
    assert!(store.session(SessionKey([2; 32])).await.unwrap().is_none());
    assert!(store.end_session(SessionKey([1; 32])).await.unwrap().is_some());
    assert!(store.end_session(SessionKey([1; 32])).await.unwrap().is_none());
    assert!(store.session(SessionKey([1; 32])).await.unwrap().is_none());
    let nobody = UserId(Uuid::now_v7());
    let begun = store.create_session(nobody, Proof::password(HASH), session(3, FAR)).await;
    assert_eq!(refused(begun), Refusal::UserUnknown);
}

pub async fn a_session_ends_however_much_it_is_used(subject: Subject) {
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    let end = 40_000_000_000_000;
    let new = NewSession { ends_at: Millis(end), ..session(1, end - 5) };
    store.create_session(ann.id, Proof::password(HASH), new).await.unwrap().unwrap();
    store.use_session(used(1, end + 1_000)).await.unwrap();
    assert_eq!(store.session(SessionKey([1; 32])).await.unwrap().unwrap().expires_at, Millis(end));
}

pub async fn sessions_are_listed_and_ended_one_by_one_or_all(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let store = &subject.store;
    for (user, number) in [(&ann, 1), (&ann, 2), (&ann, 3), (&bob, 4)] {
        store.create_session(user.id, Proof::password(HASH), session(number, FAR)).await.unwrap().unwrap();
    }
    let before = store.sessions(ann.id).await.unwrap();
    assert_eq!(before.len(), 3);
    assert!(
        before.iter().all(|session| session.device == "Firefox on Linux" && session.used_at == session.at)
    );
    store.use_session(used(2, FAR)).await.unwrap();
    let second = SessionKey([2; 32]).id();
    let listed = store.sessions(ann.id).await.unwrap();
    let found = listed.iter().find(|session| session.id == second).unwrap();
    assert_eq!((found.device.as_str(), found.address.as_str()), ("Safari on iPhone", "192.0.2.2"));

    // Another's session is not one's own to end, whatever it is called.
    let not_hers = store.end_sessions(ann.id, Which::One(SessionKey([4; 32]).id())).await.unwrap();
    assert_eq!(not_hers, []);
    assert!(store.session(SessionKey([4; 32])).await.unwrap().is_some());
    assert_eq!(store.end_sessions(ann.id, Which::One(second)).await.unwrap(), [SessionKey([2; 32])]);
    let rest = store.end_sessions(ann.id, Which::AllBut(SessionKey([1; 32]))).await.unwrap();
    assert_eq!(rest, [SessionKey([3; 32])]);
    assert_eq!(store.sessions(ann.id).await.unwrap().len(), 1);
}

pub async fn there_are_only_so_many_sessions(subject: Subject) {
    let ann = subject.user("Ann").await;
    let most = u8::try_from(SESSIONS_PER_USER).unwrap();
    for number in 1..=most {
        let ended = subject
            .store
            .create_session(ann.id, Proof::password(HASH), session(number, FAR))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(ended, []);
    }
    let ended = subject
        .store
        .create_session(ann.id, Proof::password(HASH), session(most + 1, FAR))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended.len(), 1);
    assert_eq!(subject.store.sessions(ann.id).await.unwrap().len(), SESSIONS_PER_USER);
}

pub async fn guest(subject: &Subject, name: &str, number: u8, expires_at: i64) -> UserId {
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: None,
        identity: None,
        role: Role::Guest,
        entry: Entry::Free,
        session: Some(session(number, expires_at)),
    };
    subject.store.create_user(new).await.unwrap().id
}

pub async fn what_is_over_is_swept_and_guests_with_it(subject: Subject) {
    let ann = subject.user("Ann").await;
    let store = &subject.store;
    store.create_session(ann.id, Proof::password(HASH), session(1, 1)).await.unwrap().unwrap();
    store.create_session(ann.id, Proof::password(HASH), session(2, FAR)).await.unwrap().unwrap();
    let late = guest(&subject, "Visitor", 3, 1).await;
    let here = guest(&subject, "Caller", 4, FAR).await;
    let mut swept = store.sweep_sessions().await.unwrap();
    swept.sort_by_key(|key| key.0);
    assert_eq!(swept, [SessionKey([1; 32]), SessionKey([3; 32])]);
    assert_eq!(store.sweep_sessions().await.unwrap(), []);
    assert!(store.person(late).await.unwrap().unwrap().gone);
    assert!(!store.person(here).await.unwrap().unwrap().gone);
    assert!(!store.person(ann.id).await.unwrap().unwrap().gone, "members stay");

    store.end_session(SessionKey([4; 32])).await.unwrap().unwrap();
    let gone = store.person(here).await.unwrap().unwrap();
    assert_eq!((gone.name.as_str(), gone.gone, gone.role), ("former guest", true, Role::Guest));
    // The handle is free again.
    subject.user("Caller").await;
}

pub async fn guests_have_no_password(subject: Subject) {
    let visitor = guest(&subject, "Visitor", 1, FAR).await;
    let store = &subject.store;
    let known = store.credentials(&UserName::parse("visitor").unwrap()).await.unwrap().unwrap();
    assert!(known.password_hash.is_none());
    assert!(store.create_session(visitor, Proof::password(""), session(2, FAR)).await.unwrap().is_none());
    let set = store.set_password(visitor, "x".into()).await;
    assert_eq!(refused(set), Refusal::UserUnknown);
}
